//! A mail's place in the queue, and its final state.

use jiff::fmt::serde::timestamp::second;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::key;

/// How long a new mail is left to the stream before a sweep may take it.
const LEFT_TO_STREAM: SignedDuration = SignedDuration::from_secs(30);

/// A mail's place in the queue.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Queue {
    /// The shard of the index of unsent mails; absent once the mail is settled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) outbox: Option<String>,
    /// The time of the next attempt; absent once the mail is settled.
    #[serde(default, with = "second::optional", skip_serializing_if = "Option::is_none")]
    pub(super) try_at: Option<Timestamp>,
    /// How many attempts were made.
    pub attempts: u32,
    /// How often SES did not answer. SES may have sent the mail each time.
    #[serde(default)]
    pub unanswered: u32,
    /// Whether the limits and stops of the address let an earlier attempt pass.
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

/// The final state of a mail.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Final {
    /// SES took the mail, or did not answer three times.
    Sent,
    /// SES will never take the mail.
    Refused,
    /// The mail expired unsent, or its address has reached its limit or is stopped.
    Dropped,
    /// There was no mail to send.
    NotDue,
    /// The row is unreadable.
    Broken,
}
