//! The scenarios: operations that run at once, on few leases, accounts and addresses.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use shared::domain::Purpose;

use crate::events::{agency, browser, schedule, stream, sweep};
use crate::household::{PASSWORD, Past, SignedIn, confirmation, following, leases, request};
use crate::operation::Operation;
use crate::state::{Journey, Scenario};

const BEGINNING: &str = "2026-06-01T08:00:00Z";
const LEASES: &str = "1,Martin,\n2,Durand,\n3,Petit,";

/// The size of the scenarios.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Extent {
    /// Small enough for a test.
    Bounded,
    /// For an hour or a night.
    Large,
}

/// Every scenario.
pub fn all(extent: Extent) -> Vec<Scenario> {
    let all =
        [activation, recovery, addresses, moves, requests, sessions, mails, lifecycle, late_exits];
    all.into_iter().map(|scenario| scenario(extent)).collect()
}

impl Extent {
    fn or_large<T>(self, bounded: T, large: T) -> T {
        match self {
            Self::Bounded => bounded,
            Self::Large => large,
        }
    }
}

fn journey(name: &'static str, function: &'static str, event: Value, success: u16) -> Journey {
    Journey { name, operation: Operation { function, event, seed: 0 }, success, at: None }
}

impl Journey {
    fn at(self, time: u8) -> Self {
        Self { at: Some(time), ..self }
    }
}

/// A scenario: `journeys` after `past`, at these times after it, with so many lost answers at most.
fn scenario(
    name: &'static str,
    past: Past,
    mut journeys: Vec<Journey>,
    times: &[SignedDuration],
    losses: u8,
) -> Scenario {
    let (rows, now) = past.end();
    for (journey, seed) in journeys.iter_mut().zip(1..) {
        journey.operation.seed = seed;
    }
    let times = times.iter().map(|by| later(now, *by)).collect();
    Scenario { name, rows, journeys, times, losses }
}

const AT_ONCE: &[SignedDuration] = &[SignedDuration::ZERO];

fn later(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.saturating_add(by).expect("a time")
}

fn reset(token: &str, password: &str) -> Value {
    let body = json!({ "token": token, "password": password });
    browser().call("POST /api/password-resets/confirm", &body)
}

fn closure(lease: &str, kind: &str) -> Value {
    let body = json!({ "lease": lease, "reason": "Demande.", "kind": kind });
    agency().call("POST /api/agency/closures", &body)
}

fn import(file: &str) -> Value {
    agency().csv(&leases(file))
}

fn revert(token: &str) -> Value {
    browser().call("POST /api/email-changes/revert", &json!({ "token": token }))
}

fn answer(token: &str, answer: &str) -> Value {
    let body = json!({ "token": token, "answer": answer });
    browser().call("POST /api/agency-requests/answer", &body)
}

fn move_to(browser: &SignedIn, lease: &str, name: &str) -> Value {
    let body = json!({ "lease": lease, "last_name": name, "password": PASSWORD });
    browser.call().call("PUT /api/account/lease", &body)
}

fn new_password(browser: &SignedIn) -> Value {
    let body = json!({ "current_password": PASSWORD, "new_password": "cinq chevaux 55" });
    browser.call().call("PUT /api/account/password", &body)
}

fn refresh(browser: &SignedIn) -> Value {
    browser.call().call("POST /api/sessions/refresh", &json!({}))
}

/// Households that register one lease and one address, while the lease changes.
fn activation(extent: Extent) -> Scenario {
    let mut past = Past::new(BEGINNING, LEASES);
    let first = past.register("1", "Martin", "a@example.org");
    let second = past.register("1", "Martin", "b@example.org");
    let other = past.register("2", "Durand", "a@example.org");
    let mut journeys = vec![
        journey("activate", "activate", following(&first), 200),
        journey(
            "activate another's registration of the lease",
            "activate",
            following(&second),
            200,
        ),
        journey("activate another's with the address", "activate", following(&other), 200),
        journey("import an end", "import-leases", import("1,Martin,2026-12-31\n2,Durand,"), 200),
    ];
    if extent == Extent::Large {
        journeys.push(journey("activate again", "activate", following(&first), 200));
        journeys.push(journey("import a name", "import-leases", import("1,Martin Durand,"), 200));
        journeys.push(journey(
            "close the account",
            "close-account",
            closure("1", "close-account"),
            204,
        ));
    }
    let day = SignedDuration::from_hours(25);
    scenario("activation", past, journeys, &[SignedDuration::ZERO, day], extent.or_large(1, 2))
}

/// An account whose password, address and end are changed at once.
fn recovery(extent: Extent) -> Scenario {
    let mut past = Past::new(BEGINNING, LEASES);
    past.settle("1", "Martin", "a@example.org");
    let (first, second) = (past.forget("a@example.org"), past.forget("a@example.org"));
    let browser = past.sign_in("a@example.org");
    let address = past.ask_for_address(&browser, "c@example.org");
    let other = past.register("2", "Durand", "c@example.org");
    let mut journeys = vec![
        journey("reset", "reset-password", reset(&first, "six chevaux 666"), 204),
        journey("confirm an address", "confirm-email", confirmation(&browser, &address), 200),
        journey("close the account", "close-account", closure("1", "close-account"), 204),
        journey("change the password", "change-password", new_password(&browser), 204),
    ];
    if extent == Extent::Large {
        journeys.push(journey(
            "reset by another link",
            "reset-password",
            reset(&second, "sept chevaux 7"),
            204,
        ));
        journeys.push(journey("activate with the address", "activate", following(&other), 200));
        journeys.push(journey("go on", "refresh-session", refresh(&browser), 200));
    }
    scenario("recovery", past, journeys, AT_ONCE, extent.or_large(1, 2))
}

/// An address change that is taken back, while other changes are confirmed.
fn addresses(extent: Extent) -> Scenario {
    let mut past = Past::new(BEGINNING, LEASES);
    past.settle("1", "Martin", "a@example.org");
    let browser = past.sign_in("a@example.org");
    let first = past.change_address(&browser, "b@example.org");
    let browser = past.sign_in("b@example.org");
    let forgotten = past.forget("b@example.org");
    let address = past.ask_for_address(&browser, "c@example.org");
    let other = past.register("2", "Durand", "a@example.org");
    let mut journeys = vec![
        journey("take the change back", "revert-email", revert(&first), 200),
        journey("confirm another address", "confirm-email", confirmation(&browser, &address), 200),
        journey("activate with the first address", "activate", following(&other), 200),
        journey("reset", "reset-password", reset(&forgotten, "six chevaux 666"), 204),
    ];
    if extent == Extent::Large {
        journeys.push(journey("take it back again", "revert-email", revert(&first), 200));
        journeys.push(journey(
            "close the account",
            "close-account",
            closure("1", "close-account"),
            204,
        ));
    }
    scenario("addresses", past, journeys, AT_ONCE, extent.or_large(1, 3))
}

/// Households that move to one lease, while it changes and another registers it.
fn moves(extent: Extent) -> Scenario {
    let mut past = Past::new(BEGINNING, LEASES);
    past.settle("1", "Martin", "a@example.org");
    past.settle("2", "Durand", "b@example.org");
    let (first, second) = (past.sign_in("a@example.org"), past.sign_in("b@example.org"));
    let registered = past.register("3", "Petit", "c@example.org");
    let mut journeys = vec![
        journey("move", "change-lease", move_to(&first, "3", "Petit"), 200),
        journey("close the account", "close-account", closure("1", "close-account"), 204),
        journey(
            "import ends",
            "import-leases",
            import("1,Martin,2026-12-31\n3,Petit,2026-11-30"),
            200,
        ),
        journey("activate", "activate", following(&registered), 200),
    ];
    if extent == Extent::Large {
        journeys.push(journey(
            "another moves",
            "change-lease",
            move_to(&second, "3", "Petit"),
            200,
        ));
        journeys.push(journey("change the password", "change-password", new_password(&first), 204));
    }
    scenario("moves", past, journeys, AT_ONCE, extent.or_large(1, 2))
}

/// A request to the agency that is answered, refused, ended in another way, or left by a move.
fn requests(extent: Extent) -> Scenario {
    let mut past = Past::new(BEGINNING, LEASES);
    past.settle("1", "Martin", "a@example.org");
    past.deliver_all();
    let browser = past.sign_in("a@example.org");
    let (token, row) = past.ask_agency(&browser, "stop-paperless");
    let mut journeys = vec![
        journey("do what was asked", "answer-request", answer(&token, "done"), 200),
        journey("refuse it", "answer-request", answer(&token, "refused"), 200),
        journey("have the mail sent", "deliver-mail", stream(&row), 0),
        journey("do it otherwise", "close-account", closure("1", "stop-paperless"), 204),
    ];
    if extent == Extent::Large {
        journeys.push(journey(
            "ask again",
            "request-agency",
            request(&browser, "stop-paperless"),
            202,
        ));
        journeys.push(journey("move", "change-lease", move_to(&browser, "2", "Durand"), 200));
        journeys.push(journey(
            "close the account",
            "close-account",
            closure("1", "close-account"),
            204,
        ));
    }
    scenario("requests", past, journeys, AT_ONCE, extent.or_large(1, 2))
}

/// A session whose secret is due to be replaced, in two tabs, while another browser ends it.
fn sessions(extent: Extent) -> Scenario {
    let mut past = Past::new(BEGINNING, LEASES);
    past.settle("1", "Martin", "a@example.org");
    past.deliver_all();
    let tabs = past.sign_in("a@example.org");
    past.now = later(past.now, SignedDuration::from_hours(2));
    let other = past.sign_in("a@example.org");
    let id = json!({ "id": tabs.session() });
    let mut journeys = vec![
        journey("refresh", "refresh-session", refresh(&tabs), 200),
        journey("refresh in another tab", "refresh-session", refresh(&tabs), 200),
        journey(
            "revoke",
            "revoke-session",
            other.call().call_of("DELETE /api/sessions/{id}", &id),
            204,
        ),
        journey("change the password", "change-password", new_password(&other), 204),
    ];
    if extent == Extent::Large {
        let leave = tabs.call().call("DELETE /api/sessions/current", &json!({}));
        journeys.push(journey("sign out", "logout", leave, 204));
        journeys.push(journey(
            "close the account",
            "close-account",
            closure("1", "close-account"),
            204,
        ));
        journeys.push(journey("refresh in a third tab", "refresh-session", refresh(&tabs), 200));
    }
    scenario("sessions", past, journeys, AT_ONCE, extent.or_large(1, 2))
}

/// One mail that the stream brings twice and sweeps find, while SES fails or its answers are lost.
fn mails(extent: Extent) -> Scenario {
    let mut past = Past::new(BEGINNING, LEASES);
    past.settle("1", "Martin", "a@example.org");
    past.deliver_all();
    let before = past.rows.clone();
    let event = browser().call("POST /api/password-resets", &json!({ "email": "a@example.org" }));
    past.does("forgot-password", event, 202);
    let row = past.new_row(Purpose::PasswordReset.name(), &before);
    let mut journeys = vec![
        journey("deliver", "deliver-mail", stream(&row), 0),
        journey("deliver again", "deliver-mail", stream(&row), 0),
        journey("sweep", "deliver-mail", sweep(), 0),
        journey("sweep beside", "deliver-mail", sweep(), 0),
        journey("sweep later", "deliver-mail", sweep(), 0),
    ];
    if extent == Extent::Large {
        journeys.push(journey("sweep at last", "deliver-mail", sweep(), 0));
        journeys.push(journey(
            "close the account",
            "close-account",
            closure("1", "close-account"),
            204,
        ));
    }
    let times = [0, 40, 400, 800, 4_000].map(SignedDuration::from_secs);
    scenario("mails", past, journeys, &times, extent.or_large(2, 4))
}

/// A lease that ends. The daily job warns, deactivates and erases, while the exit date moves and
/// the agency closes the account.
fn lifecycle(extent: Extent) -> Scenario {
    let mut past = Past::new(BEGINNING, "1,Martin,2026-06-10\n2,Durand,");
    past.settle("1", "Martin", "a@example.org");
    past.deliver_all();
    let now = past.now;
    let on = |day: &str| {
        let time: Timestamp = format!("{day}T03:00:00Z").parse().expect("a day");
        time.duration_since(now)
    };
    let days = ["2026-08-11", "2026-09-03", "2026-09-10", "2027-09-10"];
    let run =
        |name, day: usize| journey(name, "expire-accounts", schedule(later(now, on(days[day]))), 0);
    // A run of the daily job may last 15 minutes.
    let soon = SignedDuration::from_mins(20);
    let times = [
        on(days[0]),
        on(days[0]) + soon,
        on(days[1]),
        on(days[1]) + soon,
        on(days[2]),
        on(days[3]),
    ];
    let mut journeys = vec![
        run("warn", 0).at(0),
        journey("mail the warning", "deliver-mail", sweep(), 0).at(1),
        run("warn again", 1).at(2),
        journey("mail the other warning", "deliver-mail", sweep(), 0).at(3),
        run("deactivate", 2).at(4),
        journey("prolong the lease", "import-leases", import("1,Martin,2026-12-31"), 200),
        run("erase", 3).at(5),
    ];
    if extent == Extent::Large {
        journeys.push(journey(
            "close the account",
            "close-account",
            closure("1", "close-account"),
            204,
        ));
        journeys.push(journey(
            "shorten the lease",
            "import-leases",
            import("1,Martin,2026-06-01"),
            200,
        ));
        journeys.push(run("deactivate beside", 2).at(4));
    }
    scenario("lifecycle", past, journeys, &times, extent.or_large(1, 2))
}

/// An exit date that arrives too late, and is corrected to another that is too late, while the
/// daily job warns.
fn late_exits(extent: Extent) -> Scenario {
    let mut past = Past::new(BEGINNING, LEASES);
    past.settle("1", "Martin", "a@example.org");
    past.deliver_all();
    past.does("import-leases", import("1,Martin,2026-01-31"), 200);
    let run = schedule(past.now);
    let mut journeys = vec![
        journey("warn", "expire-accounts", run.clone(), 0),
        journey("correct the exit", "import-leases", import("1,Martin,2026-02-28"), 200),
        journey("take the exit back", "import-leases", import("1,Martin,"), 200),
        journey("correct a name", "import-leases", import("1,Martin Durand,2026-01-31"), 200),
    ];
    if extent == Extent::Large {
        journeys.push(journey(
            "close the account",
            "close-account",
            closure("1", "close-account"),
            204,
        ));
        journeys.push(journey("warn beside", "expire-accounts", run, 0));
        journeys.push(journey("sweep", "deliver-mail", sweep(), 0));
    }
    let times = [SignedDuration::ZERO, SignedDuration::from_mins(20)];
    scenario("late exits", past, journeys, &times, extent.or_large(1, 2))
}
