//! The past of a scenario. The operations themselves make it, one after the other.

use jiff::Timestamp;
use serde_json::{Value, json};
use shared::app::App;
use shared::domain::{LinkId, Purpose};
use shared::environment::Context;
use shared::store::replay::{Key, Row, Rows};

use crate::events::{Request, agency, browser, stream};
use crate::operation::{Operation, run_alone, with_environment};

/// The password of every household.
pub const PASSWORD: &str = "quatre chevaux 4";

/// The rows of both tables and the time, before a scenario begins.
#[derive(Debug)]
pub struct Past {
    /// The rows of both tables.
    pub rows: Rows,
    /// The time of the clock.
    pub now: Timestamp,
    seed: u64,
}

/// A browser with a session.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Its access token.
    pub bearer: String,
    /// The cookie of its session, `name=value`.
    pub cookie: String,
}

impl SignedIn {
    /// A call of this browser.
    pub fn call(&self) -> Request {
        browser().bearer(&self.bearer).cookie(&self.cookie)
    }

    /// The id of its session, from the cookie.
    pub fn session(&self) -> &str {
        let (_, value) = self.cookie.split_once('=').unwrap_or_default();
        value.split('.').next().unwrap_or_default()
    }
}

impl Past {
    /// A past at the time `now`, with the leases in `file`.
    pub fn new(now: &str, file: &str) -> Self {
        let now = now.parse().expect("a time");
        let mut past = Self { rows: Rows::new(), now, seed: 1_000 };
        past.does("import-leases", agency().csv(&leases(file)), 200);
        past
    }

    /// Runs an operation to its end. Panics if its status is not `status`.
    pub fn does(&mut self, function: &'static str, event: Value, status: u64) -> Value {
        self.seed += 1;
        let operation = Operation { function, event, seed: self.seed };
        let answer = run_alone(&operation, self.now, &mut self.rows);
        let found = answer["statusCode"].as_u64().unwrap_or_default();
        assert_eq!(found, status, "{function}: {answer}");
        answer
    }

    /// The key of the only row of that kind that is not in `before`.
    pub fn new_row(&self, kind: &str, before: &Rows) -> String {
        let is_new = |pk: &&str| pk.starts_with(&format!("{kind}#"));
        let mut new = self.rows.keys().filter(|key| !before.contains_key(*key)).map(Key::pk);
        new.find(is_new).expect("a new row").to_owned()
    }

    /// Sends the mail in the row `pk`.
    pub fn deliver(&mut self, pk: &str) {
        self.does("deliver-mail", stream(pk), 0);
    }

    /// Sends every mail that waits.
    pub fn deliver_all(&mut self) {
        let waits = |row: &Row| row.to_json().is_ok_and(|row| row.get("outbox").is_some());
        let waiting = self.rows.iter().filter(|(_, row)| waits(row));
        let waiting: Vec<String> = waiting.map(|(key, _)| key.pk().to_owned()).collect();
        for pk in waiting {
            self.deliver(&pk);
        }
    }

    /// Registers a household. Returns the token of its link, and the cookie of its browser.
    pub fn register(&mut self, lease: &str, name: &str, email: &str) -> (String, String) {
        let before = self.rows.clone();
        let body = json!({
            "lease": lease,
            "last_name": name,
            "email": email,
            "password": PASSWORD,
            "terms": "1",
            "paperless": true,
        });
        let answer = self.does("register", browser().call("POST /api/registrations", &body), 202);
        let row = self.new_row("registration", &before);
        self.deliver(&row);
        (token(Purpose::Registration, &row), cookie(&answer, "__Host-registration"))
    }

    /// Registers a household and follows its link.
    pub fn settle(&mut self, lease: &str, name: &str, email: &str) {
        let link = self.register(lease, name, email);
        self.does("activate", following(&link), 200);
    }

    /// Signs a household in.
    pub fn sign_in(&mut self, email: &str) -> SignedIn {
        let body = json!({ "email": email, "password": PASSWORD });
        let answer = self.does("login", browser().call("POST /api/sessions", &body), 200);
        let said: Value =
            serde_json::from_str(answer["body"].as_str().unwrap_or_default()).expect("an answer");
        let bearer = said["access_token"].as_str().expect("an access token").to_owned();
        SignedIn { bearer, cookie: cookie(&answer, "__Host-session") }
    }

    /// Asks for a password reset. Returns the token of its link.
    pub fn forget(&mut self, email: &str) -> String {
        let before = self.rows.clone();
        let event = browser().call("POST /api/password-resets", &json!({ "email": email }));
        self.does("forgot-password", event, 202);
        let row = self.new_row(Purpose::PasswordReset.name(), &before);
        self.deliver(&row);
        token(Purpose::PasswordReset, &row)
    }

    /// Asks for another address. Returns the token of the link mailed to it.
    pub fn ask_for_address(&mut self, browser: &SignedIn, email: &str) -> String {
        let before = self.rows.clone();
        let body = json!({ "email": email, "password": PASSWORD });
        let event = browser.call().call("POST /api/account/email-changes", &body);
        self.does("change-email", event, 202);
        let row = self.new_row(Purpose::EmailChange.name(), &before);
        self.deliver(&row);
        token(Purpose::EmailChange, &row)
    }

    /// Changes the address. Returns the token of the link that takes the change back.
    pub fn change_address(&mut self, browser: &SignedIn, email: &str) -> String {
        let confirm = self.ask_for_address(browser, email);
        let before = self.rows.clone();
        self.does("confirm-email", confirmation(browser, &confirm), 200);
        let row = self.new_row(Purpose::Revert.name(), &before);
        self.deliver(&row);
        token(Purpose::Revert, &row)
    }

    /// Sends a request to the agency. Returns the token of the agency's link, and the key of its
    /// row.
    pub fn ask_agency(&mut self, browser: &SignedIn, kind: &str) -> (String, String) {
        let before = self.rows.clone();
        self.does("request-agency", request(browser, kind), 202);
        let row = self.new_row(Purpose::AgencyRequest.name(), &before);
        (token(Purpose::AgencyRequest, &row), row)
    }

    /// The rows without counts, acts, and notices that were sent: these do not matter later.
    pub fn end(mut self) -> (Rows, Timestamp) {
        self.rows.retain(|key, row| {
            let row = row.to_json().unwrap_or_default();
            let sent = key.pk().starts_with("notice#") && row.get("outbox").is_none();
            !sent && !["throttle#", "act#"].iter().any(|kind| key.pk().starts_with(kind))
        });
        (self.rows, self.now)
    }
}

/// A file with these rows, each with reference, last name and last day.
pub fn leases(rows: &str) -> String {
    let lines = rows.lines().map(|row| {
        let mut fields = row.trim().split(',');
        let mut field = || fields.next().unwrap_or_default();
        let (reference, name, ends_on) = (field(), field(), field());
        format!("{reference},{name},Camille,Agence,agence@bailleur.example,{ends_on}")
    });
    let head = "lease,last_name,first_name,agency_name,agency_email,ends_on".to_owned();
    [head].into_iter().chain(lines).collect::<Vec<_>>().join("\n")
}

/// The call that follows the link of a registration, in the browser that made it.
pub fn following((token, cookie): &(String, String)) -> Value {
    browser().cookie(cookie).call("POST /api/activations", &json!({ "token": token }))
}

/// The call that follows the link of an address change.
pub fn confirmation(browser: &SignedIn, token: &str) -> Value {
    browser.call().call("POST /api/email-changes/confirm", &json!({ "token": token }))
}

/// The call that sends a request to the agency.
pub fn request(browser: &SignedIn, kind: &str) -> Value {
    browser.call().call("POST /api/account/agency-requests", &json!({ "kind": kind }))
}

/// The token of the link in the row `pk`.
fn token(purpose: Purpose, pk: &str) -> String {
    let (_, id) = pk.split_once('#').expect("a key of a link");
    let id = LinkId::try_from(id).expect("the id of a link");
    with_environment(async |environment| {
        let app = App::open(environment).await.expect("keys");
        app.keys.link_token(purpose, id).await.reveal().clone()
    })
}

/// The cookie `name` that an answer sets, `name=value`.
fn cookie(answer: &Value, name: &str) -> String {
    let cookies = answer["cookies"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let cookies = cookies.filter_map(|cookie| cookie.split(';').next());
    let mut cookies = cookies.filter(|cookie| cookie.starts_with(&format!("{name}=")));
    let own = cookies.next();
    own.unwrap_or_else(|| panic!("no cookie {name}: {answer}")).to_owned()
}
