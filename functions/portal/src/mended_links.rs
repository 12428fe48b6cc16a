//! Links whose `#` a mail gateway has encoded into the path.
//!
//! A browser keeps the fragment of a link to itself, so the token of a whole link never comes
//! here. That of `/activation%23TOKEN` does: it is sent back to where it belongs.

use shared::domain::LinkToken;

use crate::page::Page;

/// How many characters of base64url a token has.
const TOKEN_CHARS: usize = 43;

/// A mailed link as it should have been.
#[derive(Debug)]
pub(crate) struct Mended {
    page: &'static str,
    token: Option<LinkToken>,
}

impl Mended {
    /// The link in `path`, which may be decoded or not; none where there is no `#`, or where no
    /// mailed link leads to the page before it.
    pub(crate) fn read(path: &str) -> Option<Self> {
        let path = decoded(path);
        let (page, rest) = path.split_once('#').or_else(|| path.split_once("%23"))?;
        let page = Page::at(page);
        let page = page.path().filter(|_| page.is_of_link())?;
        Some(Self { page, token: token_in(&decoded(rest)) })
    }

    /// Where the link leads; without its token where that was lost.
    pub(crate) fn location(&self) -> String {
        match &self.token {
            Some(token) => format!("{}#{}", self.page, token.reveal()),
            None => self.page.to_owned(),
        }
    }
}

/// The first characters of `text` that can be a token, whatever was put before or after them.
fn token_in(text: &str) -> Option<LinkToken> {
    let is_of_token = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let run = text.split(|c| !is_of_token(c)).find_map(|run| run.get(..TOKEN_CHARS))?;
    LinkToken::try_from(run.to_owned()).ok()
}

/// `text` with its percent-encoded bytes read once. A byte beyond ASCII becomes some letter that no
/// token has.
fn decoded(text: &str) -> String {
    let mut parts = text.split('%');
    let mut decoded = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let byte = part.split_at_checked(2);
        let byte = byte.and_then(|(hex, rest)| Some((u8::from_str_radix(hex, 16).ok()?, rest)));
        if let Some((byte, rest)) = byte {
            decoded.push(char::from(byte));
            decoded.push_str(rest);
        } else {
            decoded.push('%');
            decoded.push_str(part);
        }
    }
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd-_8";

    fn location(path: &str) -> Option<String> {
        Mended::read(path).map(|link| link.location())
    }

    #[test]
    fn the_token_is_found_whatever_surrounds_it() {
        for before in ["#", "%23", "%2523", "/#", "#<", "#%3C", "%23%253C", "#\"", "#="] {
            for after in ["", ".", ">", "%3E", "%22", "\"", ")", ",", "%20", "%253E", " Bonjour"] {
                let path = format!("/activation{before}{TOKEN}{after}");

                assert_eq!(location(&path), Some(format!("/activation#{TOKEN}")), "{path}");
            }
        }
    }

    #[test]
    fn a_token_whose_marks_were_encoded_is_read() {
        let encoded = TOKEN.replace('-', "%2D").replace('_', "%5f");

        assert_eq!(
            location(&format!("/reponse-agence%23{encoded}")),
            Some(format!("/reponse-agence#{TOKEN}"))
        );
    }

    #[test]
    fn without_a_token_only_the_page_is_left() {
        for path in ["/activation#", "/activation%23abc", "/activation#%", "/activation#\u{e9}%e"] {
            assert_eq!(location(path), Some("/activation".to_owned()), "{path}");
        }
    }

    #[test]
    fn other_paths_are_no_links() {
        for path in ["/activation", "/conditions", "/%", "/assets/x%23y", "/", "#", ""] {
            assert_eq!(location(path), None, "{path}");
            assert_eq!(location(&format!("/conditions#{TOKEN}{path}")), None, "{path}");
        }
    }

    #[test]
    fn a_token_does_not_show_where_it_is_debugged() {
        let link = Mended::read(&format!("/activation#{TOKEN}")).unwrap();

        assert!(!format!("{link:?}").contains(TOKEN));
    }
}
