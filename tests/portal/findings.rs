//! The findings of the accessibility engines, and those that a person has reviewed and accepted.

use serde_json::Value;

/// A finding of an engine: a rule, and an element that breaks it.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Finding {
    /// The rule's identifier: axe-core's have hyphens, IBM's have underscores.
    pub rule: String,
    /// The element's HTML.
    pub element: String,
    /// The engine's message.
    pub says: String,
}

/// Findings that IBM's engine asks a person to review: the rule, a part of the element, and why it
/// is no fault. The engine reports these without looking at the page itself: for the first two, a
/// style sheet with colours is enough.
const REVIEWED: [(&str, &str, &str); 8] = [
    (
        "style_color_misuse",
        "<style",
        "rules kept and broken, errors and states have words or icons",
    ),
    ("style_highcontrast_visible", "<style", "both engines look at each state in forced colours"),
    (
        "element_tabbable_visible",
        "class=\"skip-link\"",
        "it shows when it has the focus: keyboard.rs",
    ),
    (
        "text_block_heading",
        "data-only=",
        "the one request that can be made, as a sentence of a form",
    ),
    ("text_block_heading", "data-open=", "a request that is open, and since when: one sentence"),
    ("style_focus_visible", "", "the ring is measured on each control: keyboard.rs"),
    ("input_fields_grouped", "<input", "a form of one group, which its heading names"),
    ("input_checkboxes_grouped", "type=\"checkbox\"", "two boxes that have nothing in common"),
];

impl Finding {
    /// The findings in an answer of engines.js.
    pub fn all_in(answer: &Value) -> Vec<Self> {
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let of = |finding: &Value| Self {
            rule: text(&finding["rule"]),
            element: text(&finding["element"]),
            says: text(&finding["says"]),
        };
        answer.as_array().expect("findings are a list").iter().map(of).collect()
    }

    fn is(&self, rule: &str, element: &str) -> bool {
        self.rule == rule && self.element.contains(element)
    }

    fn is_reviewed(&self) -> bool {
        REVIEWED.iter().any(|(rule, element, _)| self.is(rule, element))
    }
}

/// The findings that nobody has reviewed.
pub fn faults_in(found: &[Finding]) -> Vec<&Finding> {
    found.iter().filter(|finding| !finding.is_reviewed()).collect()
}
