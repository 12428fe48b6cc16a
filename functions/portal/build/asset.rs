//! Assets: files named by the hash of their content and compressed at build. Style sheets, which
//! stand in the pages themselves.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};

/// A file under its final name.
struct Asset {
    path: String,
    contents: Vec<u8>,
    /// The names of the assets that the file refers to.
    needs: Vec<String>,
}

/// The assets by their names, such as `home-fr.js`, and the style sheets by theirs.
#[derive(Default)]
pub struct Assets {
    files: BTreeMap<String, Asset>,
    sheets: BTreeMap<String, String>,
}

impl Assets {
    /// Adds the asset `name`. Files that it refers to, as in `"./other.svg"`, must be added before.
    pub fn add(&mut self, name: &str, text: &str) -> Result<(), String> {
        let mut contents = text.to_owned();
        let references: BTreeSet<&str> =
            text.split("\"./").skip(1).filter_map(|rest| Some(rest.split_once('"')?.0)).collect();
        for reference in &references {
            let other = self.files.get(*reference);
            let other = other.ok_or_else(|| format!("{name} refers to {reference}"))?;
            contents =
                contents.replace(&format!("\"./{reference}\""), &format!("\"{}\"", other.path));
        }
        let mut hash = String::new();
        for byte in Sha256::digest(&contents).iter().take(6) {
            let _ = write!(hash, "{byte:02x}");
        }
        let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
        let path = format!("/assets/{stem}.{hash}.{extension}");
        let needs = references.into_iter().map(str::to_owned).collect();
        self.files.insert(name.to_owned(), Asset { path, contents: contents.into_bytes(), needs });
        Ok(())
    }

    /// Adds the style sheet `name`.
    pub fn add_sheet(&mut self, name: &str, text: String) -> Result<(), String> {
        // In a page, these would end the element or begin a comment.
        if text.contains("</") || text.contains("<!") {
            return Err(format!("{name} has markup in it"));
        }
        self.sheets.insert(name.to_owned(), text);
        Ok(())
    }

    /// Writes each asset's three bodies and each sheet to `out`. Returns the Rust code that includes
    /// them.
    pub fn write(&self, out: &Path) -> Result<String, Box<dyn Error>> {
        let mut code = String::new();
        let mut all = String::new();
        for (name, text) in &self.sheets {
            fs::write(out.join(name), text)?;
            writeln!(code, "/// `{name}`.")?;
            writeln!(code, "static {}: Sheet = Sheet {{", constant(name))?;
            writeln!(code, "    text: include_str!(concat!(env!(\"OUT_DIR\"), \"/{name}\")),")?;
            writeln!(
                code,
                "    source: \"'sha256-{}'\",",
                BASE64_STANDARD.encode(Sha256::digest(text))
            )?;
            writeln!(code, "}};")?;
        }
        for (name, asset) in &self.files {
            fs::write(out.join(name), &asset.contents)?;
            fs::write(out.join(format!("{name}.br")), brotli(&asset.contents)?)?;
            fs::write(out.join(format!("{name}.gz")), gzip(&asset.contents)?)?;
            let constant = constant(name);
            let needs: Vec<String> =
                asset.needs.iter().map(|name| format!("&{}", self::constant(name))).collect();
            let needs = needs.join(", ");
            let file = |suffix: &str| {
                format!("include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{name}{suffix}\"))")
            };
            writeln!(code, "/// `{name}`.")?;
            writeln!(code, "pub(crate) static {constant}: Asset = Asset {{")?;
            writeln!(code, "    path: {:?},", asset.path)?;
            writeln!(code, "    media_type: {:?},", media_type(name)?)?;
            writeln!(code, "    plain: {},", file(""))?;
            writeln!(code, "    brotli: {},", file(".br"))?;
            writeln!(code, "    gzip: {},", file(".gz"))?;
            writeln!(code, "    needs: &[{needs}],")?;
            writeln!(code, "}};")?;
            write!(all, "&{constant}, ")?;
        }
        writeln!(code, "/// Every asset.")?;
        writeln!(code, "pub(crate) static ALL: &[&Asset] = &[{all}];")?;
        Ok(code)
    }
}

fn media_type(name: &str) -> Result<&'static str, String> {
    Ok(match name.rsplit_once('.') {
        Some((_, "js")) => "text/javascript; charset=utf-8",
        Some((_, "svg")) => "image/svg+xml",
        Some((_, "webmanifest")) => "application/manifest+json",
        _ => return Err(format!("{name} is of no type that is served")),
    })
}

/// The name of the constant for an asset: `HOME_FR_JS` for `home-fr.js`.
pub fn constant(name: &str) -> String {
    name.to_uppercase().replace(['-', '.'], "_")
}

fn brotli(contents: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let parameters = brotli::enc::BrotliEncoderParams { quality: 11, ..Default::default() };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut &*contents, &mut compressed, &parameters)?;
    Ok(compressed)
}

fn gzip(contents: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(contents)?;
    Ok(encoder.finish()?)
}
