//! The assets made by the build. They are named by their content, so browsers may cache them
//! forever. The style sheets, which are part of the pages.

use shared::domain::Language;

use crate::encoding::{Encoded, Encoding};

/// A file with its three bodies.
#[derive(Debug)]
pub(crate) struct Asset {
    pub(crate) path: &'static str,
    pub(crate) media_type: &'static str,
    /// The assets that the file refers to.
    pub(crate) needs: &'static [&'static Asset],
    plain: &'static [u8],
    brotli: &'static [u8],
    gzip: &'static [u8],
}

/// A style sheet.
#[derive(Debug)]
pub(crate) struct Sheet {
    pub(crate) text: &'static str,
    /// The source of the content security policy that allows this text and no other: `'sha256-…'`.
    pub(crate) source: &'static str,
}

/// The assets of a page.
#[derive(Debug)]
pub(crate) struct Parts {
    /// The style sheets, in order.
    pub(crate) styles: &'static [&'static Sheet],
    french: &'static Asset,
    english: &'static Asset,
}

impl Parts {
    /// The script, with the messages of `language`.
    pub(crate) fn script(&self, language: Language) -> &'static Asset {
        match language {
            Language::French => self.french,
            Language::English => self.english,
        }
    }
}

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

impl Asset {
    /// The asset served at `path`.
    pub(crate) fn find(path: &str) -> Option<&'static Self> {
        ALL.iter().copied().find(|asset| asset.path == path)
    }
}

impl Encoded for Asset {
    fn body(&self, encoding: Encoding) -> &[u8] {
        match encoding {
            Encoding::Brotli => self.brotli,
            Encoding::Gzip => self.gzip,
            Encoding::Identity => self.plain,
        }
    }
}
