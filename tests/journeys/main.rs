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
#[cfg(not(feature = "deployed"))]
mod acts;
mod addresses;
mod agency;
mod authorize;
#[cfg(not(feature = "deployed"))]
mod between;
mod budgets;
#[cfg(not(feature = "deployed"))]
mod calls;
mod change_password;
mod closures;
#[cfg(not(feature = "deployed"))]
mod conditions;
mod events;
mod exports;
#[cfg(not(feature = "deployed"))]
mod faults;
mod feedback;
#[cfg(not(feature = "deployed"))]
mod floods;
mod guards;
#[cfg(not(feature = "deployed"))]
mod holds;
mod identifiers;
#[cfg(not(feature = "deployed"))]
mod import_time;
mod imports;
mod interference;
#[cfg(not(feature = "deployed"))]
mod interleaved;
mod leaks;
mod lifecycle;
#[cfg(not(feature = "deployed"))]
mod mail_rate;
mod mails;
mod moves;
mod notices;
mod pages;
mod passwords;
mod prepared;
mod races;
mod registration;
mod requests;
mod rotation;
#[cfg(not(feature = "deployed"))]
mod sameness;
#[cfg(not(feature = "deployed"))]
mod secrecy;
mod sessions;
mod staff_acts;
#[cfg(not(feature = "deployed"))]
mod staff_at_once;
mod staff_household;
mod staff_imports;
mod staff_requests;
#[cfg(not(feature = "deployed"))]
mod staff_roles;
mod staff_search;
#[cfg(not(feature = "deployed"))]
mod staff_sign_in;
mod story;
#[cfg(not(feature = "deployed"))]
mod synthetic;
mod two_years;
