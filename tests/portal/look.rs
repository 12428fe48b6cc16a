//! Looks at a page as it stands: whether everyone can use it, on every screen.

use serde_json::{Value, json};

use crate::device::looked_at;
use crate::tab::Tab;

/// The rules of WCAG 2.2 AA and what axe-core holds good besides.
const RULES: &str = "{resultTypes: ['violations'], rules: {'target-size': {enabled: true}}}";

/// From the smallest phone to a desktop, in CSS pixels.
const WIDTHS: [u32; 3] = [320, 768, 1440];

impl Tab {
    /// Looks at the page in this `state`, light and dark, on each screen: axe-core finds nothing,
    /// nothing stands out.
    #[expect(clippy::print_stdout, reason = "what was looked at, where one asks for it")]
    pub async fn look(&self, state: &str) {
        for (width, dark) in WIDTHS.into_iter().zip([true, false, false]) {
            self.resize(width).await;
            let too_wide = self.evaluate("tooWide()").await;
            assert_eq!(too_wide, json!([]), "{state}, {width} px: no wider than the screen");
            if width == 768 {
                continue;
            }
            self.emulate_dark(dark).await;
            let found = self.axe().await;
            let scheme = if dark { "dark" } else { "light" };
            assert_eq!(found, json!([]), "{state}, {width} px, {scheme}: {found:#}");
            println!("{state}, {width} px, {scheme}");
            looked_at(format!("{state}, {width} px, {scheme}"));
        }
    }

    /// What axe-core finds.
    async fn axe(&self) -> Value {
        if self.evaluate("typeof axe").await == "undefined" {
            let axe =
                concat!(env!("CARGO_MANIFEST_DIR"), "/portal/node_modules/axe-core/axe.min.js");
            let axe = std::fs::read_to_string(axe).expect("axe-core is installed: `make tools`");
            self.evaluate(&format!("{axe}; null")).await;
        }
        self.evaluate(&format!(
            "axe.run({RULES}).then(({{violations}}) => violations.map(({{id, nodes}}) => \
             ({{id, nodes: nodes.map(({{html, failureSummary}}) => [html, failureSummary])}})))"
        ))
        .await
    }
}
