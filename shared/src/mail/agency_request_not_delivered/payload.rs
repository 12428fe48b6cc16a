//! The data of the mail.

use serde::{Deserialize, Serialize};

use crate::domain::AgencyRequestKind;

/// The data of the mail.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Payload {
    /// The kind of the request.
    pub kind: AgencyRequestKind,
}
