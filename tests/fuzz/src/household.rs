//! The households of the world. They register, sign in and ask through the functions, so their rows
//! are what the functions write.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use shared::domain::{Agencies, Role, SessionId, SessionSecret, StaffMember, StaffSession};
use shared::random;

use crate::world::{PROXY_SECRET, World};

/// The password of every household.
pub const PASSWORD: &str = "quatre chevaux bleus 4";
/// The leases of the world.
const LEASES: &str = "\
lease,last_name,first_name,agency_name,agency_email,ends_on,adviser_name,adviser_email
11111111,Martin,Camille,Agence des Lilas,lilas@bailleur.example,,Awa Sarr,awa.sarr@bailleur.example
22222222,Durand,Nadia,Agence des Lilas,lilas@bailleur.example,,,
33333333,Lefèvre-Dubois,Anne-Sophie,Agence du Prado,prado@bailleur.example,2027-03-31,,
44444444,Nguyen,,Agence du Prado,prado@bailleur.example,2026-01-31,,
55555555,Da Silva,João,Agence des Lilas,lilas@bailleur.example,,,
";

/// A world with these households.
pub fn world() -> World {
    let world = World::empty();
    let words = settle(&world);
    world.with(words)
}

/// Lets the households act. Returns what placeholders stand for.
fn settle(world: &World) -> BTreeMap<String, String> {
    let mut home = Home { world, words: BTreeMap::new() };
    home.keep("password", PASSWORD);
    home.keep("proxy", PROXY_SECRET);
    home.call("import-leases", &agency().csv(LEASES));
    home.register_and_sign_in();
    home.change_address();
    home.ask();
    home.register("22222222", "Durand", "nadia.durand@exemple.example");
    home.deliver();
    home.admit_staff();
    home.leave_unsent();
    home.words
}

struct Home<'a> {
    world: &'a World,
    words: BTreeMap<String, String>,
}

impl Home<'_> {
    fn keep(&mut self, name: &str, value: &str) {
        assert!(!value.is_empty(), "{name} is not empty");
        self.words.insert(format!("{{{name}}}"), value.to_owned());
    }

    fn word(&self, name: &str) -> &str {
        &self.words[&format!("{{{name}}}")]
    }

    /// The answer of `function`, which succeeds.
    fn call(&self, function: &str, event: &Value) -> Answer {
        let outcome = self.world.live(function, event);
        let answer = outcome.answer.expect("an answer");
        let status = answer["statusCode"].as_u64().unwrap_or_default();
        assert!((200..400).contains(&status), "{function}: {answer}");
        let text = answer["body"].as_str().unwrap_or_default();
        let body = serde_json::from_str(text).unwrap_or_default();
        let cookies = answer["cookies"].as_array().cloned().unwrap_or_default();
        Answer { body, cookies }
    }

    fn register(&mut self, lease: &str, name: &str, email: &str) {
        let form = json!({
            "lease": lease, "last_name": name, "email": email, "password": PASSWORD,
            "terms": "2026-01", "paperless": true, "language": "fr",
        });
        let answer = self.call("register", &browser().json("POST /api/registrations", &form));
        let reference = answer.body["registration"].as_str().unwrap_or_default().to_owned();
        self.keep("registration", &reference);
        self.keep("registration-cookie", &answer.cookie("__Host-registration"));
    }

    /// Sends the mails that wait, and keeps the tokens of their links, by the names of the mails.
    fn deliver(&mut self) {
        for (row, _) in self.world.unsent() {
            let record = json!({
                "eventName": "INSERT",
                "dynamodb": { "Keys": { "pk": { "S": row } }, "SequenceNumber": "1" },
            });
            let outcome = self.world.live("deliver-mail", &json!({ "Records": [record] }));
            for mail in outcome.mails {
                let tags = mail["EmailTags"].as_array().cloned().unwrap_or_default();
                let tag = |name: &str| {
                    let tag = tags.iter().find(|tag| tag["Name"] == name);
                    tag.and_then(|tag| tag["Value"].as_str()).unwrap_or_default().to_owned()
                };
                let text = mail["Content"]["Simple"]["Body"]["Text"]["Data"].as_str();
                let mut words = text.unwrap_or_default().split_whitespace();
                let link = words.find(|word| word.starts_with("https://") && word.contains('#'));
                if let Some((_, token)) = link.and_then(|link| link.split_once('#')) {
                    self.keep(&tag("mail"), token);
                }
            }
        }
    }

    fn activate(&mut self) {
        let form = json!({ "token": self.word("activation") });
        let cookie = format!("__Host-registration={}", self.word("registration-cookie"));
        let browser = browser().cookie(&cookie);
        self.call("activate", &browser.json("POST /api/activations", &form));
    }

    fn sign_in(&mut self, email: &str) -> Answer {
        let form = json!({ "email": email, "password": PASSWORD, "remember": true });
        self.call("login", &browser().json("POST /api/sessions", &form))
    }

    fn register_and_sign_in(&mut self) {
        self.register("11111111", "Martin", "camille.martin@exemple.example");
        self.deliver();
        self.activate();
        self.deliver();
        let answer = self.sign_in("camille.martin@exemple.example");
        self.keep("access", answer.body["access_token"].as_str().unwrap_or_default());
        let session = answer.cookie("__Host-session");
        self.keep("session", &session);
        self.keep("session-id", session.split('.').next().unwrap_or_default());
        self.keep("device", &answer.cookie("__Host-device"));
        let tenants = self.world.keys("tenant#");
        self.keep("tenant", tenants[0].trim_start_matches("tenant#"));
        self.keep("email", "camille.martin@exemple.example");
        let browser = browser();
        let form = json!({ "email": "camille.martin@exemple.example" });
        self.call("forgot-password", &browser.json("POST /api/password-resets", &form));
        self.deliver();
    }

    /// Another household changes its address, so there is a link to take that back.
    fn change_address(&mut self) {
        self.register("33333333", "Lefèvre-Dubois", "anne@exemple.example");
        self.deliver();
        self.activate();
        let answer = self.sign_in("anne@exemple.example");
        let access = answer.body["access_token"].as_str().unwrap_or_default().to_owned();
        let form = json!({ "email": "sophie@exemple.example", "password": PASSWORD });
        let browser = browser().bearer(&access);
        self.call("change-email", &browser.json("POST /api/account/email-changes", &form));
        self.deliver();
        let form = json!({ "token": self.word("email-change-confirm"), "password": PASSWORD });
        let event = crate::household::browser().json("POST /api/email-changes/confirm", &form);
        self.call("confirm-email", &event);
        self.deliver();
    }

    /// The first household asks for another address and to close its account.
    fn ask(&mut self) {
        let access = self.word("access").to_owned();
        let form = json!({ "email": "camille.nouveau@exemple.example", "password": PASSWORD });
        let event = browser().bearer(&access).json("POST /api/account/email-changes", &form);
        self.call("change-email", &event);
        let form = json!({ "kind": "close-account", "message": "Nous partons." });
        let event = browser().bearer(&access).json("POST /api/account/agency-requests", &form);
        self.call("request-agency", &event);
        self.deliver();
        let rows = self.world.keys("agency-request#");
        let id = rows.first().and_then(|row| row.split_once('#')).map_or("none", |(_, id)| id);
        let id = id.to_owned();
        self.keep("request", &id);
    }

    fn admit_staff(&mut self) {
        let staff = [
            (1, "reader", Role::Reader),
            (2, "agent", Role::Agent),
            (3, "staff", Role::Supervisor),
        ];
        for (seed, name, role) in staff {
            let world = self.world;
            let cookie = world.settle(random::repeatable(seed, async {
                let (id, secret): (SessionId, SessionSecret) = (random::id(), random::secret());
                let member = StaffMember {
                    subject: name.to_owned(),
                    name: "Awa Sarr".to_owned(),
                    role,
                    agencies: Agencies::all(),
                };
                let session = StaffSession::begin(id, &secret, member, world.now());
                world.app.store.begin_staff_session(&session).await.expect("it is put");
                format!("{id}.{}", secret.reveal())
            }));
            self.keep(name, &cookie);
        }
        let cookie = format!("__Host-staff={}", self.word("staff"));
        let event = browser().cookie(&cookie).csv_by("POST /api/staff/imports", LEASES);
        let answer = self.call("preview-import", &event);
        self.keep("import", answer.body["id"].as_str().unwrap_or_default());
        let now = self.world.now();
        let keys = &self.world.app.keys;
        let sealed = random::repeatable(5, keys.begin_staff_sign_in(now));
        let (cookie, secrets) = self.world.block_on(sealed);
        self.keep("sign-in", &cookie);
        self.keep("state", &secrets.state);
        let sealed = random::repeatable(6, keys.seal_cursor("martin ", "a place"));
        let cursor = self.world.block_on(sealed).expect("keys");
        self.keep("cursor", &cursor);
    }

    /// Mails of several kinds that nobody has sent yet.
    fn leave_unsent(&mut self) {
        let call = |function: &str, route: &str, form: Value| {
            self.call(function, &browser().json(route, &form));
        };
        let email = "camille.martin@exemple.example";
        call("forgot-password", "POST /api/password-resets", json!({ "email": email }));
        let form = json!({ "lease": "11111111", "last_name": "Martin" });
        call("forgot-identifier", "POST /api/identifier-reminders", form);
        let form = json!({
            "lease": "55555555", "last_name": "Da Silva", "email": "joao@exemple.example",
            "password": PASSWORD, "terms": "2026-01", "paperless": false, "language": "en",
        });
        call("register", "POST /api/registrations", form);
        let access = self.word("access").to_owned();
        let form = json!({ "kind": "stop-paperless", "message": "Merci." });
        let event = browser().bearer(&access).json("POST /api/account/agency-requests", &form);
        self.call("request-agency", &event);
        for (row, mail) in self.world.unsent() {
            self.keep(&format!("row {mail}"), &row);
        }
    }
}

/// An answer.
struct Answer {
    body: Value,
    cookies: Vec<Value>,
}

impl Answer {
    fn cookie(&self, name: &str) -> String {
        let mut cookies = self.cookies.iter().filter_map(Value::as_str);
        let found = cookies
            .find_map(|cookie| cookie.split(';').next()?.strip_prefix(name)?.strip_prefix('='));
        found.unwrap_or_default().to_owned()
    }
}

/// An HTTP call of a browser or of the agency's system.
#[derive(Clone, Debug, Default)]
pub struct Request {
    cookies: Vec<String>,
    bearer: Option<String>,
    signed: bool,
}

/// A call from a page of ours.
pub fn browser() -> Request {
    Request::default()
}

/// A call from the agency's system.
pub fn agency() -> Request {
    Request { signed: true, ..Request::default() }
}

impl Request {
    /// Adds a cookie, `name=value`.
    #[must_use]
    pub fn cookie(mut self, cookie: &str) -> Self {
        self.cookies.push(cookie.to_owned());
        self
    }

    /// Adds an access token.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        Self { bearer: Some(token.to_owned()), ..self }
    }

    /// The event of an import of leases by the agency's system.
    pub fn csv(self, text: &str) -> Value {
        self.csv_by("POST /api/agency/leases", text)
    }

    /// The event of an import by `route`.
    pub fn csv_by(self, route: &str, text: &str) -> Value {
        self.file(route, "text/csv", text, false)
    }

    /// The event of a call by `route` with `form`.
    pub fn json(self, route: &str, form: &Value) -> Value {
        self.file(route, "application/json", &form.to_string(), false)
    }

    /// The event of a call by `route` with this body.
    pub fn file(self, route: &str, media_type: &str, body: &str, is_base64: bool) -> Value {
        let (method, path) = route.split_once(' ').unwrap_or_default();
        let mut event = json!({
            "version": "2.0",
            "routeKey": route,
            "rawPath": path,
            "rawQueryString": "",
            "cookies": self.cookies,
            "headers": {
                "accept-language": "fr",
                "content-type": media_type,
                "host": "locataires.example",
                "origin": "https://locataires.example",
                "sec-fetch-site": "same-origin",
                "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Firefox/145.0",
            },
            "pathParameters": {},
            "requestContext": {
                "http": { "method": method, "path": path, "sourceIp": "203.0.113.24" },
                "requestId": "request",
                "routeKey": route,
            },
            "body": body,
            "isBase64Encoded": is_base64,
        });
        if let Some(token) = &self.bearer {
            event["headers"]["authorization"] = json!(format!("Bearer {token}"));
        }
        if self.signed {
            let iam = json!({ "userArn": "arn:aws:iam::000000000000:user/gestion-locative" });
            event["requestContext"]["authorizer"] = json!({ "iam": iam });
        }
        event
    }
}
