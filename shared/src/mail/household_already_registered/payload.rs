//! The data of the mail.

/// The data of the mail: none, every recipient gets the same text.
#[derive(Clone, Debug)]
pub struct Payload {}
