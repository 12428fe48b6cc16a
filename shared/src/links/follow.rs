//! Inspecting and following a link.
//!
//! A forged link is refused before any read. A link has effect at most once, because the write that
//! uses it is conditional. If a used link is followed again, the operation gets the link with
//! `was_used`, and no write is made: some operations answer as the first time. The kind decides how
//! long an account's link can be used.

use std::future::Future;

use serde::Serialize;

use super::kinds::Kind;
use crate::app::App;
use crate::domain::{Account, LinkId, LinkToken, Purpose};
use crate::error::Error;
use crate::store::{Link, Rule, Write, retry_stale};

/// The present state of a link.
#[derive(Clone, Debug)]
pub enum State<K> {
    /// The link can be used.
    Usable(Box<Usable<K>>),
    /// The link was used.
    Used(Link<K>),
    /// The link has expired, or its account no longer needs it.
    Expired,
}

/// A link that can be used.
#[derive(Clone, Debug)]
pub struct Usable<K> {
    /// The link.
    pub link: Link<K>,
    /// The account that the link was made for; absent before there is one.
    pub account: Option<Account>,
    /// How many earlier attempts were stale.
    pub attempt: u32,
}

/// A link that was followed.
#[derive(Clone, Debug)]
pub struct Followed<K> {
    /// The link.
    pub link: Link<K>,
    /// Whether the link was used before. Then nothing was done now.
    pub was_used: bool,
}

impl<K> Usable<K> {
    /// The account that the link was made for.
    ///
    /// # Errors
    ///
    /// `link_expired` if there is none.
    pub fn account(&self) -> Result<&Account, Error> {
        self.account.as_ref().ok_or(Error::LinkExpired)
    }
}

/// The link `id`, unless it has expired.
///
/// # Errors
///
/// `link_expired`, also when the row no longer exists; `unavailable`.
pub async fn load<K: Kind>(app: &App, id: LinkId) -> Result<Link<K>, Error> {
    let link = app.store.find_link(K::PURPOSE, id).await?;
    let link = link.filter(|link: &Link<K>| !link.has_expired(app.clock.now()));
    link.ok_or(Error::LinkExpired)
}

/// The state of the link `id`.
///
/// # Errors
///
/// `unavailable`.
pub async fn inspect<K: Kind>(app: &App, id: LinkId) -> Result<State<K>, Error> {
    let link = match load::<K>(app, id).await {
        Ok(link) => link,
        Err(Error::LinkExpired) => return Ok(State::Expired),
        Err(error) => return Err(error),
    };
    if link.used_at.is_some() {
        return Ok(State::Used(link));
    }
    let account = match link.tenant {
        Some(tenant) => app.store.find_account(tenant).await?,
        None => None,
    };
    let holds = match &account {
        Some(account) => K::is_for(&link, account).unwrap_or(true),
        None => K::PURPOSE == Purpose::Registration,
    };
    if holds {
        return Ok(State::Usable(Box::new(Usable { link, account, attempt: 0 })));
    }
    // The link may have been used since it was read, which changed the account.
    Ok(match load::<K>(app, id).await {
        Ok(link) if link.used_at.is_some() => State::Used(link),
        Ok(_) | Err(Error::LinkExpired) => State::Expired,
        Err(error) => return Err(error),
    })
}

/// Opens `token` and lets `act` use the link. A link that was used before is left alone. If `act`
/// is stale, the link is inspected again.
///
/// # Errors
///
/// `link_invalid` for a token that we did not make for this kind; `link_expired`; the errors of
/// `act`.
pub async fn follow<K, F>(
    app: &App,
    token: &LinkToken,
    act: impl Fn(Usable<K>) -> F,
) -> Result<Followed<K>, Error>
where
    K: Kind,
    F: Future<Output = Result<Write, Error>>,
{
    let id = app.keys.open_link(K::PURPOSE, token).await?;
    let act = &act;
    retry_stale(|attempt| async move {
        let usable = match inspect::<K>(app, id).await? {
            State::Usable(usable) => Usable { attempt, ..*usable },
            State::Used(link) => return Ok(Some(Followed { link, was_used: true })),
            State::Expired => return Err(Error::LinkExpired),
        };
        let link = usable.link.clone();
        match act(usable).await? {
            Write::Done => Ok(Some(Followed { link, was_used: false })),
            Write::Stale => Ok(None),
            Write::Refused(Rule::AddressFree) => Err(Error::EmailAlreadyUsed),
            Write::Refused(rule) => Err(Error::Unavailable(format!("{rule:?} is broken").into())),
        }
    })
    .await
}

/// The state of a link, for answers.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The link can be used.
    Valid,
    /// The link was used.
    Used,
    /// The link can no longer be used.
    Expired,
}

impl<K> State<K> {
    /// The state, for answers.
    #[must_use]
    pub fn status(&self) -> Status {
        match self {
            Self::Usable(_) => Status::Valid,
            Self::Used(_) => Status::Used,
            Self::Expired => Status::Expired,
        }
    }
}
