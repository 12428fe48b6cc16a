//! The targets.

mod calls;
mod files;
mod mails;
mod texts;
mod tokens;

use crate::target::Target;

/// Every target.
pub static ALL: [Target; 7] = [
    calls::EVENTS,
    calls::ANSWERS,
    calls::BACKGROUND,
    tokens::TOKENS,
    files::FILES,
    mails::MAILS,
    texts::TEXTS,
];

/// The target `name`.
pub fn find(name: &str) -> Option<&'static Target> {
    ALL.iter().find(|target| target.name == name)
}
