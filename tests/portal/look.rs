//! Checks the accessibility of a page in its present state, on every screen.

use serde_json::json;

use crate::device::looked_at;
use crate::findings::{Finding, faults_in};
use crate::tab::{Colours, Tab};

/// From the smallest phone to a desktop, in CSS pixels.
const WIDTHS: [u32; 3] = [320, 768, 1440];

/// The engines' files, and the script that calls them.
const ENGINES: [&str; 3] = [
    "node_modules/axe-core/axe.min.js",
    "node_modules/accessibility-checker-engine/ace.js",
    "engines.js",
];

impl Tab {
    /// Checks the page in this `state`, on each screen and in all colours: no element is wider than
    /// the screen, and two engines find no fault. The page stays in its present language.
    #[expect(clippy::print_stdout, reason = "what was looked at, where one asks for it")]
    pub async fn look(&self, state: &str) {
        for width in WIDTHS {
            self.resize(width).await;
            let too_wide = self.evaluate("tooWide()").await;
            assert_eq!(too_wide, json!([]), "{state}, {width} px: no wider than the screen");
            if width == 768 {
                continue;
            }
            for colours in [Colours::Light, Colours::Dark, Colours::Forced] {
                self.show_in(colours).await;
                let look = format!("{state}, {width} px, {colours:?}");
                let findings = self.findings().await;
                let faults = faults_in(&findings);
                assert!(faults.is_empty(), "{look}: {faults:#?}");
                println!("{look}");
                looked_at(look);
            }
        }
        self.show_in(Colours::Light).await;
    }

    /// Everything that the engines find.
    async fn findings(&self) -> Vec<Finding> {
        if self.evaluate("typeof findings").await == "undefined" {
            for file in ENGINES {
                let path = format!("{}/portal/{file}", env!("CARGO_MANIFEST_DIR"));
                let script = std::fs::read_to_string(path);
                let script = script.unwrap_or_else(|error| panic!("{file}: {error}: `make tools`"));
                self.evaluate(&format!("{script}; null")).await;
            }
        }
        Finding::all_in(&self.evaluate("findings()").await)
    }
}
