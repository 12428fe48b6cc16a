//! The open requests of an account to the agency.

use super::action::Action;
use super::rules;
use super::{Table, key};
use crate::domain::{Account, AgencyRequestKind, LinkId};
use crate::error::Error;

/// The attribute of an account that holds its open request of this kind.
pub(super) fn attribute(kind: AgencyRequestKind) -> &'static str {
    match kind {
        AgencyRequestKind::CloseAccount => "asked_to_close",
        AgencyRequestKind::StopPaperless => "asked_for_paper",
    }
}

/// Removes the open request `link` of this kind from `account`, so that the tenant may ask again.
/// The account must still wait for that request.
pub(super) fn no_longer_asked(
    account: &Account,
    kind: AgencyRequestKind,
    request: LinkId,
) -> Result<Action, Error> {
    let attribute = attribute(kind);
    let open = rules::request_open(account, attribute, request)?;
    Ok(Action::update(Table::Tenants, key::tenant(account.id), open).remove(attribute))
}
