//! Why a step fails.

use shared::aws::TransportError;
use shared::error::Error;
use shared::store::Final;

/// Why a step failed. No text of it has personal data or a secret.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The portal was not reached, or broke off.
    #[error("{path}: no answer")]
    Unanswered { path: &'static str, source: TransportError },
    /// The portal answered otherwise than it should.
    #[error("{path}: answered {status} {code}")]
    Answered {
        path: &'static str,
        status: u16,
        /// The problem's code, if it has one.
        code: String,
    },
    /// What the portal answered is not about this household.
    #[error("{path}: {what}")]
    Wrong { path: &'static str, what: &'static str },
    /// The mail will not be sent.
    #[error("the mail ended as {0:?}")]
    NotMailed(Final),
    /// The link that was registered is not there.
    #[error("there is no such registration")]
    NotKept,
    /// Under the reference there is a lease that no run has made. Of the reference, this has the two
    /// digits at its end: the log has no whole one.
    #[error(
        "the lease under the reserved reference that ends in {0} is the landlord's; no run touches it"
    )]
    NotOurs(String),
    /// A table or the secret failed.
    #[error(transparent)]
    Ours(#[from] Error),
    /// The step took longer than it may.
    #[error("not done within {0} s")]
    Late(u64),
}
