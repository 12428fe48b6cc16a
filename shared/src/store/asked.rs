//! What an account has asked of the agency and waits for.

use super::action::Action;
use super::rules;
use super::{Table, key};
use crate::domain::{Account, AgencyRequestKind, LinkId};
use crate::error::Error;

/// The attribute of an account that holds its open request of a kind.
pub(super) fn attribute(kind: AgencyRequestKind) -> &'static str {
    match kind {
        AgencyRequestKind::CloseAccount => "asked_to_close",
        AgencyRequestKind::StopPaperless => "asked_for_paper",
    }
}

/// Opens `account` for another request of the kind, as long as it waits for this one.
pub(super) fn no_longer_asked(
    account: &Account,
    kind: AgencyRequestKind,
    request: LinkId,
) -> Result<Action, Error> {
    let attribute = attribute(kind);
    let open = rules::request_open(account, attribute, request)?;
    Ok(Action::update(Table::Tenants, key::tenant(account.id), open).remove(attribute))
}
