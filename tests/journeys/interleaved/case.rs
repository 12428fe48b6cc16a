//! One household and what surrounds it, and each operation on it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};
use tests::{Answer, Browser, Household, Portal, token_in};

use crate::calls::{Given, call};

pub(super) const PASSWORD: &str = "quatre chevaux bleus 4";
/// The passwords that the first and the second of a pair choose.
pub(super) const CHOSEN: [&str; 2] = ["sept oies grises 7", "huit lynx blonds 8"];

/// What is done: an operation with what it is given.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Act {
    /// The name, as failures show it.
    pub(super) name: &'static str,
    /// The function that does it.
    pub(super) function: &'static str,
    /// Whether there is an account where it makes sense.
    of_account: bool,
}

const fn of_account(name: &'static str) -> Act {
    Act { name, function: name, of_account: true }
}

const fn of_lease(name: &'static str) -> Act {
    Act { name, function: name, of_account: false }
}

/// What happens to one household. An operation is there more than once where it does different things.
pub(super) const ACTS: [Act; 41] = [
    of_lease("register"),
    of_lease("resend-activation"),
    of_lease("activate"),
    // Another registration for the same lease.
    Act { name: "activate-second", function: "activate", of_account: false },
    // A registration for the lease that change-lease asks for, with the address that change-email
    // asks for.
    Act { name: "activate-next", function: "activate", of_account: false },
    of_lease("show-link"),
    of_lease("forgot-identifier"),
    of_lease("import-leases"),
    Act { name: "import-end", function: "import-leases", of_account: false },
    Act { name: "import-name", function: "import-leases", of_account: false },
    of_lease("get-lease"),
    of_account("login"),
    of_account("logout"),
    of_account("refresh-session"),
    of_account("list-sessions"),
    of_account("revoke-session"),
    of_account("forgot-password"),
    of_account("reset-password"),
    of_account("get-account"),
    of_account("update-account"),
    of_account("change-lease"),
    of_account("change-password"),
    of_account("change-email"),
    of_account("confirm-email"),
    of_account("revert-email"),
    of_account("request-agency"),
    of_account("list-requests"),
    of_account("answer-request"),
    of_account("export-account"),
    of_account("allow-mail"),
    of_account("close-account"),
    of_account("record-mail-feedback"),
    of_lease("show-household"),
    of_lease("preview-import"),
    of_account("search-households"),
    of_account("list-open-requests"),
    of_account("settle-request"),
    of_account("send-again"),
    of_account("lift-stop"),
    of_account("close-household"),
    // It warns. That it deactivates is the next.
    of_account("expire-accounts"),
];

/// What is like an operation: two of the daily job, and the delivery of a mail.
pub(super) const EVENTS: [Act; 2] = [
    Act { name: "deactivate", function: "expire-accounts", of_account: true },
    // A reset is asked for, and it is its delivery that is held open.
    Act { name: "deliver-mail", function: "deliver-mail", of_account: true },
];

/// A household of its own, with what a pair of acts needs.
pub(super) struct Case<'a> {
    pub(super) portal: &'a Portal,
    n: usize,
    household: Household,
    /// The address one signs in with by now.
    pub(super) email: &'static str,
    /// A browser of the household.
    pub(super) main: Browser,
    /// Another one.
    pub(super) other: Browser,
    /// Somebody else's.
    rival: Browser,
    tokens: BTreeMap<&'static str, String>,
}

impl<'a> Case<'a> {
    /// Prepares everything that both of `acts` need.
    pub(super) async fn prepare(portal: &'a Portal, n: usize, acts: [Act; 2]) -> Self {
        let household = Household {
            lease: format!("7{n:07}").leak(),
            email: format!("foyer{n}@exemple.example").leak(),
            password: PASSWORD,
            ..Household::MARTIN
        };
        let next = Household { lease: format!("8{n:07}").leak(), ..household };
        portal.import(&[household.row(""), next.row("")]).await.expect_status(200);
        let browser = |n_th| portal.browser().from_source(&format!("2001:db8:{n:x}:{n_th}::1"));
        let (main, other, rival) = (browser(1), browser(2), browser(3));
        let (email, tokens) = (household.email, BTreeMap::new());
        let mut case = Self { portal, n, household, email, main, other, rival, tokens };
        let needed: BTreeSet<&str> = acts.iter().map(|act| act.name).collect();
        let of_account = acts.iter().any(|act| act.of_account);
        if of_account {
            case.main.register(&household).await.expect_status(202);
        }
        // Nobody is mailed a link for a lease that has its account.
        case.prepare_registrations(&needed).await;
        if of_account {
            case.prepare_account(&needed).await;
            case.prepare_links(&needed).await;
        }
        portal.settle().await;
        case
    }

    async fn prepare_account(&mut self, needed: &BTreeSet<&str>) {
        let portal = self.portal;
        let token = self.token_in(self.email, "activation").await;
        self.main.activate(&token).await.expect_status(200);
        if needed.contains("revert-email") {
            self.main.sign_in(&self.household).await.expect_status(200);
            let moved = format!("demenage{}@exemple.example", self.n).leak();
            let body = json!({"email": moved, "password": PASSWORD});
            self.main.post("/api/account/email-changes", &body).await.expect_status(202);
            let body = json!({"token": self.token_in(moved, "email-change-confirm").await});
            self.main.post("/api/email-changes/confirm", &body).await.expect_status(200);
            let token = self.token_in(self.email, "email-changed").await;
            self.tokens.insert("revert-email", token);
            self.email = moved;
        }
        if needed.contains("expire-accounts") || needed.contains("deactivate") {
            portal.import(&[self.household.row("2020-01-31")]).await.expect_status(200);
        }
        if needed.contains("deactivate") {
            self.act("expire-accounts", 0).await.expect_status(200);
            portal.settle().await;
            portal.advance("P8D").await;
        }
        self.main.sign_in(&self.signed_in()).await.expect_status(200);
        self.other.sign_in(&self.signed_in()).await.expect_status(200);
        if needed.contains("refresh-session") {
            portal.advance("PT61M").await;
            self.other.refresh().await.expect_status(200);
            // Its own has run out, and its secret is to be the old one.
            self.main.set_access_token(&self.other.access_token().unwrap());
        }
    }

    async fn prepare_registrations(&mut self, needed: &BTreeSet<&str>) {
        for (name, lease, email) in [
            ("activate", self.household.lease.to_owned(), format!("rival{}", self.n)),
            ("activate-second", self.household.lease.to_owned(), format!("tiers{}", self.n)),
            ("activate-next", format!("8{:07}", self.n), format!("nouveau{}", self.n)),
        ] {
            let first = ["resend-activation", "show-link"].iter().any(|it| needed.contains(it));
            if !(needed.contains(name) || name == "activate" && first) {
                continue;
            }
            let email: &'static str = format!("{email}@exemple.example").leak();
            let rival = Household { lease: lease.leak(), email, ..self.household };
            let registered = self.rival.register(&rival).await.expect_status(202);
            let registration = registered.json["registration"].as_str().unwrap().to_owned();
            self.tokens.insert("resend-activation", registration);
            let token = self.token_in(email, "activation").await;
            self.tokens.insert(name, token);
            // The next registration of the browser is not that of the cookie of this one.
            let cookie = self.rival.cookie("__Host-registration");
            self.tokens.insert(of_browser(name), cookie.unwrap_or_default());
        }
    }

    async fn prepare_links(&mut self, needed: &BTreeSet<&str>) {
        for name in ["reset-password", "confirm-email", "answer-request"] {
            if !needed.contains(name) {
                continue;
            }
            let (ask, address, mail) = match name {
                "reset-password" => ("forgot-password", self.email.to_owned(), "password-reset"),
                "confirm-email" => ("change-email", self.new_email(), "email-change-confirm"),
                _ => ("request-agency", "lilas@bailleur.example".to_owned(), "agency-request"),
            };
            self.act(ask, 0).await.expect_status(202);
            let token = self.token_in(&address, mail).await;
            self.tokens.insert(name, token);
        }
        if needed.contains("settle-request") {
            if !needed.contains("answer-request") {
                self.act("request-agency", 0).await.expect_status(202);
            }
            self.tokens.insert("settle-request", self.request().await);
        }
        if needed.contains("revoke-session") {
            let listed = self.main.get("/api/sessions").await.expect_status(200).json;
            let listed = listed["sessions"].as_array().cloned().unwrap();
            let main = listed.iter().find(|session| session["current"] == true).unwrap();
            self.tokens.insert("revoke-session", main["id"].as_str().unwrap().to_owned());
        }
    }

    /// The id of its request, in the queue of staff.
    async fn request(&self) -> String {
        let staff = self.portal.browser();
        staff.sign_in_as_staff("agent").await;
        let queue = staff.staff_get("/api/staff/requests").await.expect_status(200).json;
        let mut requests = queue["requests"].as_array().unwrap().iter();
        let request = requests.find(|it| it["lease"] == self.household.lease).unwrap();
        request["id"].as_str().unwrap().to_owned()
    }

    fn new_email(&self) -> String {
        format!("nouveau{}@exemple.example", self.n)
    }

    fn signed_in(&self) -> Household {
        Household { email: self.email, ..self.household }
    }

    /// The token in the newest mail of a `name` to `address`.
    async fn token_in(&self, address: &str, name: &str) -> String {
        for _ in 0..500 {
            let mails = self.portal.mails_to(address).await;
            if let Some(mail) = mails.iter().find(|mail| mail["tags"]["mail"] == name) {
                return token_in(mail).unwrap();
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("no {name} to {address}");
    }

    /// Does the act `name`, as the first or the second of a pair.
    pub(super) async fn act(&self, name: &str, which: usize) -> Answer {
        let Self { portal, n, .. } = self;
        let mut household = self.signed_in();
        match name {
            "import-end" => return portal.import(&[household.row("2021-02-28")]).await,
            "import-name" => {
                household.last_name = "Durand";
                return portal.import(&[household.row("")]).await;
            }
            "deliver-mail" => return self.deliver().await,
            "register" => household.email = format!("voisin{which}.{n}@exemple.example").leak(),
            _ => {}
        }
        let copy = self.copy_for(name, which);
        let token = if name == "show-link" { "activate" } else { name };
        let given = Given {
            portal,
            browser: match name {
                "revoke-session" => &self.other,
                _ => copy.as_ref().unwrap_or(&self.main),
            },
            household,
            token: self.tokens.get(token).map(String::as_str).unwrap_or_default(),
            new_password: CHOSEN[which],
            new_email: &self.new_email(),
            next_lease: &format!("8{n:07}"),
            paperless: which == 0,
        };
        let act = ACTS.iter().chain(&EVENTS).find(|act| act.name == name).expect("an act");
        call(act.function, &given).await
    }

    /// The browser of its own in which somebody does the act `name`; `None` if the household does it in
    /// one of its browsers.
    fn copy_for(&self, name: &str, which: usize) -> Option<Browser> {
        match name {
            "login" => {
                let source = format!("2001:db8:{:x}:{}::1", self.n, 8 + which);
                Some(self.portal.browser().from_source(&source))
            }
            "activate" | "activate-second" | "activate-next" => {
                let rival = self.rival.copy();
                rival.set_cookie("__Host-registration", Some(&self.tokens[of_browser(name)]));
                Some(rival)
            }
            "register" | "resend-activation" | "show-link" | "forgot-identifier"
            | "forgot-password" | "reset-password" | "revert-email" | "answer-request" => {
                Some(self.rival.copy())
            }
            _ => None,
        }
    }

    /// Asks for a reset, and waits until its mail is delivered.
    async fn deliver(&self) -> Answer {
        let body = json!({"email": self.email});
        let asked = self.rival.copy().post("/api/password-resets", &body).await;
        for _ in 0..100 {
            if self.portal.local_get("/_local/unsent").await == 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        asked
    }

    /// How often each mail came, and whether the account was warned of its end.
    pub(super) async fn mails(&self) -> BTreeMap<String, usize> {
        super::outcome::mails(self.portal, self.n).await
    }

    /// What is there afterwards, in words that are the same for every household.
    pub(super) async fn outcome(&self) -> Value {
        let now = super::outcome::of(self.portal, self.n).await;
        let mut opens = Vec::new();
        for browser in [&self.main, &self.other] {
            opens.push(browser.account().await.status.as_u16());
        }
        let mut passwords = Vec::new();
        for (password, n_th) in [PASSWORD, CHOSEN[0], CHOSEN[1]].into_iter().zip(4..) {
            for email in [self.household.email, self.email, &self.new_email()] {
                let source = format!("2001:db8:{:x}:{n_th}::1", self.n);
                let browser = self.portal.browser().from_source(&source);
                let body = json!({"email": email, "password": password});
                let answer = browser.post("/api/sessions", &body).await;
                passwords.push(answer.status.as_u16());
            }
        }
        json!({"rows": now, "opens": opens, "passwords": passwords})
    }
}

/// The name under which the cookie is kept of the browser that registered for `activation`.
fn of_browser(activation: &str) -> &'static str {
    match activation {
        "activate" => "of-activate",
        "activate-second" => "of-activate-second",
        _ => "of-activate-next",
    }
}
