//! Mends links whose `#` a mail gateway has encoded into the path.
//!
//! Browsers do not send fragments, so the token of an intact link never reaches the server. The
//! token of `/activation%23TOKEN` does: the answer redirects to `/activation#TOKEN`.

use shared::domain::LinkToken;

use crate::page::Page;

/// The length of a token, in characters of base64url.
const TOKEN_CHARS: usize = 43;

/// A mended link.
#[derive(Debug)]
pub(crate) struct Mended {
    page: &'static str,
    token: Option<LinkToken>,
}

impl Mended {
    /// The link in `path`, which may be decoded or not. `None` if there is no `#`, or if mailed
    /// links do not lead to the page before it.
    pub(crate) fn read(path: &str) -> Option<Self> {
        let path = decoded(path);
        let (page, rest) = path.split_once('#').or_else(|| path.split_once("%23"))?;
        let page = Page::at(page);
        let page = page.path().filter(|_| page.is_of_link())?;
        Some(Self { page, token: token_in(&decoded(rest)) })
    }

    /// The target of the link, without the token if that was lost.
    pub(crate) fn location(&self) -> String {
        match &self.token {
            Some(token) => format!("{}#{}", self.page, token.reveal()),
            None => self.page.to_owned(),
        }
    }
}

/// The first characters of `text` that can be a token. Other text may surround them.
fn token_in(text: &str) -> Option<LinkToken> {
    let is_of_token = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let run = text.split(|c| !is_of_token(c)).find_map(|run| run.get(..TOKEN_CHARS))?;
    LinkToken::try_from(run.to_owned()).ok()
}

/// `text` percent-decoded once. A byte beyond ASCII becomes a letter that tokens do not contain.
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
    fn a_token_is_found_in_any_surrounding_text() {
        for before in ["#", "%23", "%2523", "/#", "#<", "#%3C", "%23%253C", "#\"", "#="] {
            for after in ["", ".", ">", "%3E", "%22", "\"", ")", ",", "%20", "%253E", " Bonjour"] {
                let path = format!("/activation{before}{TOKEN}{after}");

                assert_eq!(location(&path), Some(format!("/activation#{TOKEN}")), "{path}");
            }
        }
    }

    #[test]
    fn a_percent_encoded_token_is_read() {
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
    fn other_paths_are_not_links() {
        for path in ["/activation", "/conditions", "/%", "/assets/x%23y", "/", "#", ""] {
            assert_eq!(location(path), None, "{path}");
            assert_eq!(location(&format!("/conditions#{TOKEN}{path}")), None, "{path}");
        }
    }

    #[test]
    fn the_debug_output_does_not_contain_the_token() {
        let link = Mended::read(&format!("/activation#{TOKEN}")).unwrap();

        assert!(!format!("{link:?}").contains(TOKEN));
    }
}
