//! The open requests of an account to the agency. While there is one, the account is in the queue
//! of requests: in the index `listed`, at the time of the oldest.

use jiff::Timestamp;

use super::action::Action;
use super::listed::Listed;
use super::rules;
use super::{Table, key};
use crate::domain::{Account, AgencyRequestKind, Asked, LinkId};
use crate::error::Error;

/// The attribute of an account that holds its open request of this kind.
pub(super) fn attribute(kind: AgencyRequestKind) -> &'static str {
    match kind {
        AgencyRequestKind::CloseAccount => "asked_to_close",
        AgencyRequestKind::StopPaperless => "asked_for_paper",
    }
}

/// The request of the other kind than `kind`, as it was read, and its attribute. A write that opens
/// or settles a request relies on it: the place in the queue follows from both.
pub(super) fn other_request(
    account: &Account,
    kind: AgencyRequestKind,
) -> (&'static str, Option<Asked>) {
    (attribute(kind.other()), account.asked(kind.other()))
}

/// Adds to `update` of `account` that it waits for the request `asked` of this kind since now.
pub(super) fn ask(
    update: Action,
    account: &Account,
    kind: AgencyRequestKind,
    asked: Asked,
    now: Timestamp,
) -> Action {
    let other = account.open_request(kind.other(), now);
    let oldest = other.map_or(asked.at(), |other| other.at().min(asked.at()));
    Listed::requests(account.id, oldest).put_into(update.set(attribute(kind), &asked))
}

/// Adds to `update` of `account` that it no longer waits for a request of this kind.
pub(super) fn ask_no_more(
    update: Action,
    account: &Account,
    kind: AgencyRequestKind,
    now: Timestamp,
) -> Action {
    let update = update.remove(attribute(kind));
    match account.open_request(kind.other(), now) {
        Some(other) => Listed::requests(account.id, other.at()).put_into(update),
        None => Listed::remove_from(update),
    }
}

/// Adds to `update` of an account that it waits for no request.
pub(super) fn ask_nothing(update: Action) -> Action {
    let update = AgencyRequestKind::ALL.into_iter().map(attribute).fold(update, Action::remove);
    Listed::remove_from(update)
}

/// Removes the open request `link` of this kind from `account`, so that the tenant may ask again.
/// The account must still wait for that request.
pub(super) fn no_longer_asked(
    account: &Account,
    kind: AgencyRequestKind,
    request: LinkId,
    now: Timestamp,
) -> Result<Action, Error> {
    let other = other_request(account, kind);
    let open = rules::request_open(account, attribute(kind), request, other)?;
    let update = Action::update(Table::Tenants, key::tenant(account.id), open);
    Ok(ask_no_more(update, account, kind, now))
}
