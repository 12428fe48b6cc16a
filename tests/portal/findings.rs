//! What the engines find, and what of it a person has looked at and found to be no fault.

use serde_json::Value;

/// What an engine finds: a rule, and an element that does not keep it.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Finding {
    /// The rule's identifier: words with hyphens are axe-core's, with underscores IBM's.
    pub rule: String,
    /// The element's HTML.
    pub element: String,
    /// What the engine says.
    pub says: String,
}

/// What IBM's engine asks a person to look at, and what the person saw: a rule, part of the elements
/// it names, and why it is no fault. The engine answers so without looking at the page's own way: a
/// stylesheet with colours in it is enough for the first two.
const REVIEWED: [(&str, &str, &str); 8] = [
    ("style_color_misuse", "<link", "rules kept and broken, errors and states have words or icons"),
    ("style_highcontrast_visible", "<link", "both engines look at each state in forced colours"),
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
    /// The findings in what engines.js answers.
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

/// The faults in what was found in a page.
pub fn faults_in(found: &[Finding]) -> Vec<&Finding> {
    found.iter().filter(|finding| !finding.is_reviewed()).collect()
}
