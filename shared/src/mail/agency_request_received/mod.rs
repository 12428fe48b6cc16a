//! Tells the household that its request was passed on to the agency. Queued once SES has taken the
//! mail to the agency.

mod en;
mod fr;

use serde::{Deserialize, Serialize};

use super::{Draft, Letterhead};
use crate::domain::{AgencyRequestKind, Language};

/// The data of the mail.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Payload {
    /// The kind of the request.
    pub kind: AgencyRequestKind,
}

/// The mail in `language`.
pub(super) fn draft(payload: &Payload, language: Language, letterhead: &Letterhead) -> Draft {
    match language {
        Language::French => fr::draft(payload, letterhead),
        Language::English => en::draft(payload, letterhead),
    }
}
