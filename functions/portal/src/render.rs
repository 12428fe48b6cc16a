//! A page as HTML, in one language, for somebody who may be signed in or not.

use std::fmt::Write;
use std::sync::{Arc, Mutex, PoisonError};

use askama::Template;
use askama::filters::Safe;
use landlord::{LANDLORD, Landlord, Text};
use sha2::{Digest, Sha256};
use shared::config::Config;
use shared::domain::Language;

use crate::assets::{self, Asset};
use crate::encoding::{self, Encoded, Encoding};
use crate::messages::Messages;
use crate::page::Page;
use crate::typography;

/// What makes one rendering of a page differ from another.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Variant {
    /// Its language.
    pub(crate) language: Language,
    /// What the browser shows of a session.
    pub(crate) session: Session,
}

/// What a browser shows of a session when it asks for a page.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Session {
    /// Its cookie: somebody is signed in, unless the session has ended.
    Shown,
    /// No cookie: nobody is.
    None,
    /// No cookie that it would show: it follows a link from elsewhere, a mail for one.
    Unknown,
}

impl Session {
    /// As scripts read it: they ask the API where there may be a session, and only then.
    fn name(self) -> &'static str {
        match self {
            Self::Shown | Self::Unknown => "maybe",
            Self::None => "none",
        }
    }
}

/// The pages, each rendered and compressed when it is first asked for.
#[derive(Debug)]
pub(crate) struct Pages {
    config: Config,
    rendered: Mutex<Vec<(Page, Variant, Arc<Rendered>)>>,
}

/// A text ready to be sent: a page, the document of the API.
#[derive(Debug)]
pub(crate) struct Rendered {
    /// What names this very text.
    pub(crate) etag: String,
    text: String,
    brotli: Vec<u8>,
    gzip: Vec<u8>,
}

impl Pages {
    /// The pages under `config`.
    pub(crate) fn new(config: Config) -> Self {
        Self { config, rendered: Mutex::default() }
    }

    /// `page` as `variant` wants it.
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
        let layout = Layout { page, variant, config, landlord: LANDLORD, m };
        let html = layout.render().map_err(std::io::Error::other)?;
        let html = compact(&html);
        let html = match variant.language {
            Language::French => typography::french(&html),
            Language::English => html,
        };
        Self::of(html)
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

/// `html` without indentation, and without the slashes by which formatters close empty elements.
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

/// Every page: the frame, and within it the page's own file.
#[derive(Template)]
#[template(path = "layout/template.html")]
struct Layout<'a> {
    page: Page,
    variant: Variant,
    config: &'a Config,
    landlord: &'static Landlord,
    m: &'static Messages,
}

impl Layout<'_> {
    fn lang(&self) -> &'static str {
        self.variant.language.tag()
    }

    fn other_lang(&self) -> &'static str {
        match self.variant.language {
            Language::French => Language::English.tag(),
            Language::English => Language::French.tag(),
        }
    }

    /// What the landlord says, in the page's language.
    fn of(&self, text: &Text) -> &'static str {
        match self.variant.language {
            Language::French => text.french,
            Language::English => text.english,
        }
    }

    fn title(&self) -> &Safe<&'static str> {
        self.page.title(self.m)
    }

    fn styles(&self) -> &'static [&'static Asset] {
        self.page.parts().styles
    }

    fn script(&self) -> &'static Asset {
        self.page.parts().script(self.variant.language)
    }

    /// Where it is, for links to itself.
    fn path(&self) -> &'static str {
        self.page.path().unwrap_or("/")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_writers_of_templates_need_is_left_out() {
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
