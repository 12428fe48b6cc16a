//! Every documented answer is shown by a journey, and no journey gets an undocumented one. Runs
//! after the journeys, whose records it reads.
#![cfg(not(feature = "deployed"))]
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test may")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tests::answers_of;

/// The command that makes the records for this test.
const FIRST: &str = "cargo test --locked --workspace --test journeys --test shown";

/// The journeys that got each answer of each operation.
type Answers = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

/// A documented answer: its status or the code of its problem, and its meaning.
struct Documented {
    operation: &'static str,
    answer: String,
    meaning: &'static str,
}

/// Every documented answer.
fn documented() -> Vec<Documented> {
    let mut all = Vec::new();
    for (operation, function) in local::functions::all() {
        let description = function.description();
        let successes = description.operation.successes.iter();
        let successes = successes.map(|success| (success.status.to_string(), success.when));
        let problems = description.problems().into_iter();
        let problems =
            problems.map(|(problem, particular)| (problem.code().to_owned(), particular));
        let answers = successes.chain(problems);
        all.extend(answers.map(|(answer, meaning)| Documented { operation, answer, meaning }));
    }
    all
}

/// The answers that the journeys of this build got.
fn shown() -> Answers {
    let shown = answers_of("journeys");
    assert!(!shown.is_empty(), "no journey of this build has been run: {FIRST}");
    shown
}

#[test]
fn every_documented_answer_is_shown_by_a_journey() {
    let shown = shown();
    let is_shown =
        |it: &Documented| shown.get(it.operation).is_some_and(|a| a.contains_key(&it.answer));

    let missing: Vec<String> = documented()
        .iter()
        .filter(|documented| !is_shown(documented))
        .map(|Documented { operation, answer, .. }| format!("\n  {operation}: {answer}"))
        .collect();

    assert!(missing.is_empty(), "no journey shows (all were run?):{}", missing.concat());
}

#[test]
fn every_answer_that_a_journey_got_is_documented() {
    let documented = documented();
    let is_documented = |operation: &str, answer: &str| {
        documented.iter().any(|it| it.operation == operation && it.answer == answer)
    };

    for (operation, answers) in shown() {
        for (answer, journeys) in answers {
            let is_the_gateways = answer.ends_with("of the gateway");
            let known = is_the_gateways || is_documented(&operation, &answer);
            assert!(known, "{operation} answers {answer} in {journeys:?}");
        }
    }
}

/// The text above the tables.
const HEAD: &str = "\
# What each operation answers

Every answer of each operation (`OPERATION` in its crate), and a journey in `tests/journeys/` that shows
it. The harness of the journeys checks each answer against [openapi.json](openapi.json).
`tests/shown.rs` fails if no journey shows an answer, or if a journey in this table does not show its
answer. The file is generated. To renew it:

```sh
UPDATE=1 cargo test --locked --workspace --test journeys --test shown
```
";

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/ANSWERS.md")
}

/// The OpenAPI document, which has an example of each problem.
fn document() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/openapi.json");
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// The table of problems, by status.
fn problems(document: &Value) -> String {
    let examples = document["components"]["examples"].as_object().unwrap();
    let mut problems: Vec<_> = examples.values().map(|example| &example["value"]).collect();
    problems.sort_by_key(|problem| problem["status"].as_u64());
    let mut table = "| problem | status | text |\n|---|---|---|\n".to_owned();
    for problem in problems {
        let text = |name: &str| problem[name].as_str().unwrap_or_default();
        let (code, title, detail) = (text("code"), text("title"), text("detail"));
        let _ = writeln!(table, "| `{code}` | {} | {title}. {detail} |", problem["status"]);
    }
    table
}

/// The journey in each row of `table`.
fn named(table: &str) -> BTreeMap<(String, String), String> {
    let rows = table.lines().map(|row| {
        row.split('|').map(|cell| cell.trim().trim_matches('`').to_owned()).collect::<Vec<_>>()
    });
    let rows = rows.filter(|cells| cells.len() == 6);
    rows.map(|cells| ((cells[1].clone(), cells[2].clone()), cells[4].clone())).collect()
}

/// A row for each documented answer. A journey in `kept` stays while it shows the answer. Else the
/// journey with the fewest other answers is chosen.
fn rows(shown: &Answers, kept: &BTreeMap<(String, String), String>) -> String {
    let mut answers_of: BTreeMap<&str, usize> = BTreeMap::new();
    for journey in shown.values().flat_map(BTreeMap::values).flatten() {
        *answers_of.entry(journey).or_default() += 1;
    }
    let mut table = "| operation | answer | | shown by |\n|---|---|---|---|\n".to_owned();
    for Documented { operation, answer, meaning } in documented() {
        let journeys = shown.get(operation).and_then(|answers| answers.get(&answer));
        let Some(journeys) = journeys else { continue };
        let kept = kept.get(&(operation.to_owned(), answer.clone()));
        let plainest =
            journeys.iter().min_by_key(|journey| (answers_of[journey.as_str()], *journey));
        let journey = kept.filter(|journey| journeys.contains(*journey)).or(plainest).unwrap();
        let _ = writeln!(table, "| `{operation}` | `{answer}` | {meaning} | `{journey}` |");
    }
    table
}

#[test]
#[expect(clippy::disallowed_methods, reason = "UPDATE=1 writes the file instead of comparing it")]
fn the_table_of_answers_names_journeys_that_show_them() {
    let found = fs::read_to_string(file()).unwrap_or_default();
    let rows = rows(&shown(), &named(&found));
    let expected = format!("{HEAD}\n{}\n{rows}", problems(&document()));

    if std::env::var_os("UPDATE").is_some() {
        fs::write(file(), &expected).unwrap();
        return;
    }

    assert!(found == expected, "docs/ANSWERS.md is not what the journeys show: see its head");
}
