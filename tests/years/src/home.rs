//! A household of the simulation: its memory, and its calls.

use model::events::{Request, browser};
use serde_json::{Value, json};

/// An action of a household.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Act {
    /// Sends a registration.
    Register,
    /// Asks for the mail of its registration again.
    Resend,
    /// Follows the link of a registration.
    Activate(String),
    /// Signs in; with "remember me" if true.
    SignIn(bool),
    /// Asks for another access token.
    Refresh,
    /// Reads its account.
    Look,
    /// Lists its sessions.
    Sessions,
    /// Ends its own session from the list of sessions.
    Revoke,
    /// Lists its requests to the agency.
    Requests,
    /// Downloads its data.
    Export,
    /// Changes language and paperless delivery.
    Update(bool),
    /// Changes its password to this one.
    ChangePassword(String),
    /// Asks for this address.
    ChangeEmail(String),
    /// Follows the link of an address change.
    Confirm(String),
    /// Takes an address change back, by the link.
    Revert(String),
    /// Asks for a new password.
    ForgetPassword,
    /// Sets a password by the link: the token, then the password.
    Reset(String, String),
    /// Asks for its identifier.
    ForgetIdentifier,
    /// Asks the agency: to close its account if true, else for paper.
    Ask(bool),
    /// Moves to the lease with this number, under this last name.
    Move(usize, String),
    /// Signs out.
    SignOut,
}

/// A household of one lease.
#[derive(Clone, Debug, Default)]
pub struct Home {
    /// The position in the list of households.
    pub n: usize,
    /// The number of households that had the lease before.
    pub generation: usize,
    /// The number of its present lease.
    pub lease: usize,
    /// The last name on the lease.
    pub name: String,
    /// The addresses that it may sign in with, the most likely last.
    pub emails: Vec<String>,
    /// The passwords that it may have, the most likely last.
    pub passwords: Vec<String>,
    /// Whether it has registered.
    pub registered: bool,
    /// Whether it has activated its account.
    pub active: bool,
    /// The reference of the registration, and the cookie of the browser.
    pub registration: Option<(String, String)>,
    /// The access token and the cookie of its session.
    pub session: Option<(String, String)>,
    /// The device cookie.
    pub device: Option<String>,
    /// The number of addresses and passwords that it has made up.
    pub thoughts: usize,
}

/// The last name on the lease with this number, for this household of the lease.
pub fn last_name(lease: usize, generation: usize) -> String {
    const NAMES: [&str; 7] =
        ["Martin", "Durand", "N’Diaye", "Lefèvre", "Da Silva", "Petit-Jean", "Nguyen"];
    NAMES[(lease + generation * 3) % NAMES.len()].to_owned()
}

/// The reference of the lease with this number.
pub fn reference(lease: usize) -> String {
    format!("{:08}", 40_000_000 + lease)
}

impl Home {
    /// The next household on the lease with this number.
    pub fn next(n: usize, generation: usize) -> Self {
        let name = last_name(n, generation);
        let mut home = Self { n, generation, lease: n, name, ..Self::default() };
        let (email, password) = (home.think_of_email(), home.think_of_password());
        home.emails.push(email);
        home.passwords.push(password);
        home
    }

    /// Makes up a new address.
    pub fn think_of_email(&mut self) -> String {
        self.thoughts += 1;
        format!("foyer{}.{}.{}@exemple.example", self.n, self.generation, self.thoughts)
    }

    /// Makes up a new password.
    pub fn think_of_password(&mut self) -> String {
        self.thoughts += 1;
        format!("quatre chevaux {} {}", self.n, self.thoughts)
    }

    /// The address that it would sign in with.
    pub fn email(&self) -> &str {
        self.emails.last().map_or("", String::as_str)
    }

    fn password(&self) -> &str {
        self.passwords.last().map_or("", String::as_str)
    }

    /// Whether `act` needs a session.
    pub fn needs_session(act: &Act) -> bool {
        matches!(
            act,
            Act::Refresh
                | Act::Look
                | Act::Sessions
                | Act::Revoke
                | Act::Requests
                | Act::Export
                | Act::Update(_)
                | Act::ChangePassword(_)
                | Act::ChangeEmail(_)
                | Act::Ask(_)
                | Act::Move(..)
                | Act::SignOut
        )
    }

    /// The function for `act`, and its event.
    pub fn call(&self, act: &Act) -> (&'static str, Value) {
        let (function, route, body) = self.asked(act);
        let parameters = match act {
            Act::Resend => {
                json!({"registration": self.registration.as_ref().map(|(id, _)| id)})
            }
            Act::Revoke => json!({"id": self.session_id()}),
            _ => Value::Null,
        };
        let request = self.request(act);
        let mut event = if parameters.is_null() {
            request.call(route, &body)
        } else {
            request.call_of(route, &parameters)
        };
        event["requestContext"]["http"]["sourceIp"] =
            json!(format!("10.{}.{}.7", self.n / 250 % 250, self.n % 250));
        (function, event)
    }

    fn session_id(&self) -> Option<&str> {
        let (_, cookie) = self.session.as_ref()?;
        cookie.split_once('=')?.1.split('.').next()
    }

    fn request(&self, act: &Act) -> Request {
        let mut request = browser();
        if let Some(cookie) = &self.device {
            request = request.cookie(cookie);
        }
        if matches!(act, Act::Activate(_))
            && let Some((_, cookie)) = &self.registration
        {
            request = request.cookie(cookie);
        }
        if let Some((bearer, cookie)) = &self.session {
            request = request.bearer(bearer).cookie(cookie);
        }
        request
    }

    fn asked(&self, act: &Act) -> (&'static str, &'static str, Value) {
        let name = &self.name;
        match act {
            Act::Register => (
                "register",
                "POST /api/registrations",
                json!({
                    "lease": reference(self.lease),
                    "last_name": name,
                    "email": self.email(),
                    "password": self.password(),
                    "terms": "1",
                    "paperless": self.n.is_multiple_of(2),
                }),
            ),
            Act::Resend => {
                ("resend-activation", "POST /api/registrations/{registration}/resend", Value::Null)
            }
            Act::Activate(token) => ("activate", "POST /api/activations", json!({"token": token})),
            Act::SignIn(stays) => (
                "login",
                "POST /api/sessions",
                json!({"email": self.email(), "password": self.password(), "remember": stays}),
            ),
            Act::Refresh => ("refresh-session", "POST /api/sessions/refresh", json!({})),
            Act::Look => ("get-account", "GET /api/account", Value::Null),
            Act::Sessions => ("list-sessions", "GET /api/sessions", Value::Null),
            Act::Revoke => ("revoke-session", "DELETE /api/sessions/{id}", Value::Null),
            Act::Requests => ("list-requests", "GET /api/account/agency-requests", Value::Null),
            Act::Export => ("export-account", "GET /api/account/export", Value::Null),
            Act::Update(paperless) => (
                "update-account",
                "PATCH /api/account",
                json!({"language": if *paperless { "fr" } else { "en" }, "paperless": paperless}),
            ),
            Act::ChangePassword(new) => (
                "change-password",
                "PUT /api/account/password",
                json!({"current_password": self.password(), "new_password": new}),
            ),
            Act::ChangeEmail(email) => (
                "change-email",
                "POST /api/account/email-changes",
                json!({"email": email, "password": self.password()}),
            ),
            Act::Confirm(token) => (
                "confirm-email",
                "POST /api/email-changes/confirm",
                json!({"token": token, "password": self.password()}),
            ),
            Act::Revert(token) => {
                ("revert-email", "POST /api/email-changes/revert", json!({"token": token}))
            }
            Act::ForgetPassword => {
                ("forgot-password", "POST /api/password-resets", json!({"email": self.email()}))
            }
            Act::Reset(token, password) => (
                "reset-password",
                "POST /api/password-resets/confirm",
                json!({"token": token, "password": password}),
            ),
            Act::ForgetIdentifier => (
                "forgot-identifier",
                "POST /api/identifier-reminders",
                json!({"lease": reference(self.lease), "last_name": name}),
            ),
            Act::Ask(close) => (
                "request-agency",
                "POST /api/account/agency-requests",
                json!({"kind": if *close { "close-account" } else { "stop-paperless" }}),
            ),
            Act::Move(lease, name) => (
                "change-lease",
                "PUT /api/account/lease",
                json!({
                    "lease": reference(*lease),
                    "last_name": name,
                    "password": self.password(),
                }),
            ),
            Act::SignOut => ("logout", "DELETE /api/sessions/current", Value::Null),
        }
    }

    /// Learns from the answer to `act`; `status` is `None` if the answer was lost.
    pub fn learn(&mut self, act: &Act, status: Option<u64>, answer: &Value) {
        let body = answer["body"].as_str().unwrap_or_default();
        let body: Value = serde_json::from_str(body).unwrap_or_default();
        let cookies = answer["cookies"].as_array().into_iter().flatten();
        for cookie in cookies.filter_map(Value::as_str) {
            let pair = cookie.split(';').next().unwrap_or_default().to_owned();
            if pair.starts_with("__Host-device=") {
                self.device = Some(pair);
            } else if pair.starts_with("__Host-session=") {
                match body["access_token"].as_str() {
                    Some(token) => self.session = Some((token.to_owned(), pair)),
                    None if cookie.contains("Max-Age=0") => self.session = None,
                    None => {}
                }
            } else if pair.starts_with("__Host-registration=")
                && let Some(id) = body["registration"].as_str()
            {
                self.registration = Some((id.to_owned(), pair));
            }
        }
        if status == Some(401) {
            self.session = None;
        }
        let is_unsure = status.is_none_or(|status| status == 503);
        let is_done = status.is_some_and(|status| status < 300);
        match act {
            Act::Register if is_done || is_unsure => self.registered = true,
            Act::Activate(_) | Act::SignIn(_) if is_done => self.active = true,
            // Next time it tries the next most likely password or address.
            Act::SignIn(_) if status == Some(401) => {
                if self.passwords.len() > 1 {
                    self.passwords.rotate_right(1);
                } else {
                    self.emails.rotate_right(1);
                }
            }
            Act::ChangePassword(new) | Act::Reset(_, new) => {
                if is_done {
                    self.passwords = vec![new.clone()];
                } else if is_unsure {
                    self.passwords.insert(0, new.clone());
                }
            }
            Act::ChangeEmail(email) if (is_done || is_unsure) && !self.emails.contains(email) => {
                self.emails.insert(0, email.clone());
            }
            Act::Confirm(_) | Act::Revert(_) if is_done => {
                if let Some(email) = body["email"].as_str() {
                    self.emails.retain(|known| known != email);
                    self.emails.push(email.to_owned());
                }
            }
            Act::Move(lease, name) if is_done => {
                self.lease = *lease;
                self.name.clone_from(name);
            }
            _ => {}
        }
    }
}
