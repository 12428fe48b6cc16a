//! Builds the parts of the pages: their messages as Rust code, checked against their uses; a style
//! sheet and a script for all pages of a site, with the components that most of them need; another
//! of each for the rest of one page. Scripts are built once for each language. A page has its style
//! sheets inside it, so that a browser can paint it without a further request.
//!
//! A page has the components that its template includes or imports, those whose name is a class in
//! the template, and those whose script the page's script imports.

mod asset;
mod catalogue;
mod identity;
mod script;
mod style;
mod template;
mod token;
#[path = "../src/typography.rs"]
mod typography;

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use asset::{Assets, constant};
use catalogue::{Catalogue, Language};
use script::{Module, Modules};

/// The folders of the sources.
const SOURCES: [&str; 8] =
    ["components", "icons", "layout", "messages", "pages", "scripts", "staff-layout", "styles"];

/// The tenants' pages and the agency's. Each kind has a layout, and a style sheet and scripts with
/// what most of its pages need.
const SITES: [Site; 2] = [
    Site { name: "site", layout: "layout", is_of_agency: false },
    Site { name: "staff", layout: "staff-layout", is_of_agency: true },
];

/// The style sheets of every page, in this order, after the landlord's colours.
const STYLES: [&str; 4] = ["colours", "scale", "ground", "frame"];

#[expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "that is how cargo and a build script talk"
)]
fn main() -> Result<(), Box<dyn Error>> {
    for source in SOURCES.into_iter().chain(["src/page.rs"]) {
        println!("cargo::rerun-if-changed={source}");
    }
    let out = env::var("OUT_DIR")?;
    let out = Path::new(&out);
    let catalogue = Catalogue::read(|language| read(&format!("messages/{}.toml", language.tag())))?;
    let portal = Portal::read(&catalogue)?;

    let said = portal.said()?;
    let mut used = said.clone();
    used.extend(portal.modules.values().flat_map(Modules::messages));
    catalogue.expect_used(&used)?;
    fs::write(out.join("messages.rs"), catalogue.code(&said))?;

    let (assets, pages) = portal.assets()?;
    fs::write(out.join("assets.rs"), assets.write(out)? + &pages)?;
    Ok(())
}

/// Pages that share a layout.
struct Site {
    /// The name of its assets.
    name: &'static str,
    /// The folder of its layout.
    layout: &'static str,
    is_of_agency: bool,
}

impl Site {
    /// Whether `page` is one of its pages.
    fn has(&self, page: &str) -> bool {
        page.starts_with("staff-") == self.is_of_agency
    }
}

/// The sources of the portal.
struct Portal {
    components: BTreeSet<String>,
    pages: BTreeSet<String>,
    modules: BTreeMap<Language, Modules>,
}

/// The parts of a page, or of every page of a site.
struct Parts {
    templates: BTreeSet<String>,
    scripts: Vec<String>,
    components: BTreeSet<String>,
}

impl Portal {
    fn read(catalogue: &Catalogue) -> Result<Self, String> {
        let (components, pages) = (folders("components")?, folders("pages")?);
        let mut modules = BTreeMap::new();
        for language in Language::ALL {
            let mut of_language = Modules::default();
            let mut module = |path: &str| Module::read(path, &read(path)?, catalogue, language);
            for site in &SITES {
                of_language.add(&format!("{}/script.js", site.layout), &mut module)?;
            }
            for page in &pages {
                let path = format!("pages/{page}/script.js");
                if Path::new(&path).exists() {
                    of_language.add(&path, &mut module)?;
                }
            }
            modules.insert(language, of_language);
        }
        Ok(Self { components, pages, modules })
    }

    fn modules(&self, language: Language) -> Result<&Modules, String> {
        self.modules.get(&language).ok_or_else(|| "a language has no modules".to_owned())
    }

    /// The keys of the messages in templates and titles.
    fn said(&self) -> Result<BTreeSet<String>, String> {
        let mut said = template::keys(&read("src/page.rs")?);
        let mut templates = BTreeSet::new();
        for site in &SITES {
            templates.extend(self.parts(site.layout, |_| true)?.templates);
        }
        for page in &self.pages {
            templates.extend(self.parts(&format!("pages/{page}"), |_| true)?.templates);
        }
        for path in templates {
            said.extend(template::messages(&read(&path)?));
        }
        Ok(said)
    }

    /// The parts of the page in `folder`. `follow` chooses which included templates count.
    fn parts(&self, folder: &str, follow: impl Fn(&str) -> bool) -> Result<Parts, String> {
        let script = format!("{folder}/script.js");
        let scripts = if Path::new(&script).exists() {
            self.modules(Language::French)?.closure(&script)?
        } else {
            Vec::new()
        };
        let mut components: BTreeSet<String> =
            scripts.iter().filter_map(|path| component_of(path)).collect();
        let mut templates = BTreeSet::new();
        let mut left = vec![format!("{folder}/template.html")];
        while let Some(path) = left.pop() {
            if !templates.insert(path.clone()) {
                continue;
            }
            let text = read(&path)?;
            components.extend(component_of(&path));
            let classes = template::classes(&text);
            components.extend(classes.into_iter().filter(|class| self.components.contains(class)));
            left.extend(template::references(&text).into_iter().filter(|path| follow(path)));
        }
        Ok(Parts { templates, scripts, components })
    }

    /// Every asset, and the Rust code that lists the assets of each page.
    fn assets(&self) -> Result<(Assets, String), String> {
        let mut assets = Assets::default();
        assets.add("logo.svg", identity::logo())?;
        assets.add("rent-notice.svg", &read("icons/rent-notice.svg")?)?;
        assets.add("manifest.webmanifest", &identity::manifest())?;
        let mut pages = Vec::new();
        for page in &self.pages {
            pages.push((page.as_str(), self.parts(&format!("pages/{page}"), |_| true)?));
        }
        let mut code =
            "/// What each page adds to what every page has.\npub(crate) mod pages {\n".to_owned();
        let mut sheets = BTreeMap::new();
        let mut used = BTreeSet::new();
        for site in &SITES {
            let (of_site, others): (Vec<_>, Vec<_>) =
                pages.into_iter().partition(|(page, _)| site.has(page));
            pages = others;
            used.extend(self.add_site(site, of_site, &mut assets, &mut sheets, &mut code)?);
        }
        if let Some(component) = self.components.difference(&used).next() {
            return Err(format!("the component {component} is on no page"));
        }
        code.push_str("}\n");
        Ok((assets, code))
    }

    /// Adds the assets of `site` with its `pages`, and writes the Rust code that lists the assets of
    /// each page. Pages with the same components share one of `sheets`. Returns the components that
    /// the site uses.
    fn add_site(
        &self,
        site: &Site,
        pages: Vec<(&str, Parts)>,
        assets: &mut Assets,
        sheets: &mut BTreeMap<String, String>,
        code: &mut String,
    ) -> Result<BTreeSet<String>, String> {
        let common = self.common(site, &pages)?;
        let styles = STYLES.map(|name| format!("styles/{name}.css"));
        let styles = styles.into_iter().chain(common.components.iter().filter_map(|c| style_of(c)));
        let site_sheet = format!("{}.css", site.name);
        let colours = style::stripped(&identity::colours())?;
        assets.add_sheet(&site_sheet, colours + &sheet(styles)?)?;
        let site_script = |language: Language| format!("{}-{}.js", site.name, language.tag());
        for language in Language::ALL {
            let text = self.modules(language)?.site(&common.scripts)?;
            assets.add(&site_script(language), &text)?;
        }
        let mut used = common.components.clone();
        for (page, parts) in pages {
            let folder = format!("pages/{page}");
            let own = parts.components.difference(&common.components);
            let own = own.filter_map(|component| style_of(component));
            let style = Some(format!("{folder}/style.css")).filter(|path| Path::new(path).exists());
            let text = sheet(own.chain(style))?;
            let mut styles = format!("&super::{}", constant(&site_sheet));
            if !text.is_empty() {
                let next = format!("page-{}.css", sheets.len() + 1);
                let name = sheets.entry(text.clone()).or_insert(next);
                assets.add_sheet(name, text)?;
                let _ = write!(styles, ", &super::{}", constant(name));
            }
            let own = parts.scripts.iter().filter(|path| !common.scripts.contains(path));
            let own: Vec<String> = own.cloned().collect();
            let mut scripts = String::new();
            for language in Language::ALL {
                let mut name = site_script(language);
                if !own.is_empty() {
                    let text = self.modules(language)?.page(&own, &common.scripts, &name)?;
                    name = format!("{page}-{}.js", language.tag());
                    assets.add(&name, &text)?;
                }
                let field = format!("{language:?}").to_lowercase();
                let _ = write!(scripts, ", {field}: &super::{}", constant(&name));
            }
            let _ = writeln!(
                code,
                "    pub(crate) static {}: super::Parts = super::Parts {{ styles: &[{styles}]{scripts} }};",
                constant(page)
            );
            used.extend(parts.components);
        }
        Ok(used)
    }

    /// The parts for every page of `site`: those of the layout, and those that most of its `pages`
    /// have.
    fn common(&self, site: &Site, pages: &[(&str, Parts)]) -> Result<Parts, String> {
        let mut common = self.parts(site.layout, |path| !path.starts_with("pages/"))?;
        let is_common = |has: &dyn Fn(&Parts) -> bool| {
            pages.iter().filter(|(_, parts)| has(parts)).count() * 2 > pages.len()
        };
        for component in &self.components {
            if is_common(&|parts| parts.components.contains(component)) {
                common.components.insert(component.clone());
            }
        }
        // The modules of a page are in order: each comes after those it imports.
        for path in pages.iter().flat_map(|(_, parts)| &parts.scripts) {
            if !common.scripts.contains(path) && is_common(&|parts| parts.scripts.contains(path)) {
                common.scripts.push(path.clone());
            }
        }
        Ok(common)
    }
}

/// The component that the file `path` belongs to.
fn component_of(path: &str) -> Option<String> {
    Some(path.strip_prefix("components/")?.split_once('/')?.0.to_owned())
}

fn style_of(component: &str) -> Option<String> {
    Some(format!("components/{component}/style.css")).filter(|path| Path::new(path).exists())
}

/// The sheets at `paths`, joined.
fn sheet(paths: impl Iterator<Item = String>) -> Result<String, String> {
    let mut sheet = String::new();
    for path in paths {
        let stripped = style::stripped(&read(&path)?);
        sheet.push_str(&stripped.map_err(|error| format!("{path}: {error}"))?);
    }
    Ok(sheet)
}

fn read(path: &str) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))
}

fn folders(path: &str) -> Result<BTreeSet<String>, String> {
    let entries = fs::read_dir(path).map_err(|error| format!("{path}: {error}"))?;
    let mut folders = BTreeSet::new();
    for entry in entries {
        let entry = entry.map_err(|error| format!("{path}: {error}"))?;
        folders.extend(entry.file_name().to_str().map(str::to_owned));
    }
    Ok(folders)
}
