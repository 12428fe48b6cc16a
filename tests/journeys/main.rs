//! The journeys of the landlord's help page, over HTTP, against the whole stack.

mod account;
mod agency;
mod identifiers;
mod mails;
mod passwords;
mod story;
