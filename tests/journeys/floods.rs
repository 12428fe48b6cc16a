//! Strangers hammer at sign-in, forgotten passwords and registrations while tenants use the portal. Every
//! tenant gets in, and no mail of theirs is lost.
//!
//! What the limits promise to a tenant whose own address is attacked: a known browser signs in as ever;
//! any other browser gets in by a reset.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use tests::{Answer, Browser, Household, Portal, registration, token_in};
use tokio::task::JoinSet;
use tokio::time::Instant;

/// How large a flood is.
#[derive(Clone, Copy, Debug)]
struct Size {
    /// How many sources attack.
    sources: usize,
    /// How many rounds of calls each of them makes.
    rounds: usize,
    /// How many rounds a single source makes beside them.
    rounds_of_one: usize,
    /// How many tenants of each kind use the portal meanwhile.
    tenants: usize,
}

/// The source that floods alone. A tenant is behind it, too.
const ONE: &str = "198.51.100.66";

/// An address in the middle of an hour: no window of a limit ends during the test.
const TIME: &str = "2031-03-03T09:01:10Z";

/// The household with this number.
fn household(number: usize) -> Household {
    let leak = |text: String| -> &'static str { text.leak() };
    Household {
        lease: leak(format!("{}", 47_318_000 + number)),
        last_name: leak(format!("Foyer{}", letters(number))),
        first_name: "Dominique",
        email: leak(format!("foyer.{number}@exemple.example")),
        password: leak(format!("dix girafes calmes {number}0")),
    }
}

/// Letters for a number, because names have no digits.
fn letters(number: usize) -> String {
    number.to_string().bytes().map(|digit| char::from(digit - b'0' + b'a')).collect()
}

/// An address in a network of this kind.
fn source(network: usize, number: usize) -> String {
    format!("10.{network}.{}.{}", number / 250, number % 250 + 1)
}

/// One round of an attack upon `victim` with wrong data: a sign-in, and something else in turn.
async fn attack(browser: &Browser, victim: &Household, round: usize) -> Vec<Answer> {
    let wrong = format!("devine {round} encore");
    let forged = "A".repeat(43);
    let Household { email, lease, .. } = victim;
    let (path, body) = match round % 6 {
        0 => ("/api/password-resets", json!({"email": email})),
        1 => ("/api/identifier-reminders", json!({"lease": lease, "last_name": "Autre"})),
        2 => {
            let named = Household { last_name: "Autre", ..*victim };
            ("/api/registrations", registration(&named))
        }
        3 => ("/api/password-resets/confirm", json!({"token": forged, "password": wrong})),
        4 => ("/api/activations", json!({"token": forged, "password": wrong})),
        _ => {
            let nobody = format!("nul{round}@exemple.example");
            ("/api/sessions", json!({"email": nobody, "password": wrong}))
        }
    };
    vec![
        browser.post("/api/sessions", &json!({"email": email, "password": wrong})).await,
        browser.post(path, &body).await,
    ]
}

/// Checks that the answers to an attack are refusals, or accepted requests that tell nothing.
fn expect_refused(answers: &[Answer]) {
    for answer in answers {
        let status = answer.status.as_u16();
        assert!([202, 400, 401, 422, 429].contains(&status), "{status}: {}", answer.body);
    }
}

/// The attackers: `size.sources` of them, each with a victim in turn, and one that does not stop.
fn attackers(portal: &Portal, size: Size, victims: &[Household]) -> JoinSet<usize> {
    let mut attackers = JoinSet::new();
    let many = std::sync::Arc::new(tokio::sync::Semaphore::new(16));
    for number in 0..size.sources {
        let browser = portal.browser().from_source(&source(66, number));
        let (victim, many) = (victims[number % victims.len()], many.clone());
        attackers.spawn(async move {
            let mut calls = 0;
            for round in 0..size.rounds {
                let _turn = many.acquire().await.expect("turns do not end");
                let answers = attack(&browser, &victim, round).await;
                expect_refused(&answers);
                calls += answers.len();
            }
            calls
        });
    }
    let browser = portal.browser().from_source(ONE);
    let victims = victims.to_vec();
    attackers.spawn(async move {
        let mut calls = 0;
        for round in 0..size.rounds_of_one {
            let answers = attack(&browser, &victims[round % victims.len()], round).await;
            expect_refused(&answers);
            calls += answers.len();
        }
        calls
    });
    attackers
}

/// Signs in with a browser that the address knows, and changes the password.
async fn get_in_as_known(browser: &Browser, household: &Household) {
    browser.sign_in(household).await.expect_status(200);
    browser.account().await.expect_status(200);
    let change =
        json!({"current_password": household.password, "new_password": "un essaim de 40 pies"});
    browser.send(Method::PUT, "/api/account/password", &change).await.expect_status(204);
}

/// Signs in with a browser that the address does not know; by a reset if sign-in is locked.
async fn get_in_from_elsewhere(portal: &Portal, browser: &Browser, household: &Household) -> bool {
    let answer = browser.sign_in(household).await;
    if answer.status == 200 {
        return false;
    }
    answer.expect_problem(429, "too_many_attempts");
    browser
        .post("/api/password-resets", &json!({"email": household.email}))
        .await
        .expect_status(202);
    // Strangers asked for resets as well: any of their links will do.
    let token = token_mailed(portal, household, "password-reset").await;
    let reset = json!({"token": token, "password": "un essaim de 40 pies"});
    browser.post("/api/password-resets/confirm", &reset).await.expect_status(204);
    let household = Household { password: "un essaim de 40 pies", ..*household };
    browser.sign_in(&household).await.expect_status(200);
    browser.account().await.expect_status(200);
    true
}

/// The token of the newest mail of this name. A flood makes mails wait, for minutes where other work keeps
/// the machine busy; none is lost.
async fn token_mailed(portal: &Portal, household: &Household, name: &str) -> String {
    for _ in 0..3000 {
        let mails = portal.mails_to(household.email).await;
        let mut named = mails.iter().filter(|mail| mail["tags"]["mail"] == name);
        if let Some(token) = named.find_map(token_in) {
            return token;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("no {name} was mailed to {}", household.email);
}

/// Registers and activates `household`, and signs in. Returns how long the mail took.
async fn get_in_as_new(portal: &Portal, browser: &Browser, household: &Household) -> Duration {
    browser.register(household).await.expect_status(202);
    let asked = Instant::now();
    let token = token_mailed(portal, household, "activation").await;
    let took = asked.elapsed();
    browser.activate(&token).await.expect_status(200);
    browser.sign_in(household).await.expect_status(200);
    browser.account().await.expect_status(200);
    took
}

/// How many mails of this name `household` got.
async fn mails(portal: &Portal, household: &Household, name: &str) -> usize {
    let mails = portal.mails_to(household.email).await;
    mails.iter().filter(|mail| mail["tags"]["mail"] == name).count()
}

async fn flood(size: Size) {
    let portal = Portal::open().await;
    portal.set_clock(TIME).await;
    let of =
        |kind: usize| (kind * 1000..kind * 1000 + size.tenants).map(household).collect::<Vec<_>>();
    let [known, elsewhere, quiet, new] = [of(0), of(1), of(2), of(3)];
    let all: Vec<Household> =
        [&known, &elsewhere, &quiet, &new].into_iter().flatten().copied().collect();
    portal.import(&all.iter().map(|it| it.row("")).collect::<Vec<_>>()).await.expect_status(200);
    let (mut browsers, mut quiet_wait, mut wait) = (Vec::new(), Duration::ZERO, Duration::ZERO);
    for (number, household) in all.iter().enumerate().take(3 * size.tenants) {
        let browser = portal.browser().from_source(&source(1, number));
        quiet_wait = quiet_wait.max(get_in_as_new(&portal, &browser, household).await);
        browsers.push(browser);
    }
    portal.settle().await;
    portal.advance("PT20M").await;

    let victims: Vec<Household> = [&known, &elsewhere].into_iter().flatten().copied().collect();
    let mut attackers = attackers(&portal, size, &victims);
    // The first tenant comes when sign-in is locked for a victim.
    let victim = elsewhere.last().expect("a victim");
    for number in 0..200 {
        let probe = portal.browser().from_source(&source(2, number));
        if attackers.is_empty() || probe.sign_in(victim).await.status == 429 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let mut resets = 0;
    for number in 0..size.tenants {
        // Some sit behind the source that floods, some move about, the others are at home.
        let known_browser = browsers[number].copy();
        let known_browser = match number % 3 {
            0 => known_browser.from_source(ONE),
            1 => known_browser.from_source(&source(3, number)),
            _ => known_browser,
        };
        get_in_as_known(&known_browser, &known[number]).await;
        let another = |network| portal.browser().from_source(&source(network, number));
        resets +=
            usize::from(get_in_from_elsewhere(&portal, &another(4), &elsewhere[number]).await);
        another(5).sign_in(&quiet[number]).await.expect_status(200);
        wait = wait.max(get_in_as_new(&portal, &another(6), &new[number]).await);
    }
    let mut calls = 0;
    while let Some(made) = attackers.join_next().await {
        calls += made.expect("an attacker");
    }

    for _ in 0..3000 {
        if portal.local_get("/_local/unsent").await == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    portal.settle().await;
    for household in &known {
        assert_eq!(mails(&portal, household, "password-changed").await, 1, "{household:?}");
        assert!(mails(&portal, household, "password-reset").await <= 5, "{household:?}");
    }
    for household in &new {
        assert_eq!(mails(&portal, household, "activation").await, 1, "{household:?}");
        assert_eq!(mails(&portal, household, "account-activated").await, 1, "{household:?}");
    }
    for household in &quiet {
        assert_eq!(portal.mails_to(household.email).await.len(), 2, "{household:?}");
    }
    assert!(resets > 0, "no sign-in was locked: this was no flood");
    let mails = portal.mails().await.len();
    tell(
        size,
        &format!(
            "{calls} calls; {resets} of the tenants got in by a reset; {mails} mails; an activation took {:.1} s at \
         most, and {:.1} s before the flood",
            wait.as_secs_f64(),
            quiet_wait.as_secs_f64(),
        ),
    );
}

#[expect(clippy::print_stdout, reason = "make load shows it")]
fn tell(size: Size, what: &str) {
    let tenants = 4 * size.tenants;
    println!(
        "flood from {} sources and {ONE}: {tenants} of {tenants} tenants got in; {what}",
        size.sources
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn during_a_flood_every_tenant_gets_in() {
    flood(Size { sources: 24, rounds: 10, rounds_of_one: 60, tenants: 1 }).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "minutes: make load"]
async fn during_a_flood_from_a_thousand_sources_every_tenant_gets_in() {
    flood(Size { sources: 1_000, rounds: 6, rounds_of_one: 1_000, tenants: 10 }).await;
}
