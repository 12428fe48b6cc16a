//! Finds the line of a property in the template, for messages.

use std::fs;
use std::path::Path;

/// The place of a property, such as `template.yaml:310, Policies of RegisterFunction`; without the
/// line if the file can no longer be read.
pub(super) fn place(file: &Path, resource: &str, property: &str) -> String {
    let name = file.file_name().map(|name| name.display().to_string()).unwrap_or_default();
    let line = fs::read_to_string(file).ok().and_then(|text| line_of(&text, resource, property));
    let line = line.map(|line| format!(":{line}")).unwrap_or_default();
    format!("{name}{line}, {property} of {resource}")
}

/// The line of a property, or of its resource if the resource does not have the property itself.
fn line_of(text: &str, resource: &str, property: &str) -> Option<usize> {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let is = |line: &str, name: &str| {
        line.trim_start().strip_prefix(name).is_some_and(|rest| rest.starts_with(':'))
    };
    let mut lines = text.lines().zip(1..).skip_while(|(line, _)| !is(line, resource));
    let (first, at) = lines.next()?;
    let within = lines
        .take_while(|(line, _)| line.trim().is_empty() || indent(line) > indent(first))
        .find(|(line, _)| is(line, property));
    Some(within.map_or(at, |(_, line)| line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_property_is_found_in_its_own_resource() {
        let text = "Resources:\n  A:\n    Properties:\n      Policies: []\n\n  B:\n    Type: T\n\n  \
                    C:\n    Properties:\n      Policies: []\n";

        assert_eq!(line_of(text, "A", "Policies"), Some(4));
        assert_eq!(line_of(text, "B", "Policies"), Some(6));
        assert_eq!(line_of(text, "C", "Policies"), Some(11));
        assert_eq!(line_of(text, "D", "Policies"), None);
    }
}
