//! The tokens of mailed links.

use subtle::ConstantTimeEq;

use super::Keys;
use super::ring::{KeyRing, first_half, mac};
use crate::domain::{LinkId, LinkToken, Purpose};
use crate::error::Error;

impl Keys {
    /// The token of the link `id`, for its mail.
    pub async fn link_token(&self, purpose: Purpose, id: LinkId) -> LinkToken {
        self.with_present_ring(|ring| LinkToken::new(id, link_mac(ring, purpose, id))).await
    }

    /// The link of `token`, if we made the token for `purpose`.
    ///
    /// # Errors
    ///
    /// `link_invalid`; `unavailable` if the previous version of the secret is needed and cannot be read.
    pub async fn open_link(&self, purpose: Purpose, token: &LinkToken) -> Result<LinkId, Error> {
        match self.purpose_of(token).await? {
            Some(made_for) if made_for == purpose => Ok(token.id()),
            _ => Err(Error::LinkInvalid),
        }
    }

    /// The purpose of `token`, if we made the token.
    ///
    /// # Errors
    ///
    /// `unavailable` if the previous version of the secret is needed and cannot be read.
    pub async fn purpose_of(&self, token: &LinkToken) -> Result<Option<Purpose>, Error> {
        self.with_any_ring(|ring| {
            Purpose::ALL
                .into_iter()
                .find(|purpose| link_mac(ring, *purpose, token.id()).ct_eq(token.mac()).into())
        })
        .await
    }
}

fn link_mac(ring: &KeyRing, purpose: Purpose, id: LinkId) -> [u8; 16] {
    first_half(mac(&ring.links, &[purpose.name().as_bytes(), id.bytes()]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::tests::keys_of;

    fn id(byte: u8) -> LinkId {
        LinkId::from([byte; 16])
    }

    #[tokio::test]
    async fn a_link_is_for_one_purpose() {
        let (keys, ..) = keys_of("one").await;

        for purpose in Purpose::ALL {
            let token = keys.link_token(purpose, id(1)).await;

            assert_eq!(keys.purpose_of(&token).await.unwrap(), Some(purpose));
            for other in Purpose::ALL {
                let opened = keys.open_link(other, &token).await.ok();
                assert_eq!(opened, (other == purpose).then_some(id(1)));
            }
        }
    }

    #[tokio::test]
    async fn a_forged_link_is_refused() {
        let (keys, ..) = keys_of("one").await;
        let (others, ..) = keys_of("other").await;
        let token = others.link_token(Purpose::Revert, id(1)).await;

        let refused = keys.open_link(Purpose::Revert, &token).await.unwrap_err();

        assert!(matches!(refused, Error::LinkInvalid));
    }
}
