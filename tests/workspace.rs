//! Folders, events, template, API table and the local stack name the same operations.

#![expect(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test may")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::fs;
use std::path::{Path, PathBuf};

use serde_yaml_ng::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The operations, as their folders name them.
fn operations() -> BTreeSet<String> {
    let folders = fs::read_dir(root().join("functions")).unwrap();
    folders.map(|folder| folder.unwrap().file_name().into_string().unwrap()).collect()
}

fn template() -> Value {
    serde_yaml_ng::from_str(&text("template.yaml")).unwrap()
}

/// Each function of the template: its logical name and what it says.
fn functions(template: &Value) -> Vec<(String, Value)> {
    let resources = template["Resources"].as_mapping().unwrap();
    let functions = resources.iter().filter(|(_, r)| r["Type"] == "AWS::Serverless::Function");
    functions.map(|(name, r)| (name.as_str().unwrap().to_owned(), r.clone())).collect()
}

/// `change-email` as the template names it: `ChangeEmailFunction`.
fn logical_name(operation: &str) -> String {
    let words = operation.split('-').map(|word| {
        let (first, rest) = word.split_at(1);
        format!("{}{rest}", first.to_uppercase())
    });
    format!("{}Function", words.collect::<String>())
}

/// The routes of a function of the template, as `METHOD /path`.
fn routes(function: &Value) -> BTreeSet<String> {
    let Some(events) = function["Properties"]["Events"].as_mapping() else {
        return BTreeSet::new();
    };
    let http = events.values().filter(|event| event["Type"] == "HttpApi");
    http.map(|event| match event["Properties"]["Path"].as_str() {
        Some(path) => {
            format!("{} {path}", event["Properties"]["Method"].as_str().unwrap().to_uppercase())
        }
        None => "$default".to_owned(),
    })
    .collect()
}

/// The rows of the README's table of operations: operation and route.
fn table() -> Vec<(String, String)> {
    let readme = text("README.md");
    let rows = readme.lines().filter(|line| line.starts_with("| `"));
    let cells =
        rows.map(|row| row.split('|').map(|c| c.trim().trim_matches('`').to_owned()).collect());
    let rows = cells.filter_map(|cells: Vec<String>| {
        let (operation, route) = (cells.get(1)?.clone(), cells.get(2)?.clone());
        operations().contains(&operation).then_some((operation, route))
    });
    rows.collect()
}

/// Says which of `expected` is not in `file`, and what is there that is not expected.
#[track_caller]
fn expect_all<T: Clone + Debug + Ord>(file: &str, found: &BTreeSet<T>, expected: &BTreeSet<T>) {
    let missing: Vec<_> = expected.difference(found).collect();
    let more: Vec<_> = found.difference(expected).collect();
    assert!(missing.is_empty() && more.is_empty(), "{file} lacks {missing:?} and has {more:?}");
}

/// The function of an operation in the template.
#[track_caller]
fn function_of<'a>(operation: &str, functions: &'a [(String, Value)]) -> &'a Value {
    let name = logical_name(operation);
    let function = functions.iter().find(|(n, _)| *n == name);
    let (_, function) = function.unwrap_or_else(|| panic!("template.yaml lacks {name}"));
    function
}

#[test]
fn every_operation_is_a_crate_of_its_name_with_a_library_and_a_binary() {
    for operation in operations() {
        let manifest = text(&format!("functions/{operation}/Cargo.toml"));
        assert!(manifest.contains(&format!("name = \"{operation}\"")), "{operation}");
        let main = text(&format!("functions/{operation}/src/main.rs"));
        let module = operation.replace('-', "_");
        assert!(main.contains(&format!("serve({module}::function())")), "{operation}");
    }
}

#[test]
fn the_local_stack_runs_every_operation() {
    let known: BTreeSet<String> =
        local::functions::all().into_iter().map(|(name, _)| name.to_owned()).collect();

    expect_all("infra/local/src/functions.rs", &known, &operations());
}

#[test]
fn the_template_has_every_operation_under_its_name() {
    let template = template();
    let functions = functions(&template);

    let declared: BTreeSet<_> = functions.iter().map(|(name, _)| name.clone()).collect();
    let expected: BTreeSet<_> = operations().iter().map(|o| logical_name(o)).collect();
    expect_all("template.yaml", &declared, &expected);
    for (name, function) in functions {
        let binary = function["Metadata"]["BuildProperties"]["Binary"].as_str().unwrap();
        assert_eq!(logical_name(binary), name);
    }
}

#[test]
fn the_readme_has_the_route_of_every_operation() {
    let template = template();
    let functions = functions(&template);
    let table = table();

    let told: BTreeSet<_> = table.iter().map(|(operation, _)| operation.clone()).collect();
    expect_all("README.md", &told, &operations());
    for (operation, route) in table {
        let function = function_of(&operation, &functions);
        let routes = routes(function);
        if routes.is_empty() {
            assert!(!route.contains('/'), "{operation}: {route} is not in the template");
        } else {
            assert!(routes.contains(&route), "{operation}: {route} is not one of {routes:?}");
        }
    }
}

#[test]
fn every_operation_has_a_sample_event_that_comes_by_its_route() {
    let template = template();
    let functions = functions(&template);
    for operation in operations() {
        let path = format!("events/{operation}.json");
        let event: serde_json::Value = serde_json::from_str(&text(&path)).unwrap();
        let routes = routes(function_of(&operation, &functions));
        if !routes.is_empty() {
            let route = event["routeKey"].as_str().unwrap_or_default();
            assert!(routes.contains(route), "{path}: {route} is not one of {routes:?}");
        }
    }
}

#[test]
fn every_operation_that_is_signed_in_is_held_to_it() {
    let guards = text("tests/journeys/guards.rs");
    let (_, of_the_account) = guards.split_once("const OF_THE_ACCOUNT").unwrap();
    let (of_the_account, _) = of_the_account.split_once("];").unwrap();
    let (template, problems) = (template(), problems());
    let functions = functions(&template);
    for operation in operations() {
        if !text(&format!("functions/{operation}/src/lib.rs")).contains("    signed_in(") {
            continue;
        }
        for route in routes(function_of(&operation, &functions)) {
            let (method, path) = route.split_once(' ').unwrap();
            let path =
                path.split_once('{').map_or(format!("{path}\""), |(path, _)| path.to_owned());
            let guarded = of_the_account.contains(&format!("(Method::{method}, \"{path}"));
            assert!(guarded, "OF_THE_ACCOUNT in tests/journeys/guards.rs lacks {route}");
        }
        let replies = replies(&operation, &problems);
        let told = replies.contains("unauthenticated");
        assert!(told, "functions/{operation}/src/lib.rs: `# Replies` lacks `unauthenticated`");
    }
}

#[test]
fn every_route_of_the_template_is_in_the_readme() {
    let told: BTreeSet<String> = table().into_iter().map(|(_, route)| route).collect();

    for (name, function) in functions(&template()) {
        for route in routes(&function) {
            assert!(told.contains(&route), "{name}: {route}");
        }
    }
}

/// The routes by which `cargo lambda watch` asks `router`'s functions, each with its function.
/// `portal` has those of no other, whatever the method.
fn watched(router: &str) -> BTreeSet<(String, String)> {
    let lines =
        router.lines().take_while(|line| !line.starts_with('[')).filter(|l| l.contains('='));
    let watched = lines.flat_map(|line| {
        let words: Vec<&str> = line.split('"').skip(1).step_by(2).collect();
        let path = words[0];
        if line.contains('[') {
            let pairs = words[1..].chunks(2);
            pairs.map(|pair| (format!("{} {path}", pair[1]), pair[0].to_owned())).collect()
        } else {
            vec![(path.to_owned(), words[1].to_owned())]
        }
    });
    watched.collect()
}

#[test]
fn cargo_lambda_watch_has_the_routes_of_the_template() {
    let template = template();
    let manifest = text("Cargo.toml");
    let (_, router) = manifest.split_once("[workspace.metadata.lambda.watch.router]\n").unwrap();
    let functions = functions(&template);
    let mut expected = BTreeSet::new();
    for operation in operations() {
        for route in routes(function_of(&operation, &functions)) {
            if route == "$default" {
                let pages = ["/", "/{*page}"].map(str::to_owned);
                expected.extend(pages.map(|path| (path, operation.clone())));
            } else {
                expected.insert((route, operation.clone()));
            }
        }
    }

    expect_all("Cargo.toml, …lambda.watch.router", &watched(router), &expected);
}

#[test]
fn functions_know_what_is_shared_and_not_each_other() {
    let operations = operations();
    let dependencies = |manifest: &str| {
        let manifest = text(manifest);
        let (_, dependencies) = manifest.split_once("[dependencies]").unwrap();
        let lines = dependencies.lines().take_while(|line| !line.starts_with('['));
        let names = lines.filter_map(|line| line.split(['.', ' ', '=']).next());
        names.map(str::to_owned).filter(|name| !name.is_empty()).collect::<BTreeSet<_>>()
    };

    let crates = operations.iter().map(|operation| format!("functions/{operation}/Cargo.toml"));
    for manifest in crates.chain(["shared/Cargo.toml".to_owned()]) {
        let known = dependencies(&manifest);
        assert!(known.is_disjoint(&operations), "{manifest}: {known:?}");
        assert_eq!(known.contains("shared"), manifest.starts_with("functions"), "{manifest}");
    }
    let tests = dependencies("tests/Cargo.toml");
    assert!(tests.contains("local") && !tests.contains("shared"), "over HTTP only: {tests:?}");
    assert!(tests.is_disjoint(&operations), "over HTTP only: {tests:?}");
}

/// Each statement of the policies of a function: its actions, and what it says.
fn statements(function: &Value) -> Vec<(Vec<String>, Value)> {
    let list = |value: &Value| value.as_sequence().cloned().unwrap_or(vec![value.clone()]);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let policies = list(&function["Properties"]["Policies"]);
    let statements = policies.iter().flat_map(|policy| list(&policy["Statement"]));
    let stated = statements.filter(Value::is_mapping);
    stated.map(|s| (list(&s["Action"]).iter().map(text).collect(), s)).collect()
}

#[test]
fn a_function_may_touch_its_own_keys_and_nothing_more() {
    let mut seen = 0;
    for (name, function) in functions(&template()) {
        for (actions, statement) in statements(&function) {
            seen += actions.len();
            let resource = serde_yaml_ng::to_string(&statement["Resource"]).unwrap();
            for action in actions {
                assert!(!action.contains('*') && !action.ends_with("Scan"), "{name}: {action}");
                if action == "dynamodb:Query" {
                    assert!(resource.contains("/index/"), "{name}: {action} on {resource}");
                } else if action.starts_with("dynamodb:") {
                    let keys = &statement["Condition"]["ForAllValues:StringLike"];
                    let keys = keys["dynamodb:LeadingKeys"].as_sequence();
                    let keys = keys.unwrap_or_else(|| panic!("{name}: {action} on any key"));
                    let fenced = |key: &Value| key.as_str().is_some_and(|key| key.ends_with("#*"));
                    assert!(!keys.is_empty() && keys.iter().all(fenced), "{name}: {keys:?}");
                }
            }
        }
    }
    assert!(seen > operations().len(), "policies were read");
}

/// AWS may ask about all keys that a transaction or a batch names in a table at once, and two
/// statements with one key each allow no two keys at once.
#[test]
fn what_a_function_does_to_a_table_is_allowed_by_one_statement() {
    for (name, function) in functions(&template()) {
        let mut stated = BTreeSet::new();
        for (actions, statement) in statements(&function) {
            let resource = serde_yaml_ng::to_string(&statement["Resource"]).unwrap();
            for action in actions {
                let told = format!("{name}: {action} on {resource}");
                assert!(stated.insert(told.clone()), "in two statements: {told}");
            }
        }
    }
}

#[test]
fn what_hashes_or_imports_has_a_whole_cpu_and_the_others_have_not() {
    let template = template();
    let functions = functions(&template);
    for operation in operations() {
        let code = text(&format!("functions/{operation}/src/lib.rs"));
        let works = code.contains("HashingApp") || operation == "import-leases";
        let name = logical_name(&operation);
        let (_, function) = functions.iter().find(|(n, _)| *n == name).unwrap();

        let memory = function["Properties"]["MemorySize"].as_u64();

        assert_eq!(memory, works.then_some(1769), "{operation}");
    }
    assert_eq!(template["Globals"]["Function"]["MemorySize"], 256);
}

/// The problems that there are, by their codes.
fn problems() -> BTreeSet<String> {
    let code = text("shared/src/error.rs");
    let (_, code) = code.split_once("pub fn code(&self)").unwrap();
    let (code, _) = code.split_once("pub fn retry_after_s").unwrap();
    code.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// What an operation says under `# Replies` that it answers: success, and problems.
fn replies(operation: &str, problems: &BTreeSet<String>) -> BTreeSet<String> {
    let code = text(&format!("functions/{operation}/src/lib.rs"));
    let (_, replies) = code.split_once("/// # Replies\n").unwrap_or_default();
    let replies: Vec<&str> = replies.lines().take_while(|line| line.starts_with("///")).collect();
    let replies = replies.join("\n");
    let quoted = replies.split('`').skip(1).step_by(2).map(str::to_owned);
    let promised = quoted.filter(|word| problems.contains(word));
    promised.chain(["success".to_owned()]).collect()
}

/// The rows of the table of journeys: operation, answer, journey.
fn journeys() -> Vec<[String; 3]> {
    let table = text("docs/JOURNEYS.md");
    let rows = table.lines().filter(|line| line.starts_with("| ")).skip(1);
    rows.map(|row| {
        let mut cells = row.split('|').skip(1).map(|cell| cell.trim().trim_matches('`').to_owned());
        std::array::from_fn(|_| cells.next().unwrap())
    })
    .collect()
}

/// What the journey `module::name` does, if there is one.
fn journey(name: &str) -> Option<String> {
    let (module, name) = name.split_once("::")?;
    let code = fs::read_to_string(root().join(format!("tests/journeys/{module}.rs"))).ok()?;
    let (before, after) = code.split_once(&format!("\nasync fn {name}() {{\n"))?;
    let (_, attributes) = before.rsplit_once("\n\n")?;
    let is_test = attributes.lines().any(|line| line.starts_with("#[tokio::test"));
    let (body, _) = after.split_once("\n}\n")?;
    is_test.then(|| body.to_owned())
}

#[test]
fn a_journey_is_named_for_every_answer_of_every_operation() {
    let problems = problems();
    let mut shown: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for [operation, answer, name] in journeys() {
        let body = journey(&name).unwrap_or_else(|| panic!("{name} is no journey"));
        let says_so = body.contains(&format!("\"{answer}\""))
            || answer == "invalid_fields" && body.contains("expect_faults");
        assert!(answer == "success" || says_so, "{name} shows no {answer}");
        shown.entry(operation).or_default().insert(answer);
    }

    // Those that any operation can answer.
    let everywhere = shown.remove("every one").unwrap();

    for operation in operations() {
        let shown = shown.remove(&operation).unwrap_or_default();
        assert_eq!(shown, replies(&operation, &problems), "{operation}: shown, and documented");
    }
    assert!(shown.is_empty(), "of no operation: {shown:?}");
    let anywhere = operations().into_iter().flat_map(|operation| replies(&operation, &problems));
    let told: BTreeSet<String> = anywhere.chain(everywhere).filter(|a| a != "success").collect();
    assert_eq!(told, problems, "told somewhere, and there are");
}

#[test]
fn nothing_brings_another_tls_or_random_generator() {
    let lock = text("Cargo.lock");
    for banned in ["aws-lc-sys", "aws-lc-rs", "openssl-sys", "native-tls"] {
        assert!(!lock.contains(&format!("name = \"{banned}\"")), "{banned}");
    }
}

/// The rooms of the common crate, each with the text of its files, without their tests.
fn rooms() -> BTreeMap<String, String> {
    let mut rooms: BTreeMap<String, String> = BTreeMap::new();
    let source = root().join("shared/src");
    let mut folders = vec![source.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs")
                && !["lib.rs", "tests.rs", "samples.rs"].contains(&name)
            {
                let inside = path.strip_prefix(&source).unwrap();
                let room = inside.iter().next().and_then(|part| part.to_str()).unwrap();
                let code = fs::read_to_string(&path).unwrap();
                let code = code.split("#[cfg(test)]\nmod tests").next().unwrap();
                let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
                let code = lines.collect::<Vec<_>>().join("\n");
                *rooms.entry(room.trim_end_matches(".rs").to_owned()).or_default() += &code;
            }
        }
    }
    rooms
}

/// The rooms that each room imports.
fn imports() -> BTreeMap<String, BTreeSet<String>> {
    let rooms = rooms();
    let imported = |code: &str| {
        let after = code.split("crate::").skip(1);
        let names = after.map(|rest| {
            rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>()
        });
        names.filter(|name| rooms.contains_key(name)).collect::<BTreeSet<_>>()
    };
    let others = |(room, code): (&String, &String)| {
        let mut others = imported(code);
        others.remove(room);
        (room.clone(), others)
    };
    rooms.iter().map(others).collect()
}

/// The files of a `room` that each of its files imports. What a room's `mod.rs` hands on is its own.
fn imports_within(room: &Path) -> BTreeMap<String, BTreeSet<String>> {
    let files = fs::read_dir(room).unwrap().map(|entry| entry.unwrap().path());
    let files: BTreeMap<String, String> = files
        .filter(|path| path.is_file())
        .filter_map(|path| {
            let stem = path.file_stem()?.to_str()?.to_owned();
            let code = fs::read_to_string(&path).ok()?;
            let code = code.split("#[cfg(test)]\nmod tests").next()?.to_owned();
            (!["mod", "lib", "tests", "samples"].contains(&stem.as_str())).then_some((stem, code))
        })
        .collect();
    let imported = |code: &str| {
        let after = code.split("super::").skip(1).map(|rest| {
            let to =
                if rest.starts_with('{') { rest.find(';') } else { rest.find(['(', ';', ' ']) };
            rest.split_at(to.unwrap_or(rest.len())).0
        });
        let words = after.flat_map(|text| text.split(|c: char| !c.is_alphanumeric() && c != '_'));
        words.filter(|word| files.contains_key(*word)).map(str::to_owned).collect::<BTreeSet<_>>()
    };
    let others = |(file, code): (&String, &String)| {
        let mut others = imported(code);
        others.remove(file);
        (file.clone(), others)
    };
    files.iter().map(others).collect()
}

#[track_caller]
fn expect_no_circle(mut left: BTreeMap<String, BTreeSet<String>>) {
    while !left.is_empty() {
        let names: BTreeSet<String> = left.keys().cloned().collect();
        let leaf = left.iter().find(|(_, imports)| imports.is_disjoint(&names));
        let leaf = leaf.map(|(room, _)| room.clone());
        let leaf = leaf.unwrap_or_else(|| panic!("these import each other in a circle: {left:#?}"));
        left.remove(&leaf);
    }
}

#[test]
fn the_rooms_of_the_common_crate_import_one_way() {
    expect_no_circle(imports());

    for room in ["domain", "http", "keys", "links", "mail", "store"] {
        expect_no_circle(imports_within(&root().join("shared/src").join(room)));
    }
    let store = imports_within(&root().join("shared/src/store"));
    assert!(store["outbox"].contains("queue"), "imports are found: {store:#?}");
}

#[test]
fn the_walls_of_the_common_crate_stand() {
    let imports = imports();
    for (room, outside) in [
        // http → links, mail, store, keys → domain.
        ("links", &["http"][..]),
        ("store", &["http", "links", "keys", "app"]),
        ("keys", &["http", "links", "store", "mail", "app"]),
        ("mail", &["http", "links", "store", "keys", "app", "config", "random"]),
    ] {
        for other in outside {
            assert!(!imports[room].contains(*other), "{room} imports {other}");
        }
    }
    assert!(imports["domain"].is_empty(), "domain imports {:?}", imports["domain"]);

    for (word, rooms_that_may) in [
        ("lambda_http", &["http"][..]),
        ("aws_sdk_dynamodb", &["store", "aws", "environment"]),
        ("aws_sdk_secretsmanager", &["keys"]),
        ("getrandom", &["random"]),
        ("jsonwebtoken", &["keys"]),
        ("serde_dynamo", &["store"]),
        ("attribute_exists", &["store"]),
        ("update_expression", &["store"]),
    ] {
        for (room, code) in rooms() {
            let may = rooms_that_may.contains(&room.as_str());
            assert!(may || !code.contains(word), "{room} knows {word}");
        }
    }
}

#[test]
fn what_is_done_in_one_place_is_done_nowhere_else() {
    // Of a link, only its protocol asks whether it was used or has expired.
    for operation in operations() {
        let code = text(&format!("functions/{operation}/src/lib.rs"));
        for word in ["open_link", "find_link", "link_expired\"", "is_for("] {
            assert!(!code.contains(word), "{operation}: {word} is of links");
        }
    }
    // An update is built from its changes, never glued from text.
    let source = root().join("shared/src/store");
    for entry in fs::read_dir(source).unwrap() {
        let path = entry.unwrap().path();
        let code = fs::read_to_string(&path).unwrap();
        let file = path.file_name().and_then(|name| name.to_str()).unwrap();
        let glued =
            code.contains("update_expression(\"") || code.contains("condition_expression(\"");
        assert!(!glued || code.contains("key_condition_expression"), "{file}: an expression");
        assert_eq!(code.contains("\"SET\""), file == "action.rs", "{file}: a clause of an update");
    }
}
