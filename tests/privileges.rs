//! Least privilege: the template allows exactly the privileges that the journeys use. Runs after
//! the journeys, whose records it reads.
#![cfg(not(feature = "deployed"))]
#![expect(clippy::panic, reason = "a test may")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use local::{Options, Privilege};
use tests::uses_of;

/// The command that makes the records for this test.
const FIRST: &str = "cargo test --locked --workspace --test journeys --test privileges";

/// The operation in `OPERATION`; `None` for all.
#[expect(clippy::disallowed_methods, reason = "OPERATION=login asks about one operation")]
fn asked() -> Option<String> {
    let operation = std::env::var("OPERATION").ok().filter(|name| !name.is_empty())?;
    let known = local::functions::all().into_iter().any(|(name, _)| name == operation);
    assert!(known, "OPERATION: there is no folder functions/{operation}");
    Some(operation)
}

/// The privileges of the chosen operation.
fn of_asked(all: BTreeSet<Privilege>) -> BTreeSet<Privilege> {
    match asked() {
        Some(operation) => all.into_iter().filter(|one| one.function == operation).collect(),
        None => all,
    }
}

/// The privileges that the template allows.
fn allowed() -> BTreeSet<Privilege> {
    local::privileges(&Options::default().template).unwrap_or_else(|error| panic!("{error}"))
}

/// The privileges that the journeys used.
fn used() -> BTreeSet<Privilege> {
    let used = uses_of("journeys");
    assert!(!used.is_empty(), "no journey of this build has been run: {FIRST}");
    used
}

/// Fails with the faults, one per line.
#[track_caller]
fn expect_none(faults: impl Iterator<Item = String>) {
    let faults: Vec<String> = faults.collect();
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn a_journey_uses_each_privilege_of_the_template() {
    let used = used();

    let allowed = of_asked(allowed());
    let unused = allowed.iter().filter(|allowed| !used.iter().any(|used| allowed.covers(used)));

    expect_none(
        unused.map(|unused| {
            format!("template.yaml: no journey uses {unused} (were all journeys run?)")
        }),
    );
}

#[test]
fn the_template_allows_each_privilege_that_a_journey_uses() {
    let allowed = allowed();

    let used = of_asked(used());
    let refused = used.iter().filter(|used| !allowed.iter().any(|allowed| allowed.covers(used)));

    expect_none(refused.map(|refused| {
        format!("template.yaml: it does not allow {refused}, which a journey used")
    }));
}

/// The text above the table.
const HEAD: &str = "\
# What each function may do

The policies of `template.yaml`, by function. The file is generated. After a change of the policies:

```sh
UPDATE=1 cargo test --locked --workspace --test privileges -- table
```

- `lease#` means every key that begins with it (`dynamodb:LeadingKeys`).
- IAM has no action `TransactWriteItems`: a transaction needs the permissions of its parts.
- No permission is unused: `tests/privileges.rs` fails if no journey needs it. No permission is missing:
  the local stack refuses any other call.
- `FunctionBoundary` in the template limits every function, whatever its policies say. The local stack
  enforces it too.
- Parameters have their defaults. In SES's sandbox, `deliver-mail` may send to every identity.
- SAM also gives each role `AWSLambdaBasicExecutionRole` (its log) and `AWSXrayWriteOnlyAccess` (its
  traces). It gives the role of `deliver-mail` `AWSLambdaDynamoDBExecutionRole` (its stream), and the role
  of `record-mail-feedback` `AWSLambdaSQSQueueExecutionRole` (its queue).

| function | actions | on | keys |
|---|---|---|---|
";

/// The resource of an ARN, in words.
fn readable(resource: &str) -> String {
    let name = resource.splitn(6, ':').nth(5).unwrap_or(resource);
    match name.split(['/', ':']).collect::<Vec<_>>()[..] {
        ["table", table] => format!("table `{table}`"),
        ["table", table, "index", index] => format!("index `{index}` of `{table}`"),
        ["secret", _] => "the secret".to_owned(),
        ["identity", identity] => format!("SES identity `{identity}`"),
        ["configuration-set", set] => format!("SES configuration set `{set}`"),
        _ => format!("`{resource}`"),
    }
}

fn quoted<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let texts: Vec<String> = texts.into_iter().map(|text| format!("`{text}`")).collect();
    texts.join(", ")
}

/// The rows of a function. Keys with the same actions share a row.
fn rows(function: &str, allowed: &BTreeSet<Privilege>) -> Vec<String> {
    let mut actions: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    for privilege in allowed.iter().filter(|privilege| privilege.function == function) {
        let key = privilege.key.as_deref().unwrap_or_default();
        actions.entry((&privilege.resource, key)).or_default().insert(&privilege.action);
    }
    let mut keys: BTreeMap<(&str, BTreeSet<&str>), BTreeSet<&str>> = BTreeMap::new();
    for ((resource, key), actions) in actions {
        let key = key.trim_end_matches('*');
        keys.entry((resource, actions)).or_default().extend((!key.is_empty()).then_some(key));
    }
    if keys.is_empty() {
        return vec![format!("| `{function}` | none | – | – |\n")];
    }
    let row = |((resource, actions), keys): ((&str, BTreeSet<&str>), BTreeSet<&str>)| {
        let keys = match (keys.is_empty(), resource.contains(":dynamodb:")) {
            (false, _) => quoted(keys),
            (true, true) => "all".to_owned(),
            (true, false) => "–".to_owned(),
        };
        format!("| `{function}` | {} | {} | {keys} |\n", quoted(actions), readable(resource))
    };
    keys.into_iter().map(row).collect()
}

/// Its rows are beside those of real households, in the same tables.
#[test]
fn the_synthetic_household_reaches_no_lease_and_no_address_of_a_household() {
    let own = [("lease#", "lease#999999999999999999"), ("email#", "email#success+")];
    let allowed = allowed();
    let of_it = allowed.iter().filter(|privilege| privilege.function == "watch-household");
    let keys: Vec<&str> = of_it.filter_map(|privilege| privilege.key.as_deref()).collect();

    for (kind, narrow) in own {
        let of_kind = keys.iter().filter(|key| key.starts_with(kind));
        assert!(of_kind.clone().count() > 0, "{kind}: {keys:?}");
        expect_none(of_kind.filter(|key| !key.starts_with(narrow)).map(|key| (*key).to_owned()));
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "UPDATE=1 writes the file instead of comparing it")]
fn the_table_of_permissions_is_the_templates() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra/PERMISSIONS.md");
    let allowed = allowed();
    let functions = local::functions::all().into_iter().map(|(name, _)| name);
    let table: String = functions.flat_map(|function| rows(function, &allowed)).collect();
    let table = format!("{HEAD}{table}");

    if std::env::var_os("UPDATE").is_some() {
        fs::write(&file, &table).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }

    let kept = fs::read_to_string(&file).unwrap_or_default();
    let mut lines = (1..).zip(table.lines().map(Some).chain([None]));
    let mut kept = kept.lines().map(Some).chain([None]);
    let difference = lines.find_map(|(number, line)| {
        let kept = kept.next().flatten();
        (kept != line).then_some((number, kept, line))
    });
    if let Some((number, kept, line)) = difference {
        let (kept, line) = (kept.unwrap_or("nothing"), line.unwrap_or("nothing"));
        panic!("infra/PERMISSIONS.md:{number}: it has\n  {kept}\nand the template\n  {line}");
    }
}
