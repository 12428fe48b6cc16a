//! The tables of docs/RULES.md: each rule and guard with the test that fails without it.

use crate::files::text;

/// A row of a table.
#[derive(Debug)]
pub(crate) struct Row(Vec<String>);

impl Row {
    /// The texts in backquotes of a cell.
    pub(crate) fn code(&self, cell: usize) -> Vec<String> {
        let cell = self.0.get(cell).map(String::as_str).unwrap_or_default();
        cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    }

    /// The text in backquotes of the first cell.
    pub(crate) fn name(&self) -> String {
        self.code(0).concat()
    }
}

/// The rows of the table below a heading of docs/RULES.md. A `\\|` in a cell is a `|`.
pub(crate) fn table(heading: &str) -> Vec<Row> {
    let document = text("docs/RULES.md");
    let Some((_, section)) = document.split_once(&format!("\n## {heading}\n")) else {
        panic!("docs/RULES.md: it lacks {heading}");
    };
    let section = section.split("\n## ").next().unwrap_or_default();
    let rows = section.lines().filter(|line| line.starts_with('|')).skip(2);
    rows.map(|line| {
        let line = line.trim_matches('|').replace("\\|", "\0");
        Row(line.split('|').map(|cell| cell.trim().replace('\0', "|")).collect())
    })
    .collect()
}

/// The rules of the store, in the order of the source.
pub(crate) fn rules() -> Vec<String> {
    let source = text("shared/src/store/rules/mod.rs");
    let named = source.split_once("pub enum Rule {").and_then(|(_, rest)| rest.split_once("\n}"));
    let Some((named, _)) = named else { panic!("shared/src/store/rules/mod.rs: it lacks Rule") };
    let named = named.lines().map(|line| line.trim().trim_end_matches(','));
    let named = named.filter(|line| !line.is_empty() && !line.starts_with("//"));
    named.map(str::to_owned).collect()
}

/// Which of `tests`, such as `journeys::between::name`, do not exist. `what` names them.
pub(crate) fn missing(what: &str, tests: &[String]) -> Vec<String> {
    let exists = |test: &str| {
        let path: Vec<&str> = test.split("::").collect();
        let [binary, module, name] = path.as_slice() else { return false };
        let mut files = [format!("{binary}/{module}.rs"), format!("{binary}/{module}/mod.rs")]
            .into_iter()
            .map(|file| format!("tests/{file}"));
        files.any(|file| {
            let path = crate::root().join(&file);
            let code = std::fs::read_to_string(path).unwrap_or_default();
            code.contains(&format!("fn {name}("))
        })
    };
    let missing = tests.iter().filter(|test| !exists(test));
    missing.map(|test| format!("docs/RULES.md: {what}: {test} is not a test")).collect()
}
