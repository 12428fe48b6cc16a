//! The journeys of the landlord's help page, over HTTP, against the whole stack.

#![expect(missing_docs, reason = "a journey's name says what it shows")]

mod account;
mod identifiers;
mod passwords;
mod story;
