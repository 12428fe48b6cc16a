//! A mail's place in the queue, and what becomes of it.

use jiff::fmt::serde::timestamp::second;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::key;

/// For how long a new mail is left to the stream before a sweep takes it.
const LEFT_TO_STREAM: SignedDuration = SignedDuration::from_secs(30);

/// A mail's place in the queue.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Queue {
    /// The shard of the index of unsent mails, until the mail is settled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) outbox: Option<String>,
    /// When it is tried next.
    #[serde(default, with = "second::optional", skip_serializing_if = "Option::is_none")]
    pub(super) try_at: Option<Timestamp>,
    /// How often it was tried.
    pub attempts: u32,
    /// How often SES did not answer: it may have sent it.
    #[serde(default)]
    pub unanswered: u32,
    /// Whether an earlier attempt found that its address may have it.
    #[serde(default)]
    pub admitted: bool,
}

impl Queue {
    pub(super) fn new(id: &[u8; 16], now: Timestamp) -> Self {
        Self {
            outbox: Some(key::outbox_shard(id)),
            try_at: Some(now.saturating_add(LEFT_TO_STREAM).unwrap_or(Timestamp::MAX)),
            attempts: 0,
            unanswered: 0,
            admitted: false,
        }
    }
}

/// What becomes of a mail in the end.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Final {
    /// SES has taken it, or did not answer three times.
    Sent,
    /// SES will never take it.
    Refused,
    /// It expired unsent, its address has had enough mails, or none are sent there at present.
    Dropped,
    /// There was none to send.
    NotDue,
    /// Its row cannot be read.
    Broken,
}
