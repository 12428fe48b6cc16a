//! A household: what it knows of itself, and the calls that it makes.

use model::events::{Request, browser};
use serde_json::{Value, json};

/// What a household does.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Act {
    /// Registers.
    Register,
    /// Asks for the mail of its registration again.
    Resend,
    /// Follows the link of a registration.
    Activate(String),
    /// Signs in; perhaps to stay.
    SignIn(bool),
    /// Asks for another access token.
    Refresh,
    /// Looks at its account.
    Look,
    /// Looks at its sessions.
    Sessions,
    /// Ends its own session from the list of sessions.
    Revoke,
    /// Looks at what it has asked.
    Requests,
    /// Takes its data out.
    Export,
    /// Changes language and paperless delivery.
    Update(bool),
    /// Changes its password to this one.
    ChangePassword(String),
    /// Asks for this address.
    ChangeEmail(String),
    /// Follows the link of an address change.
    Confirm(String),
    /// Takes an address change back.
    Revert(String),
    /// Asks for a new password.
    ForgetPassword,
    /// Sets this password by that link.
    Reset(String, String),
    /// Asks for its identifier.
    ForgetIdentifier,
    /// Asks the agency to close its account, or for paper.
    Ask(bool),
    /// Moves to the lease of that number, which is in that name.
    Move(usize, String),
    /// Signs out.
    SignOut,
}

/// A household of one lease.
#[derive(Clone, Debug, Default)]
pub struct Home {
    /// Its number.
    pub n: usize,
    /// How many households the lease has had before.
    pub generation: usize,
    /// The lease it has, by its number.
    pub lease: usize,
    /// The last name on it.
    pub name: String,
    /// The addresses that it may sign in with, the likeliest last.
    pub emails: Vec<String>,
    /// The passwords that it may have, the likeliest last.
    pub passwords: Vec<String>,
    /// Whether it has registered.
    pub registered: bool,
    /// Whether it has followed its link.
    pub active: bool,
    /// The registration, and the cookie of the browser.
    pub registration: Option<(String, String)>,
    /// Access token and cookie of its session.
    pub session: Option<(String, String)>,
    /// The cookie by which its browser is known.
    pub device: Option<String>,
    /// How many addresses and passwords it has thought of.
    pub thoughts: usize,
}

/// The last name on the lease of that number, for that household.
pub fn last_name(lease: usize, generation: usize) -> String {
    const NAMES: [&str; 7] =
        ["Martin", "Durand", "N’Diaye", "Lefèvre", "Da Silva", "Petit-Jean", "Nguyen"];
    NAMES[(lease + generation * 3) % NAMES.len()].to_owned()
}

/// The reference of the lease of that number.
pub fn reference(lease: usize) -> String {
    format!("{:08}", 40_000_000 + lease)
}

impl Home {
    /// The household that follows the one before, on the lease of that number.
    pub fn next(n: usize, generation: usize) -> Self {
        let name = last_name(n, generation);
        let mut home = Self { n, generation, lease: n, name, ..Self::default() };
        let (email, password) = (home.think_of_email(), home.think_of_password());
        home.emails.push(email);
        home.passwords.push(password);
        home
    }

    /// A new address.
    pub fn think_of_email(&mut self) -> String {
        self.thoughts += 1;
        format!("foyer{}.{}.{}@exemple.example", self.n, self.generation, self.thoughts)
    }

    /// A new password.
    pub fn think_of_password(&mut self) -> String {
        self.thoughts += 1;
        format!("quatre chevaux {} {}", self.n, self.thoughts)
    }

    /// The address it would sign in with.
    pub fn email(&self) -> &str {
        self.emails.last().map_or("", String::as_str)
    }

    fn password(&self) -> &str {
        self.passwords.last().map_or("", String::as_str)
    }

    /// Whether an act is one of somebody who is signed in.
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

    /// The function that does `act`, and its event.
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

    /// Takes in what its `act` was answered; nothing where the answer was lost.
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
            // It tries what else it may be, next time.
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
