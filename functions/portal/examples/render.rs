//! Writes every page to a folder as HTML: in each language, for a browser with and without a
//! session. `make check` lints them.
//!
//! `cargo run --package portal --example render -- FOLDER`

use std::path::PathBuf;
use std::{env, fs};

use lambda_runtime::{Context, LambdaEvent};
use serde_json::value::to_raw_value;
use serde_json::{Value, json};
use shared::config::Variables;
use shared::environment::Environment;
use shared::http::{Error, Function};

/// The configuration that the portal needs to render its pages.
const VARIABLES: [(&str, &str); 6] = [
    ("TENANTS_TABLE", "tenants"),
    ("TOKENS_TABLE", "tokens"),
    ("ISSUER", "https://locataires.bailleur.example"),
    ("AUDIENCE", "render"),
    ("PORTAL_URL", "https://locataires.bailleur.example"),
    ("TERMS_VERSION", "2026-01"),
];

#[expect(clippy::indexing_slicing, reason = "the JSON is written here")]
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let folder = PathBuf::from(env::args().nth(1).ok_or("render FOLDER")?);
    fs::create_dir_all(&folder)?;
    let mut environment = Environment::of_this_process();
    let variables = VARIABLES.map(|(name, value)| (name.to_owned(), value.to_owned()));
    environment.variables = Variables::from_iter(variables);
    let portal = portal::function().open(&environment).await?;

    for path in portal::paths().chain(["/nulle-part"]) {
        for language in ["fr", "en"] {
            for (session, name) in [("none", "strangers"), ("cross-site", "tenants")] {
                let mut event: Value =
                    serde_json::from_str(include_str!("../../../events/portal.json"))?;
                event["rawPath"] = json!(path);
                event["cookies"] = json!([]);
                event["headers"] = json!({"accept-language": language, "sec-fetch-site": session});
                event["requestContext"]["http"]["path"] = json!(path);
                let event = LambdaEvent::new(to_raw_value(&event)?, Context::default());
                let answer: Value = serde_json::from_str(portal(event).await?.get())?;
                let html = answer["body"].as_str().ok_or("a page has no body")?;
                let page = path.trim_start_matches('/').replace('/', ".");
                let page = if page.is_empty() { "accueil" } else { &page };
                fs::write(folder.join(format!("{page}.{language}.{name}.html")), html)?;
            }
        }
    }
    Ok(())
}
