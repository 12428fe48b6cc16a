//! What is known of what the engines find: what is no fault, and what is one and still there.

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
const REVIEWED: [(&str, &str, &str); 6] = [
    ("style_color_misuse", "<link", "rules kept and broken, errors and states have words or icons"),
    ("style_highcontrast_visible", "<link", "both engines look at each state in forced colours"),
    ("element_tabbable_visible", "class=\"skip\"", "it shows when it has the focus: keyboard.rs"),
    ("style_focus_visible", "", "the ring is measured on each control: keyboard.rs"),
    ("input_fields_grouped", "<input", "a form of one group, which its heading names"),
    ("input_checkboxes_grouped", "type=\"checkbox\"", "two boxes that have nothing in common"),
];

/// A fault that is known. It is found in each of its states, in one of the looks at least: one that is
/// found no more fails the test, and then goes from this list.
struct Known {
    rule: &'static str,
    /// Part of the element's HTML.
    element: &'static str,
    states: States,
}

enum States {
    Every,
    These(&'static [&'static str]),
}

/// The faults that are known. The list shrinks to nothing.
const KNOWN: [Known; 4] = [
    // The link stands before the masthead: it belongs inside, as its first element.
    Known { rule: "aria_content_in_landmark", element: "class=\"skip\"", states: States::Every },
    // HTML allows `username` in a field of type `email`, the engine in one of type `text` alone.
    // Type `text` with `inputmode="email"` has the same keyboard, and both agree on it.
    Known {
        rule: "input_autocomplete_valid",
        element: "autocomplete=\"username\"",
        states: States::These(&[
            "/, in English",
            "/mot-de-passe-oublie, in English",
            "forgotten password",
            "home",
            "home: remembered",
            "home: sign in to continue",
            "home: slow network",
            "home: too many attempts",
            "home: wrong credentials",
        ]),
    },
    // A paragraph of few words in larger type reads like a heading: longer, or of the usual size.
    Known {
        rule: "text_block_heading",
        element: "id=\"who\"",
        states: States::These(&[
            "/mon-compte, in English",
            "/mon-compte, signed in",
            "account",
            "account: closing, new terms",
            "account: one name",
        ]),
    },
    // “In the profile menu, at the top right”: on a phone, or read aloud, that is no place. The name of
    // the menu is enough.
    Known {
        rule: "text_sensory_misuse",
        element: "<p>",
        states: States::These(&["/conditions, in English"]),
    },
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

impl Known {
    fn is_of(&self, state: &str) -> bool {
        match self.states {
            States::Every => true,
            States::These(states) => states.contains(&state),
        }
    }
}

/// The faults in what was found in a page's `state` that nobody knows yet.
pub fn new_in<'a>(state: &str, found: &'a [Finding]) -> Vec<&'a Finding> {
    let is_known = |finding: &Finding| {
        KNOWN.iter().any(|known| known.is_of(state) && finding.is(known.rule, known.element))
    };
    found.iter().filter(|finding| !finding.is_reviewed() && !is_known(finding)).collect()
}

/// The known faults of a page's `state` that were not found there, each by its rule and element.
pub fn gone_from(state: &str, found: &[Finding]) -> Vec<(&'static str, &'static str)> {
    let is_found = |known: &&Known| found.iter().any(|f| f.is(known.rule, known.element));
    let known = KNOWN.iter().filter(|known| known.is_of(state));
    known.filter(|known| !is_found(known)).map(|known| (known.rule, known.element)).collect()
}
