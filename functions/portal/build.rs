//! Prepares what the pages refer to: each file of `assets` that is served under a name of its own
//! content, compressed once and for all.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::{env, fs};

use sha2::{Digest, Sha256};

/// A file under its final name.
struct Asset {
    path: String,
    contents: Vec<u8>,
    /// The scripts it needs, directly or not, by their names in `assets`.
    needs: Vec<String>,
}

#[expect(clippy::disallowed_methods, reason = "that is how cargo talks to a build script")]
fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=assets");
    let out = env::var("OUT_DIR")?;
    let mut sources = BTreeMap::new();
    for folder in ["assets", "assets/scripts"] {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if media_type(name).is_some() {
                sources.insert(name.to_owned(), fs::read_to_string(&path)?);
            }
        }
    }
    let mut assets = BTreeMap::new();
    // A file's name depends on those it refers to: theirs come first.
    while !sources.is_empty() {
        let ready: Vec<String> = sources
            .iter()
            .filter(|(_, text)| references(text).iter().all(|name| assets.contains_key(name)))
            .map(|(name, _)| name.clone())
            .collect();
        if ready.is_empty() {
            let left: Vec<_> = sources.keys().collect();
            return Err(format!("these assets refer to each other, or to none: {left:?}").into());
        }
        for name in ready {
            let text = sources.remove(&name).unwrap_or_default();
            let asset = asset(&name, &text, &assets);
            assets.insert(name, asset);
        }
    }
    let code = write(&assets, Path::new(&out))?;
    fs::write(Path::new(&out).join("assets.rs"), code)?;
    Ok(())
}

fn media_type(name: &str) -> Option<&'static str> {
    Some(match name.rsplit_once('.')?.1 {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "webmanifest" => "application/manifest+json",
        _ => return None,
    })
}

/// The names of the assets that `text` refers to: they stand in quotes, after `./`.
fn references(text: &str) -> Vec<String> {
    let names = text.split("\"./").skip(1).filter_map(|rest| rest.split_once('"'));
    names.map(|(name, _)| name.to_owned()).collect()
}

/// The asset `name`, whose `text` refers to others by their final names.
fn asset(name: &str, text: &str, others: &BTreeMap<String, Asset>) -> Asset {
    let mut text = text.to_owned();
    let mut needs = Vec::new();
    for reference in references(&text) {
        if let Some(other) = others.get(&reference) {
            text = text.replace(&format!("\"./{reference}\""), &format!("\"{}\"", other.path));
            needs.push(reference);
            needs.extend(other.needs.iter().cloned());
        }
    }
    needs.sort();
    needs.dedup();
    let mut hash = String::new();
    for byte in Sha256::digest(&text).iter().take(6) {
        let _ = write!(hash, "{byte:02x}");
    }
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    let path = format!("/assets/{stem}.{hash}.{extension}");
    Asset { path, contents: text.into_bytes(), needs }
}

/// Writes each asset's three bodies to `out`; returns the code that has them all.
fn write(assets: &BTreeMap<String, Asset>, out: &Path) -> Result<String, Box<dyn Error>> {
    let mut code = String::new();
    let mut all = String::new();
    for (name, asset) in assets {
        fs::write(out.join(name), &asset.contents)?;
        fs::write(out.join(format!("{name}.br")), brotli(&asset.contents)?)?;
        fs::write(out.join(format!("{name}.gz")), gzip(&asset.contents)?)?;
        let constant = constant(name);
        let needs: Vec<_> =
            asset.needs.iter().map(|name| format!("&{}", self::constant(name))).collect();
        let file = |suffix: &str| {
            format!("include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{name}{suffix}\"))")
        };
        writeln!(code, "/// `{name}`.")?;
        writeln!(code, "pub(crate) static {constant}: Asset = Asset {{")?;
        writeln!(code, "    path: {:?},", asset.path)?;
        writeln!(code, "    media_type: {:?},", media_type(name).unwrap_or_default())?;
        writeln!(code, "    plain: {},", file(""))?;
        writeln!(code, "    brotli: {},", file(".br"))?;
        writeln!(code, "    gzip: {},", file(".gz"))?;
        writeln!(code, "    needs: &[{}],", needs.join(", "))?;
        writeln!(code, "}};")?;
        write!(all, "&{constant}, ")?;
    }
    writeln!(code, "/// Every asset.")?;
    writeln!(code, "pub(crate) static ALL: &[&Asset] = &[{all}];")?;
    Ok(code)
}

/// `check-mail.js` as a constant is called: `CHECK_MAIL_JS`.
fn constant(name: &str) -> String {
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
