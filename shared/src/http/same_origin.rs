//! Calls that only pages of ours may send.

use super::call::Call;
use crate::error::Error;

impl Call {
    /// Checks that a page of ours sent the call. Other sites must not send calls that need only a
    /// cookie.
    ///
    /// # Errors
    ///
    /// `forbidden`.
    pub(super) fn check_same_origin(&self) -> Result<(), Error> {
        let same = match (self.header("sec-fetch-site"), self.header("origin")) {
            (Some(site), _) => site == "same-origin",
            (None, Some(origin)) => {
                let host = self.header("host").unwrap_or_default();
                let (_, authority) = origin.split_once("://").unwrap_or_default();
                !authority.is_empty() && authority.eq_ignore_ascii_case(host)
            }
            (None, None) => false,
        };
        if same { Ok(()) } else { Err(Error::Forbidden) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::call::tests::call;

    #[test]
    fn only_a_page_of_ours_is_of_the_same_origin() {
        let host = ("host", "locataire.example");
        for (headers, same) in [
            (vec![host, ("sec-fetch-site", "same-origin")], true),
            (vec![host, ("origin", "https://locataire.example")], true),
            (vec![host, ("sec-fetch-site", "same-site")], false),
            (vec![host, ("sec-fetch-site", "none")], false),
            (
                vec![
                    host,
                    ("sec-fetch-site", "cross-site"),
                    ("origin", "https://locataire.example"),
                ],
                false,
            ),
            (vec![host, ("origin", "https://other.example")], false),
            (vec![host, ("origin", "null")], false),
            (vec![host], false),
        ] {
            assert_eq!(call(&headers).check_same_origin().is_ok(), same, "{headers:?}");
        }
    }
}
