//! The templates that declare functions: that of the stack, and those of nested stacks. Where a
//! function's block stands decides to which stack it belongs.

use std::error::Error;
use std::fs;
use std::path::Path;

/// A template that declares functions.
#[derive(Debug)]
pub(crate) struct Template {
    /// The path from the root.
    pub(crate) file: &'static str,
    /// What the stack is in the stack around it; `None` for the stack itself.
    pub(crate) nested: Option<Nested>,
    /// The text.
    pub(crate) text: String,
}

/// A nested stack.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Nested {
    /// Its logical id in `template.yaml`.
    pub(crate) name: &'static str,
    /// The condition under which it is made.
    pub(crate) condition: &'static str,
}

/// The stack itself.
pub(crate) const OUTER: &str = "template.yaml";

/// The stack of the agency's pages.
pub(crate) const STAFF: &str = "infra/staff.yaml";

/// The stack of the synthetic household.
pub(crate) const SYNTHETIC: &str = "infra/synthetic.yaml";

/// Reads every template.
pub(crate) fn read(root: &Path) -> Result<Vec<Template>, Box<dyn Error>> {
    let staff = Nested { name: "Staff", condition: "HasStaff" };
    let synthetic = Nested { name: "Synthetic", condition: "HasSynthetic" };
    let templates = [(OUTER, None), (STAFF, Some(staff)), (SYNTHETIC, Some(synthetic))];
    let templates = templates.into_iter().map(|(file, nested)| {
        let text =
            fs::read_to_string(root.join(file)).map_err(|error| format!("{file}: {error}"))?;
        Ok(Template { file, nested, text })
    });
    templates.collect()
}

/// The template among `templates` that declares the function of `operation`.
pub(crate) fn of<'a>(
    operation: &str,
    templates: &'a [Template],
) -> Result<&'a Template, Box<dyn Error>> {
    let mut declaring = templates.iter().filter(|template| template.declares(operation));
    match (declaring.next(), declaring.next()) {
        (Some(one), None) => Ok(one),
        (Some(one), Some(other)) => {
            Err(format!("{} and {} declare the function of {operation}", one.file, other.file)
                .into())
        }
        (None, _) => Err(format!("no template declares the function of {operation}").into()),
    }
}

/// The name of an operation's function in a template: `ChangeLanguageFunction`.
pub(crate) fn logical_name(operation: &str) -> String {
    let words = operation.split('-').map(|word| {
        let (first, rest) = word.split_at(1.min(word.len()));
        first.to_uppercase() + rest
    });
    words.collect::<String>() + "Function"
}

impl Template {
    /// Whether the function of `operation` stands here.
    pub(crate) fn declares(&self, operation: &str) -> bool {
        let line = format!("  {}:", logical_name(operation));
        self.text.lines().any(|it| it == line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_belongs_to_the_one_template_that_declares_it() {
        let template = |file, text: &str| Template { file, nested: None, text: text.to_owned() };
        let one = template("one", "Resources:\n  AddNoteFunction:\n  KeysFunction:\n");
        let other = template("other", "Resources:\n  KeysFunction:\n# AddNoteFunction:\n");
        let templates = [one, other];

        assert_eq!(of("add-note", &templates).unwrap().file, "one");
        let of_keys = of("keys", &templates).unwrap_err().to_string();
        assert_eq!(of_keys, "one and other declare the function of keys");
        let of_login = of("login", &templates).unwrap_err().to_string();
        assert_eq!(of_login, "no template declares the function of login");
    }
}
