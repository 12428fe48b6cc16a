//! The pages of the portal in a browser, against a local stack.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may, its helpers too"
)]

mod chromium;
mod device;
mod findings;
mod look;
mod seen;
mod story;
mod tab;

mod account;
mod cookies;
mod first_paint;
mod forms;
mod keyboard;
mod languages;
mod recovery;
mod registration;
mod screens;
mod serving;
mod shift;
mod staff;
mod tabs;
