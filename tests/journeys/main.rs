//! The journeys of the landlord's help page, over HTTP, against the whole stack.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may, its helpers too"
)]

mod account;
mod activation;
mod addresses;
mod agency;
mod budgets;
mod change_password;
mod events;
mod identifiers;
mod lifecycle;
mod mails;
mod passwords;
mod races;
mod registration;
mod rotation;
mod sessions;
mod story;
mod two_years;
