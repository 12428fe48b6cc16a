//! The files that pages refer to, as the build prepared them: named by their content, so that a
//! browser keeps them for good.

use shared::domain::Language;

use crate::encoding::{Encoded, Encoding};

/// A file with its three bodies.
#[derive(Debug)]
pub(crate) struct Asset {
    /// Where it is served.
    pub(crate) path: &'static str,
    /// Its type.
    pub(crate) media_type: &'static str,
    /// The assets it refers to.
    pub(crate) needs: &'static [&'static Asset],
    plain: &'static [u8],
    brotli: &'static [u8],
    gzip: &'static [u8],
}

/// The assets of a page.
#[derive(Debug)]
pub(crate) struct Parts {
    /// Its style sheets, in their order.
    pub(crate) styles: &'static [&'static Asset],
    french: &'static Asset,
    english: &'static Asset,
}

impl Parts {
    /// The script that makes it work, with the messages of `language`.
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
