//! Checks that folders, events, template and local stack name the same operations, and
//! that imports go one way. A failure has one line per fault, which begins with the file to change.

#![expect(clippy::indexing_slicing, clippy::panic, reason = "a test may, its helpers too")]

#[path = "workspace/builds.rs"]
mod builds;
#[path = "workspace/crates.rs"]
mod crates;
#[path = "workspace/files.rs"]
mod files;
#[path = "workspace/imports.rs"]
mod imports;
#[path = "workspace/needed.rs"]
mod needed;
#[path = "workspace/source.rs"]
mod source;
#[path = "workspace/template.rs"]
mod template;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_yaml_ng::Value;

use builds::{Unit, compiled_by};
use crates::{Package, packages};
use files::{every_file, expect_none, files_of, folders, root, text};
use imports::Crate;
use source::Code;
use template::{Function, Template, logical_name};

/// The operations, by the names of their folders.
fn operations() -> BTreeSet<String> {
    let names = folders("functions").into_iter();
    names.filter_map(|folder| folder.strip_prefix("functions/").map(str::to_owned)).collect()
}

fn library(operation: &str) -> String {
    format!("functions/{operation}/src/lib.rs")
}

/// Every operation, with its function in the template.
fn deployed(template: &Template) -> Vec<(String, &Function)> {
    let operations = operations().into_iter();
    let deployed = operations.map(|operation| {
        let function = template.function_of(&operation);
        (operation, function)
    });
    deployed.collect()
}

/// The names that `file` lacks and those that it must not have, one per line.
fn differences<T: Ord + std::fmt::Display>(
    file: &str,
    found: &BTreeSet<T>,
    expected: &BTreeSet<T>,
) -> Vec<String> {
    let missing = expected.difference(found).map(|it| format!("{file}: it lacks {it}"));
    let more =
        found.difference(expected).map(|it| format!("{file}: {it} is nothing it should have"));
    missing.chain(more).collect()
}

#[test]
fn every_operation_is_a_crate_of_its_name_with_a_library_and_a_binary() {
    let mut faults = Vec::new();
    for operation in operations() {
        let package = Package::in_folder(&format!("functions/{operation}"));
        if package.name() != operation {
            faults.push(format!("{}: its name is {}", package.file(), package.name()));
        }
        let main = format!("functions/{operation}/src/main.rs");
        let module = operation.replace('-', "_");
        let started = vec![module.clone(), "function".to_owned()];
        let code = Code::in_file(&main);
        if !(code.calls("serve") && code.paths.contains(&started)) {
            faults.push(format!("{main}: it lacks serve({module}::function())"));
        }
    }
    expect_none(faults);
}

#[test]
fn the_template_has_every_operation_under_its_name() {
    let template = Template::read();

    let declared: BTreeSet<_> = template.functions.iter().map(|f| f.name.clone()).collect();
    let expected: BTreeSet<_> = operations().iter().map(|o| logical_name(o)).collect();
    let mut faults = differences("template.yaml", &declared, &expected);
    for Function { file, name, value, .. } in &template.functions {
        let binary = value["Metadata"]["BuildProperties"]["Binary"].as_str().unwrap_or("nothing");
        if logical_name(binary) != *name {
            faults.push(format!("{file}: the Binary of {name} is {binary}"));
        }
    }
    if declared.len() != template.functions.len() {
        faults.push("two templates declare the same function".to_owned());
    }
    expect_none(faults);
}

#[test]
fn the_operations_of_the_agencys_pages_and_no_others_are_in_their_own_stack() {
    let template = Template::read();
    let mut faults = Vec::new();
    for (operation, function) in local::functions::all() {
        let route = function.description().operation.route.to_string();
        let of_staff = route.contains(" /api/staff/");
        let Function { file, name, value, .. } = template.function_of(operation);
        if of_staff != (*file == template::STAFF) {
            faults.push(format!("{file}: {name} of {route} is in the wrong template"));
        }
        // That stack waits for the first wave as a whole.
        if of_staff && value.get("DependsOn").is_some() {
            faults.push(format!("{file}: {name} has a DependsOn"));
        }
    }
    expect_none(faults);
}

#[test]
fn the_template_has_the_route_of_every_operation() {
    let template = Template::read();
    let mut faults = Vec::new();
    for (operation, function) in local::functions::all() {
        let route = function.description().operation.route.to_string();
        let is_http = route.contains('/') || route == "$default";
        let said = if is_http { BTreeSet::from([route]) } else { BTreeSet::new() };
        let file = format!("template.yaml, {}", logical_name(operation));
        let Function { name, value, routes, .. } = template.function_of(operation);
        faults.extend(differences(&file, routes, &said));
        // SAM would make a route of it, and a permission, beside those that are generated.
        let events = value["Properties"]["Events"].as_mapping().into_iter().flatten();
        if events.into_iter().any(|(_, event)| event["Type"] == "HttpApi") {
            faults.push(format!("template.yaml: {name} has an event of the API: leave it out"));
        }
    }
    expect_none(faults);
}

#[test]
fn every_operation_has_a_sample_event_that_comes_by_its_route() {
    let template = Template::read();
    let mut faults = Vec::new();
    for (operation, function) in deployed(&template) {
        let path = format!("events/{operation}.json");
        let event: Result<serde_json::Value, _> = serde_json::from_str(&text(&path));
        let event = match event {
            Ok(event) => event,
            Err(error) => {
                faults.push(format!("{path}: {error}"));
                continue;
            }
        };
        let routes = &function.routes;
        let route = event["routeKey"].as_str().unwrap_or_default();
        if !routes.is_empty() && !routes.contains(route) {
            let routes = routes.iter().cloned().collect::<Vec<_>>().join(", ");
            faults.push(format!("{path}: its routeKey is {route:?}, in template.yaml {routes}"));
        }
    }
    expect_none(faults);
}

#[test]
fn functions_know_what_is_shared_and_not_each_other() {
    let operations = operations();
    let mut faults = Vec::new();
    for package in packages() {
        let (file, known) = (package.file(), package.dependencies());
        let is_function = package.folder.starts_with("functions/");
        let is_apart = is_function || ["shared", "tests"].contains(&package.folder.as_str());
        let others = known.intersection(&operations).filter(|_| is_apart);
        faults.extend(others.map(|other| format!("{file}: it may not depend on {other}")));
        if is_function && !known.contains("shared") {
            faults.push(format!("{file}: it lacks shared"));
        }
        if package.folder == "tests" && known.contains("shared") {
            faults.push(format!("{file}: it may not depend on shared: tests are over HTTP only"));
        }
    }
    expect_none(faults);
}

#[test]
fn a_function_may_touch_its_own_keys_and_nothing_more() {
    let mut faults = Vec::new();
    let mut seen = 0;
    for function in Template::read().functions {
        let Function { file, name, .. } = &function;
        for (actions, statement) in function.statements() {
            seen += actions.len();
            let resource = template::written(&statement["Resource"]);
            for action in actions {
                let mut fault = |what: &str| {
                    faults.push(format!("{file}: {name}: {action} on {resource}: {what}"));
                };
                if action.contains('*') || action.ends_with("Scan") {
                    fault("no function may do so much");
                }
                if action == "dynamodb:Query" && !resource.contains("/index/") {
                    fault("only an index is queried");
                }
                if action != "dynamodb:Query" && action.starts_with("dynamodb:") {
                    let keys = &statement["Condition"]["ForAllValues:StringLike"];
                    let keys = keys["dynamodb:LeadingKeys"].as_sequence();
                    let fenced = |key: &Value| {
                        let kind = key.as_str().and_then(|key| key.split_once('#'));
                        kind.is_some_and(|(kind, _)| !kind.is_empty() && !kind.contains('*'))
                    };
                    if !keys.is_some_and(|keys| !keys.is_empty() && keys.iter().all(fenced)) {
                        fault("its dynamodb:LeadingKeys do not each begin with a kind and #");
                    }
                }
            }
        }
    }
    expect_none(faults);
    assert!(seen > operations().len(), "template.yaml: policies were read, {seen} of them");
}

/// AWS may check all keys of a transaction or a batch in one table together. Two statements with
/// one key each do not allow two keys together.
#[test]
fn one_statement_allows_each_action_of_a_function_on_a_table() {
    let mut faults = Vec::new();
    for function in Template::read().functions {
        let mut stated = BTreeSet::new();
        for (actions, statement) in function.statements() {
            let resource = template::written(&statement["Resource"]);
            for action in actions {
                let what = format!("{action} on {resource}");
                if !stated.insert(what.clone()) {
                    let Function { file, name, .. } = &function;
                    faults.push(format!("{file}: {name}: two statements allow {what}"));
                }
            }
        }
    }
    expect_none(faults);
}

#[test]
fn only_functions_that_hash_or_import_have_a_whole_cpu() {
    let template = Template::read();
    let mut faults = Vec::new();
    for (operation, described) in local::functions::all() {
        let reads_files = ["import-leases", "preview-import", "apply-import"].contains(&operation);
        let works = described.description().hashes || reads_files;
        let function = template.function_of(operation);
        let memory = function.value["Properties"]["MemorySize"].as_u64();
        let expected = works.then_some(1769);
        if memory != expected {
            let Function { file, name, .. } = function;
            let of = |memory: Option<u64>| memory.map_or("none".to_owned(), |mb| mb.to_string());
            let (has, needs) = (of(memory), of(expected));
            faults.push(format!("{file}: the MemorySize of {name} is {has}, not {needs}"));
        }
    }
    for (file, globals) in &template.globals {
        if globals["Function"]["MemorySize"] != 256 {
            faults.push(format!("{file}: the MemorySize in Globals is not 256"));
        }
    }
    expect_none(faults);
}

#[test]
fn nothing_brings_another_tls_or_random_generator() {
    let lock = text("Cargo.lock");
    let banned = ["aws-lc-sys", "aws-lc-rs", "openssl-sys", "native-tls"];
    let brought = banned.iter().filter(|name| lock.contains(&format!("name = \"{name}\"")));
    expect_none(
        brought.map(|name| format!("Cargo.lock: something brings {name}: cargo tree -i {name}")),
    );
}

#[test]
fn only_the_bench_builds_functions_that_believe_its_root() {
    let feature = "bench-root";
    let mut found: BTreeSet<String> = BTreeSet::new();
    // What deploys, and what a deployment is built from.
    let declared = ["Makefile", "template.yaml", "samconfig.toml", "Cargo.toml", ".github"];
    let built = ["functions", "infra", "shared", "tests", "xtask"].into_iter();
    for file in built.chain(declared).flat_map(every_file) {
        if fs::read_to_string(root().join(&file)).is_ok_and(|text| text.contains(feature)) {
            found.insert(file);
        }
    }
    let expected = [
        "shared/Cargo.toml",
        "shared/src/aws/connections.rs",
        "tests/benches/build",
        "tests/workspace.rs",
    ];
    let expected = expected.map(str::to_owned).into();
    expect_none(differences("files that name the feature", &found, &expected));
    assert!(!text("shared/Cargo.toml").contains("\ndefault ="), "no feature is on by itself");
}

/// The common crate.
fn shared() -> Crate {
    Crate::read(&root(), &root().join("shared/src/lib.rs"))
}

/// The room of the common crate that a file is in: `store`, of `shared/src/store/key.rs`.
fn room_of(file: &str) -> Option<&str> {
    let inside = file.strip_prefix("shared/src/")?;
    inside.split('/').next().map(|room| room.trim_end_matches(".rs"))
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let mut seen = 0;
    for package in packages() {
        for one in package.crates() {
            let imports = one.imports();
            seen += imports.values().map(BTreeMap::len).sum::<usize>();
            if let Some(circle) = imports::circle(&imports) {
                panic!("{circle}\nmove what one of them needs of the next to a file of its own");
            }
            let rooms = imports::of_rooms(&imports);
            if let Some(circle) = imports::circle(&rooms) {
                panic!("{circle}\nmove what one room needs of the next out of both, or into one");
            }
        }
    }
    assert!(seen > 500, "imports are found: {seen}");
}

#[test]
fn a_circle_is_found_through_every_kind_of_import() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("circles");
    for (file, code) in [
        ("lib.rs", "mod room; mod leaf; mod other; mod apart;"),
        ("room/mod.rs", "mod inner; mod beside; pub use inner::Inner;"),
        ("room/inner.rs", "use crate::other; pub struct Inner(other::Other);"),
        ("room/beside.rs", "pub struct Beside(super::Inner);"),
        (
            "other.rs",
            "pub struct Other(pub Vec<crate::leaf::Leaf>); fn f() { g!(crate::room::Inner) }",
        ),
        ("leaf.rs", "pub struct Leaf; #[cfg(test)] mod tests { use crate::other::Other; }"),
        ("apart.rs", "// crate::other::Other\nconst A: &str = \"crate::other::Other\";"),
    ] {
        let path = folder.join(file);
        fs::create_dir_all(path.parent().unwrap_or(&folder)).expect("a folder");
        fs::write(path, code).expect("a file");
    }

    let imports = Crate::read(&folder, &folder.join("lib.rs")).imports();

    let of = |file: &str| -> Vec<&str> { imports[file].keys().map(String::as_str).collect() };
    assert_eq!(of("room/inner.rs"), ["other.rs"]);
    assert_eq!(of("room/beside.rs"), ["room/inner.rs"], "a mod.rs only hands on");
    assert_eq!(of("other.rs"), ["leaf.rs", "room/inner.rs"], "macros are read");
    assert!(of("leaf.rs").is_empty(), "tests may import what they test");
    assert!(of("apart.rs").is_empty(), "comments and texts are no code");
    assert_eq!(
        imports::circle(&imports).expect("a circle").to_string(),
        "these import each other in a circle:\n  \
         other.rs imports room/inner.rs: crate::room::Inner\n  \
         room/inner.rs imports other.rs: other::Other"
    );
}

#[test]
fn every_file_of_rust_is_part_of_a_crate() {
    let mut faults = Vec::new();
    for package in packages() {
        let known: BTreeSet<String> = package.crates().iter().flat_map(Crate::files).collect();
        for file in files_of(&package.folder, "rs") {
            // Separate workspaces, and packages in the folders of others.
            let is_elsewhere = ["hello", "hash", "peers/hash"]
                .iter()
                .any(|workspace| file.starts_with(&format!("tests/benches/{workspace}/")))
                || package.folder == "tests"
                    && ["tests/fuzz/", "tests/model/", "tests/years/"]
                        .iter()
                        .any(|it| file.starts_with(it))
                || package.folder == "tests/fuzz" && file.starts_with("tests/fuzz/guided/");
            if !is_elsewhere && !known.contains(&file) {
                faults.push(format!("{file}: no crate of {} declares it", package.file()));
            }
        }
    }
    expect_none(faults);
}

#[test]
fn imports_inside_the_common_crate_go_one_way() {
    let shared = shared();
    let mut faults = Vec::new();
    // http → links, mail, store, keys → domain.
    let walls: [(&str, &[&str]); 5] = [
        ("links", &["http"]),
        ("store", &["http", "links", "keys", "app"]),
        ("keys", &["http", "links", "store", "mail", "app"]),
        ("mail", &["http", "links", "store", "keys", "app", "config", "random"]),
        ("domain", &[]),
    ];
    for (file, imported) in shared.imports() {
        let Some(room) = room_of(&file) else { continue };
        let Some((_, outside)) = walls.iter().find(|(walled, _)| *walled == room) else { continue };
        for (other, names) in imported {
            let Some(to) = room_of(&other).filter(|to| *to != room) else { continue };
            if outside.contains(&to) || room == "domain" {
                let names = names.into_iter().collect::<Vec<_>>().join(", ");
                faults.push(format!("{file}: {room} may not import {to}: {names}"));
            }
        }
    }
    let words: [(&str, &[&str]); 8] = [
        ("lambda_http", &["http"]),
        ("aws_sdk_dynamodb", &["store", "aws"]),
        ("aws_sdk_secretsmanager", &["keys"]),
        ("getrandom", &["random"]),
        ("jsonwebtoken", &["keys"]),
        ("serde_dynamo", &["store"]),
        ("attribute_exists", &["store"]),
        ("update_expression", &["store"]),
    ];
    let mut known = BTreeSet::new();
    for (file, code) in shared.code() {
        let Some(room) = room_of(file) else { continue };
        for (word, rooms) in words.iter().filter(|(word, _)| code.knows(word)) {
            known.insert(*word);
            if !rooms.contains(&room) {
                faults.push(format!("{file}: {word} is for {} alone", rooms.join(", ")));
            }
        }
    }
    for (word, rooms) in words.iter().filter(|(word, _)| !known.contains(word)) {
        let rooms = rooms.join(", ");
        faults.push(format!("tests/workspace.rs: no file of {rooms} has {word}: the wall is none"));
    }
    expect_none(faults);
}

#[test]
fn each_rule_of_the_store_names_one_condition() {
    let named = needed::rules();
    let files = files_of("shared/src/store/rules", "rs").into_iter();
    let code: String =
        files.map(|file| text(&file).split_whitespace().collect::<String>()).collect();

    let mut faults = Vec::new();
    for rule in &named {
        let conditions = code.matches(&format!("Rule::{rule}.tests([")).count();
        if conditions != 1 {
            faults.push(format!("shared/src/store/rules: {rule} has {conditions} conditions"));
        }
    }
    expect_none(faults);
    assert_eq!(code.matches(".tests([").count(), named.len(), "a condition of no rule");
}

#[test]
fn every_rule_is_listed_with_the_test_that_fails_without_it() {
    let listed = needed::table("Rules of the store");
    let mut faults = Vec::new();
    let names: Vec<String> = listed.iter().map(needed::Row::name).collect();
    if names != needed::rules() {
        let rules = needed::rules().join(", ");
        faults.push(format!("docs/RULES.md: not one row for each of {rules}, in this order"));
    }
    for row in &listed {
        let (name, file) = (row.name(), row.code(1).concat());
        let code = text(&format!("shared/src/store/rules/{file}"));
        let code: String = code.split_whitespace().collect();
        if !code.contains(&format!("Rule::{name}.tests([")) {
            faults.push(format!("docs/RULES.md: {name} is not in {file}"));
        }
        let unknown = row.code(3).into_iter().filter(|rule| !names.contains(rule));
        faults.extend(unknown.map(|rule| format!("docs/RULES.md: {name}: {rule} is not a rule")));
        // A rule that tests nothing needs no test.
        let tests = row.code(4);
        if tests.len() != usize::from(name != "Always") {
            faults.push(format!("docs/RULES.md: {name} has {} tests", tests.len()));
        }
        faults.extend(needed::missing(&name, &tests));
    }
    expect_none(faults);
}

#[test]
fn every_guard_that_is_listed_is_in_its_file_and_has_its_test() {
    let mut faults = Vec::new();
    for row in needed::table("Guards") {
        let (file, change, tests) = (row.code(1).concat(), row.code(2), row.code(3));
        // The code, and what stands in its place.
        let ([guard] | [guard, _]) = change.as_slice() else {
            faults.push(format!("docs/RULES.md: {file}: not one change: {change:?}"));
            continue;
        };
        let times = text(&file).matches(guard.as_str()).count();
        if times != 1 {
            faults.push(format!("docs/RULES.md: {file}: {guard} is there {times} times"));
        }
        if tests.is_empty() {
            faults.push(format!("docs/RULES.md: {file}: {guard} has no test"));
        }
        faults.extend(needed::missing(guard, &tests));
    }
    expect_none(faults);
}

#[test]
fn links_conditions_and_updates_are_handled_in_one_place_each() {
    let mut faults = Vec::new();
    // Only `shared::links` checks whether a link was used or has expired.
    for operation in operations() {
        let file = library(&operation);
        let code = Code::in_file(&file);
        for word in ["open_link", "find_link", "link_expired", "is_for"] {
            if code.calls(word) || code.strings.iter().any(|text| text == word) {
                faults.push(format!("{file}: {word} is for shared/src/links to ask"));
            }
        }
    }
    // Updates are built from changes and conditions from rules, never from text.
    let mut clauses = BTreeSet::new();
    for (file, code) in shared().code().filter(|(file, _)| room_of(file) == Some("store")) {
        for (name, function) in &code.functions {
            let glues = ["update_expression", "condition_expression"];
            if glues.iter().any(|glue| function.calls_with_text(glue)) {
                faults.push(format!("{file}: {name} glues an expression: build an Action"));
            }
        }
        if code.strings.iter().any(|text| text == "SET") {
            clauses.insert(file.to_owned());
        }
        let of_rules = file.starts_with("shared/src/store/rules/");
        let makes = |path: &Vec<String>| path.first().is_some_and(|name| name == "Condition");
        if !of_rules && code.paths.iter().any(makes) {
            faults.push(format!("{file}: a condition is for shared/src/store/rules to make"));
        }
    }
    let action = BTreeSet::from(["shared/src/store/action.rs".to_owned()]);
    for file in clauses.difference(&action) {
        faults.push(format!("{file}: a clause of an update is for shared/src/store/action.rs"));
    }
    assert!(clauses.is_superset(&action), "shared/src/store/action.rs: no clause of an update");
    expect_none(faults);
}

#[test]
fn make_run_and_make_test_compile_no_dependency_twice() {
    let run = compiled_by(&["build", "--workspace", "--bin", "local"]);
    let test = compiled_by(&["test", "--workspace", "--no-run"]);

    let other = run.difference(&test).map(|Unit { package, target, features, profile, .. }| {
        format!(
            "tests/Cargo.toml, or a profile in Cargo.toml: {package} ({target}) is compiled anew with \
             {features} {profile}"
        )
    });
    assert!(run.len() > 300, "{} dependencies", run.len());
    expect_none(other);
}
