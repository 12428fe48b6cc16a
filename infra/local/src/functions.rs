//! The functions this machine runs.

use shared::http::Function;

/// Every function crate, by its name.
#[must_use]
pub fn all() -> Vec<(&'static str, Box<dyn Function>)> {
    vec![
        ("activate", Box::new(activate::function())),
        ("allow-mail", Box::new(allow_mail::function())),
        ("answer-request", Box::new(answer_request::function())),
        ("authorize", Box::new(authorize::function())),
        ("change-email", Box::new(change_email::function())),
        ("change-lease", Box::new(change_lease::function())),
        ("change-password", Box::new(change_password::function())),
        ("close-account", Box::new(close_account::function())),
        ("confirm-email", Box::new(confirm_email::function())),
        ("deliver-mail", Box::new(deliver_mail::function())),
        ("expire-accounts", Box::new(expire_accounts::function())),
        ("export-account", Box::new(export_account::function())),
        ("forgot-identifier", Box::new(forgot_identifier::function())),
        ("forgot-password", Box::new(forgot_password::function())),
        ("get-account", Box::new(get_account::function())),
        ("get-lease", Box::new(get_lease::function())),
        ("import-leases", Box::new(import_leases::function())),
        ("keys", Box::new(keys::function())),
        ("list-requests", Box::new(list_requests::function())),
        ("list-sessions", Box::new(list_sessions::function())),
        ("login", Box::new(login::function())),
        ("logout", Box::new(logout::function())),
        ("portal", Box::new(portal::function())),
        ("record-mail-feedback", Box::new(record_mail_feedback::function())),
        ("refresh-session", Box::new(refresh_session::function())),
        ("register", Box::new(register::function())),
        ("request-agency", Box::new(request_agency::function())),
        ("resend-activation", Box::new(resend_activation::function())),
        ("reset-password", Box::new(reset_password::function())),
        ("revert-email", Box::new(revert_email::function())),
        ("revoke-session", Box::new(revoke_session::function())),
        ("show-link", Box::new(show_link::function())),
        ("show-terms", Box::new(show_terms::function())),
        ("update-account", Box::new(update_account::function())),
    ]
}
