//! Finds what a template includes, and which messages it uses.

use std::collections::BTreeSet;

/// The templates that `text` includes or imports.
pub fn references(text: &str) -> BTreeSet<String> {
    let mut references = BTreeSet::new();
    for tag in tags(text) {
        let words = tag.trim_start_matches('-').trim_start();
        if words.starts_with("include ") || words.starts_with("import ") {
            references.extend(words.split('"').nth(1).map(str::to_owned));
        }
    }
    references
}

/// The keys of the messages in the tags of `text`.
pub fn messages(text: &str) -> BTreeSet<String> {
    tags(text).into_iter().flat_map(keys).collect()
}

/// The keys after each `m.` of `code`.
pub fn keys(code: &str) -> BTreeSet<String> {
    let is_of_key = |c: char| c.is_ascii_lowercase() || matches!(c, '_' | '.');
    let is_of_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
    let starts = code
        .match_indices("m.")
        .filter(|(at, _)| !code.get(..*at).unwrap_or_default().ends_with(is_of_name));
    let keys = starts.map(|(at, _)| {
        let rest = code.get(at + 2..).unwrap_or_default();
        rest.split(|c| !is_of_key(c)).next().unwrap_or_default().trim_end_matches('.').to_owned()
    });
    keys.collect()
}

/// The classes of the elements of `text`.
pub fn classes(text: &str) -> BTreeSet<String> {
    let lists = text.split("class=\"").skip(1).filter_map(|rest| Some(rest.split_once('"')?.0));
    lists.flat_map(str::split_whitespace).map(str::to_owned).collect()
}

/// The contents of `{{ }}` and `{% %}`.
fn tags(text: &str) -> Vec<&str> {
    let mut tags = Vec::new();
    for (start, end) in [("{{", "}}"), ("{%", "%}")] {
        let rest = text.split(start).skip(1);
        tags.extend(rest.filter_map(|rest| Some(rest.split_once(end)?.0)));
    }
    tags
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = r#"{% import "components/form/template.html" as form %}
        <p class="lead whole" id="m.none">{{ m.home.lead }}</p>{%- include "icons/key.svg" -%}
        {{ form::close(m.home.submit) }}{{ m.home.rule(config.min) }}"#;

    #[test]
    fn includes_messages_and_classes_of_a_template_are_found() {
        let set = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();

        let included: BTreeSet<String> = set(&["components/form/template.html", "icons/key.svg"]);
        assert_eq!(references(TEMPLATE), included);
        let said: BTreeSet<String> = set(&["home.lead", "home.rule", "home.submit"]);
        assert_eq!(messages(TEMPLATE), said);
        let classes: BTreeSet<String> = classes(TEMPLATE);
        assert_eq!(classes, set(&["lead", "whole"]));
    }
}
