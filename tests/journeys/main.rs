//! The journeys of the landlord's help page, over HTTP, against the whole stack.

mod account;
mod activation;
mod agency;
mod budgets;
mod identifiers;
mod mails;
mod passwords;
mod races;
mod registration;
mod sessions;
mod story;
mod lifecycle;
mod rotation;
