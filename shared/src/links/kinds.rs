//! The kinds of links: the purpose, lifetime, mail and page of each.

use jiff::SignedDuration;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::domain::{Account, AgencyRequest, EmailAddress, Language, Occasion, Purpose, SeenLease};
use crate::mail::MailName;
use crate::passwords::PasswordHash;
use crate::store::Link;

/// The payload of a link, and the constants of its kind.
pub trait Kind: Clone + DeserializeOwned + Serialize + Send + Sync + 'static {
    /// What the link is for.
    const PURPOSE: Purpose;
    /// How long the link can be used.
    const LIFETIME: SignedDuration;
    /// The mail that carries the link.
    const MAIL: MailName;
    /// The page that the link opens. The token is in the fragment, which is not sent to servers,
    /// proxies or mail scanners.
    const PAGE: &'static str;

    /// Whether `account`, which `link` was made for, can still use it. `None` for kinds that are
    /// made before there is an account.
    fn is_for(link: &Link<Self>, account: &Account) -> Option<bool>;
}

/// Activates a registered account.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Registration {
    /// The lease, with its terms at registration.
    pub lease: SeenLease,
    /// The chosen identifier.
    pub email: EmailAddress,
    /// The hash of the chosen password; removed once the link is used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<PasswordHash>,
    /// The language of the pages at registration.
    pub language: Language,
    /// Whether the household wants rent notices without paper.
    pub paperless: bool,
    /// The version of the accepted terms.
    pub terms: String,
}

/// Sets a new password without the present one.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct PasswordReset {
    /// The address that asked for the reset, or that was restored.
    pub email: EmailAddress,
    /// Why the link was made.
    pub cause: ResetCause,
}

/// Why a reset link was made.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ResetCause {
    /// Somebody asked for a reset. It may be anybody.
    Asked,
    /// An address change was taken back.
    Reverted,
}

/// Confirms a new address.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct EmailChange {
    /// The new address.
    pub email: EmailAddress,
}

/// Takes an address change back.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct EmailChanged {
    /// The former address, which the link restores.
    pub email: EmailAddress,
    /// The new address.
    pub new: EmailAddress,
    /// When and from what kind of device the address was changed; absent in links of earlier
    /// versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub occasion: Option<Occasion>,
}

impl Kind for Registration {
    const PURPOSE: Purpose = Purpose::Registration;
    const LIFETIME: SignedDuration = SignedDuration::from_hours(24);
    const MAIL: MailName = MailName::Activation;
    const PAGE: &'static str = "activation";

    fn is_for(_: &Link<Self>, _: &Account) -> Option<bool> {
        None
    }
}

impl Kind for PasswordReset {
    const PURPOSE: Purpose = Purpose::PasswordReset;
    const LIFETIME: SignedDuration = SignedDuration::from_hours(1);
    const MAIL: MailName = MailName::PasswordReset;
    const PAGE: &'static str = "nouveau-mot-de-passe";

    fn is_for(link: &Link<Self>, account: &Account) -> Option<bool> {
        Some(is_of_epoch(link, account))
    }
}

impl Kind for EmailChange {
    const PURPOSE: Purpose = Purpose::EmailChange;
    const LIFETIME: SignedDuration = SignedDuration::from_hours(24);
    const MAIL: MailName = MailName::EmailChangeConfirm;
    const PAGE: &'static str = "confirmation-adresse";

    fn is_for(link: &Link<Self>, account: &Account) -> Option<bool> {
        Some(is_of_epoch(link, account))
    }
}

impl Kind for EmailChanged {
    const PURPOSE: Purpose = Purpose::Revert;
    const LIFETIME: SignedDuration = SignedDuration::from_hours(7 * 24);
    const MAIL: MailName = MailName::EmailChanged;
    const PAGE: &'static str = "retablir-adresse";

    fn is_for(link: &Link<Self>, account: &Account) -> Option<bool> {
        Some(account.is_active() && account.reverts_by(link.id))
    }
}

impl Kind for AgencyRequest {
    const PURPOSE: Purpose = Purpose::AgencyRequest;
    const LIFETIME: SignedDuration = Self::OPEN_FOR;
    const MAIL: MailName = MailName::AgencyRequest;
    const PAGE: &'static str = "reponse-agence";

    fn is_for(link: &Link<Self>, account: &Account) -> Option<bool> {
        // An account that changes its lease waits for no request about the former one any more.
        Some(account.is_active() && account.waits_for(link.id))
    }
}

/// Whether `account` is active and still at the epoch of `link`.
fn is_of_epoch<K>(link: &Link<K>, account: &Account) -> bool {
    account.is_active() && link.epoch == Some(account.epoch)
}
