//! The kinds of links: what each is for, how long it lives, which mail carries it and to which page
//! it leads.

use jiff::SignedDuration;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::domain::{Account, AgencyRequest, EmailAddress, Language, Occasion, Purpose, SeenLease};
use crate::mail::MailName;
use crate::passwords::PasswordHash;
use crate::store::Link;

/// What a link of one kind needs to be used, with what all links of its kind have in common.
pub trait Kind: Clone + DeserializeOwned + Serialize + Send + Sync + 'static {
    /// What it is for.
    const PURPOSE: Purpose;
    /// How long it can be used.
    const LIFETIME: SignedDuration;
    /// The mail that carries it.
    const MAIL: MailName;
    /// The page it leads to. The token follows in the fragment, which no server, proxy or mail
    /// scanner is sent.
    const PAGE: &'static str;

    /// Whether `account`, which `link` was made for, still has a use for it. `None` where links of
    /// the kind are made for nobody who has an account yet.
    fn is_for(link: &Link<Self>, account: &Account) -> Option<bool>;
}

/// Activates the account that somebody has registered.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Registration {
    /// The lease as they saw it when they registered.
    pub lease: SeenLease,
    /// The identifier they chose.
    pub email: EmailAddress,
    /// The password they chose; forgotten once the link is used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<PasswordHash>,
    /// The language they read.
    pub language: Language,
    /// Whether they want rent notices without paper.
    pub paperless: bool,
    /// The version of the terms they accepted.
    pub terms: String,
}

/// Chooses another password without knowing the present one.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct PasswordReset {
    /// The address that was given, or that was restored.
    pub email: EmailAddress,
    /// What caused it.
    pub cause: ResetCause,
}

/// What causes a reset link.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ResetCause {
    /// Somebody asked for it, who may be anybody.
    Asked,
    /// An address change was taken back.
    Reverted,
}

/// Shows that a new address is one's own.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct EmailChange {
    /// The address that the account is to have.
    pub email: EmailAddress,
}

/// Takes an address change back.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct EmailChanged {
    /// The address that the account had, which the link restores.
    pub email: EmailAddress,
    /// The address that it was given.
    pub new: EmailAddress,
    /// When that was, and from what kind of device; a link of an earlier version does not say.
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
    const LIFETIME: SignedDuration = SignedDuration::from_hours(30 * 24);
    const MAIL: MailName = MailName::AgencyRequest;
    const PAGE: &'static str = "reponse-agence";

    fn is_for(link: &Link<Self>, account: &Account) -> Option<bool> {
        let asked_for_this_lease = account.lease == link.payload.lease;
        Some(account.is_active() && asked_for_this_lease && account.waits_for(link.id))
    }
}

/// Whether `account` is active and at the epoch that `link` was made at.
fn is_of_epoch<K>(link: &Link<K>, account: &Account) -> bool {
    account.is_active() && link.epoch == Some(account.epoch)
}
