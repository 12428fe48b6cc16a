//! Renders pages as HTML.

use std::fmt::Write;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

use askama::Template;
use askama::filters::Safe;
use landlord::{LANDLORD, Landlord, Text};
use sha2::{Digest, Sha256};
use shared::config::Config;
use shared::domain::Language;

use crate::assets::{self, Asset, Sheet};
use crate::encoding::{self, Encoded, Encoding};
use crate::messages::Messages;
use crate::page::Page;
use crate::typography;

/// The parameters of a rendering.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Variant {
    pub(crate) language: Language,
    /// Whether the browser sent a session cookie.
    pub(crate) session: Session,
}

/// Whether a browser sent a session cookie with its request for a page.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Session {
    /// The cookie was sent: somebody is signed in, unless the session has ended.
    Shown,
    /// The browser has no cookie: nobody is signed in.
    None,
    /// Unknown: the browser follows a link from a mail or another site, so it would not send the
    /// cookie.
    Unknown,
}

impl Session {
    /// The name for scripts, which ask the API only if there may be a session.
    fn name(self) -> &'static str {
        match self {
            Self::Shown | Self::Unknown => "maybe",
            Self::None => "none",
        }
    }
}

/// The pages, each rendered and compressed at its first request.
#[derive(Debug)]
pub(crate) struct Pages {
    config: Config,
    rendered: Mutex<Vec<(Page, Variant, Arc<Rendered>)>>,
}

/// A text ready to be sent: a page or the OpenAPI document.
#[derive(Debug)]
pub(crate) struct Rendered {
    /// The entity tag, a hash of the text.
    pub(crate) etag: String,
    text: String,
    brotli: Vec<u8>,
    gzip: Vec<u8>,
}

impl Pages {
    /// The pages with `config`.
    pub(crate) fn new(config: Config) -> Self {
        Self { config, rendered: Mutex::default() }
    }

    pub(crate) fn rendered(&self, page: Page, variant: Variant) -> std::io::Result<Arc<Rendered>> {
        let mut rendered = self.rendered.lock().unwrap_or_else(PoisonError::into_inner);
        let found = rendered.iter().find(|(p, v, _)| (*p, *v) == (page, variant));
        if let Some((.., found)) = found {
            return Ok(found.clone());
        }
        let made = Arc::new(Rendered::new(page, variant, &self.config)?);
        rendered.push((page, variant, made.clone()));
        Ok(made)
    }
}

impl Rendered {
    fn new(page: Page, variant: Variant, config: &Config) -> std::io::Result<Self> {
        let m = Messages::of(variant.language);
        let view = View { page, variant, config, landlord: LANDLORD, m };
        let html =
            if page.is_of_agency() { StaffLayout(view).render() } else { Layout(view).render() };
        let html = html.map_err(std::io::Error::other)?;
        let html = typography::keep_whole(&compact(&html));
        let html = match variant.language {
            Language::French => typography::french(&html),
            Language::English => html,
        };
        Self::of(with_sheets(&html, page.parts().styles))
    }

    /// `text`, compressed.
    pub(crate) fn of(text: String) -> std::io::Result<Self> {
        let mut etag = "W/\"".to_owned();
        for byte in Sha256::digest(&text).iter().take(12) {
            let _ = write!(etag, "{byte:02x}");
        }
        etag.push('"');
        Ok(Self { etag, brotli: encoding::brotli(&text)?, gzip: encoding::gzip(&text)?, text })
    }
}

/// `html` with `sheets` where the layout has an empty element for them. They come last: a style sheet
/// is not changed as texts are, for the content security policy names its digest.
fn with_sheets(html: &str, sheets: &[&Sheet]) -> String {
    let mut styles = String::new();
    for sheet in sheets {
        let _ = write!(styles, "<style>{}</style>", sheet.text);
    }
    html.replacen("<style></style>", &styles, 1)
}

/// `html` without indentation and without the slashes that formatters write in void elements.
fn compact(html: &str) -> String {
    let mut compact = String::with_capacity(html.len());
    let (mut in_tag, mut quote) = (false, None);
    for c in html.chars() {
        match c {
            '<' if quote.is_none() => in_tag = true,
            '>' if in_tag && quote.is_none() => {
                in_tag = false;
                if let Some(open) = compact.strip_suffix(" /").or(compact.strip_suffix(' ')) {
                    compact.truncate(open.len());
                }
            }
            '"' if in_tag => quote = if quote.is_some() { None } else { Some(c) },
            _ if c.is_ascii_whitespace() && quote.is_none() => {
                let is_new = !compact.ends_with([' ', '\n']);
                if is_new {
                    compact.push(if c == '\n' && !in_tag { '\n' } else { ' ' });
                } else if c == '\n' && !in_tag {
                    compact.pop();
                    compact.push('\n');
                }
                continue;
            }
            _ => {}
        }
        compact.push(c);
    }
    compact
}

impl Encoded for Rendered {
    fn body(&self, encoding: Encoding) -> &[u8] {
        match encoding {
            Encoding::Brotli => &self.brotli,
            Encoding::Gzip => &self.gzip,
            Encoding::Identity => self.text.as_bytes(),
        }
    }
}

/// The layout of every page for tenants, with the page's own template inside.
#[derive(Template)]
#[template(path = "layout/template.html")]
struct Layout<'a>(View<'a>);

/// The layout of every page for the agency's staff, with the page's own template inside.
#[derive(Template)]
#[template(path = "staff-layout/template.html")]
struct StaffLayout<'a>(View<'a>);

impl<'a> Deref for Layout<'a> {
    type Target = View<'a>;

    fn deref(&self) -> &View<'a> {
        &self.0
    }
}

impl<'a> Deref for StaffLayout<'a> {
    type Target = View<'a>;

    fn deref(&self) -> &View<'a> {
        &self.0
    }
}

/// What templates know.
struct View<'a> {
    page: Page,
    variant: Variant,
    config: &'a Config,
    landlord: &'static Landlord,
    m: &'static Messages,
}

impl View<'_> {
    fn lang(&self) -> &'static str {
        self.variant.language.tag()
    }

    fn other_lang(&self) -> &'static str {
        match self.variant.language {
            Language::French => Language::English.tag(),
            Language::English => Language::French.tag(),
        }
    }

    /// A text of the landlord, in the page's language.
    fn of(&self, text: &Text) -> &'static str {
        match self.variant.language {
            Language::French => text.french,
            Language::English => text.english,
        }
    }

    fn title(&self) -> &Safe<&'static str> {
        self.page.title(self.m)
    }

    fn script(&self) -> &'static Asset {
        self.page.parts().script(self.variant.language)
    }

    /// The path of the page, for links to itself.
    fn path(&self) -> &'static str {
        self.page.path().unwrap_or("/")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indentation_and_slashes_of_void_elements_are_left_out() {
        for (html, expected) in [
            (
                "  <p\n    class=\"a  b\"\n    hidden\n  >\n\n  One \n  two  three\n",
                "<p class=\"a  b\" hidden>\nOne\ntwo three\n",
            ),
            ("<br /><a\n  >x</a\n><path d=\"m0 0\"/>", "<br><a>x</a><path d=\"m0 0\"/>"),
        ] {
            assert_eq!(compact(html).trim_start(), expected);
        }
    }
}
