//! Simultaneous calls and failing tables: writes are made completely or not at all, and once.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Browser, Household, Portal, token_in};
use tokio::task::JoinSet;

const MARTIN: Household = Household::MARTIN;
const LEFEVRE: Household = Household::LEFEVRE;

/// A different address for each number.
fn address(number: usize) -> &'static str {
    format!("personne{number}@exemple.example").leak()
}

/// Makes the tables fail at `action` of `function` only, `count` times.
async fn fail_at(portal: &Portal, function: &str, action: &str, fail: &str, count: u32) {
    let fault = json!({
        "service": "dynamodb",
        "fail": fail,
        "count": count,
        "function": function,
        "action": action,
    });
    portal.set_fault(&fault).await;
}

/// Makes the tables fail for `function` only, from now on.
async fn fail_for(portal: &Portal, function: &str, fail: &str) {
    let fault = json!({"service": "dynamodb", "fail": fail, "function": function});
    portal.set_fault(&fault).await;
}

/// Checks that every injected fault has struck.
async fn expect_no_fault_left(portal: &Portal) {
    let faults = portal.local_get("/_local/faults").await;
    assert_eq!(faults["faults"], json!([]));
}

/// Waits until every injected fault has struck, so that slow calls have begun.
async fn until_no_fault_is_left(portal: &Portal) {
    for _ in 0..500 {
        if portal.local_get("/_local/faults").await["faults"] == json!([]) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("a fault does not strike");
}

/// Asks for a reset of the password. Returns the token of its mail, which comes after `mails`
/// others.
async fn reset_asked_for(portal: &Portal, household: &Household, mails: usize) -> String {
    let form = json!({"email": household.email});
    portal.browser().post("/api/password-resets", &form).await.expect_status(202);
    token_in(&portal.mail_to(household.email, mails + 1).await).unwrap()
}

/// The answers to `browsers` when all do `act` at the same instant.
async fn at_once<F>(browsers: Vec<Browser>, act: impl Fn(Arc<Browser>) -> F) -> Vec<Answer>
where
    F: Future<Output = Answer> + Send + 'static,
{
    let mut acts = JoinSet::new();
    for browser in browsers {
        acts.spawn(act(Arc::new(browser)));
    }
    acts.join_all().await
}

fn with_status(answers: &[Answer], status: u16) -> usize {
    answers.iter().filter(|answer| answer.status == status).count()
}

/// Registers `household` in `browser`. Returns the token of the first mail to its address.
async fn registered(portal: &Portal, browser: &Browser, household: &Household) -> String {
    browser.register(household).await.expect_status(202);
    portal.link_mailed_to(household.email).await
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(feature = "deployed", ignore = "chooses its source")]
async fn of_many_who_activate_one_lease_at_once_exactly_one_has_it() {
    let portal = Portal::open().await;
    for household in [MARTIN, LEFEVRE, Household::NDIAYE] {
        let rivals: Vec<Household> = (0..8)
            .map(|number| Household {
                email: format!("rival{number}.{}@exemple.example", household.lease).leak(),
                ..household
            })
            .collect();
        let mut links = Vec::new();
        for (rival, source) in rivals.iter().zip(0..) {
            let browser = portal.browser().from_source(&format!("198.51.100.{source}"));
            let token = registered(&portal, &browser, rival).await;
            links.push((browser, token));
        }

        let mut acts = JoinSet::new();
        for (browser, token) in links {
            acts.spawn(async move { browser.activate(&token).await });
        }
        let answers = acts.join_all().await;

        assert_eq!(with_status(&answers, 200), 1, "{answers:#?}");
        let winner = answers.iter().find(|answer| answer.status == 200).unwrap();
        let winner = winner.json["email"].as_str().unwrap().to_owned();
        for answer in answers {
            if answer.status != 200 {
                answer.expect_problem(409, "household_already_registered");
            }
        }
        portal.settle().await;
        for (rival, source) in rivals.iter().zip(0..) {
            let browser = portal.browser().from_source(&format!("198.51.100.{source}"));
            let has_it = rival.email == winner;
            browser.sign_in(rival).await.expect_status(if has_it { 200 } else { 401 });
            let mails = portal.mails_to(rival.email).await;
            assert_eq!(mails.len(), if has_it { 2 } else { 1 });
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_leases_activated_at_once_with_one_address_exactly_one_has_it() {
    for _ in 0..4 {
        let portal = Portal::open().await;
        let (one, other) = (portal.browser(), portal.browser());
        let second = Household { email: MARTIN.email, ..LEFEVRE };
        let of_one = registered(&portal, &one, &MARTIN).await;
        other.register(&second).await.expect_status(202);
        let of_other = token_in(&portal.mail_to(MARTIN.email, 2).await).unwrap();

        let answers = tokio::join!(one.activate(&of_one), other.activate(&of_other));

        let mut answers = [answers.0, answers.1];
        answers.sort_by_key(|answer| answer.status);
        let [won, lost] = answers;
        won.expect_status(200);
        lost.expect_problem(409, "email_already_used");
        portal.mail_to(MARTIN.email, 3).await;
        portal.settle().await;
        let mut leases = 0;
        for household in [MARTIN, LEFEVRE] {
            let lease = portal.lease(household.lease).await.json;
            leases += usize::from(!lease["account"].is_null());
        }
        assert_eq!(leases, 1);
        assert_eq!(portal.mails_to(MARTIN.email).await.len(), 3);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_is_followed_eight_times_at_once_makes_one_account_and_one_mail() {
    for _ in 0..4 {
        let portal = Portal::open().await;
        let browser = portal.browser();
        let token = registered(&portal, &browser, &MARTIN).await;

        let browsers = (0..8).map(|_| browser.copy()).collect();
        let answers = at_once(browsers, |browser| {
            let token = token.clone();
            async move { browser.activate(&token).await }
        })
        .await;

        for answer in answers {
            assert_eq!(answer.expect_status(200).json, json!({"email": MARTIN.email}));
        }
        browser.sign_in(&MARTIN).await.expect_status(200);
        let names = portal.mail_names_to(MARTIN.email).await;
        assert_eq!(names, ["activation", "account-activated"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_and_an_activation_at_once_leave_account_and_lease_in_agreement() {
    for round in 0..8 {
        let portal = Portal::open().await;
        let browser = portal.browser();
        let token = registered(&portal, &browser, &MARTIN).await;
        let row = format!("12345678,MARTIN,Camille,Agence {round},a@bailleur.example,2099-12-31,,");

        let (activated, imported) =
            tokio::join!(browser.activate(&token), portal.import(std::slice::from_ref(&row)));

        activated.expect_status(200);
        imported.expect_status(200);
        browser.sign_in(&MARTIN).await.expect_status(200);
        let account = browser.account().await.expect_status(200).json;
        assert_eq!(account["last_name"], "MARTIN");
        assert_eq!(account["agency"]["name"], format!("Agence {round}"));
        assert_eq!(account["closes_on"], "2100-03-31");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn tabs_that_refresh_at_once_all_work_afterwards() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;

    for _ in 0..5 {
        portal.advance("PT2H").await;
        let tabs: Vec<Browser> = (0..6).map(|_| browser.copy()).collect();
        let answers = at_once(tabs, |tab| async move { tab.refresh().await }).await;

        let mut cookies: Vec<String> =
            answers.iter().map(|answer| answer.set_cookie("__Host-session")).collect();
        for answer in answers {
            let account = answer.expect_status(200).json;
            browser.set_access_token(account["access_token"].as_str().unwrap());
            browser.account().await.expect_status(200);
        }
        cookies.dedup();
        assert_eq!(cookies.len(), 1, "all have the same secret: {cookies:?}");
        let (_, value) = cookies[0].split_once('=').unwrap();
        browser.set_cookie("__Host-session", value.split(';').next());
        browser.refresh().await.expect_status(200);
    }
    let names = portal.mail_names_to(MARTIN.email).await;
    assert_eq!(names, ["activation", "account-activated"]);
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn of_sign_ins_with_the_old_password_none_outlives_a_reset_at_the_same_instant() {
    let portal = Portal::open().await;
    portal.set_clock("2027-03-10T12:01:00Z").await;
    portal.tenant(&MARTIN).await;
    let mut mails = 2;
    let mut household = MARTIN;

    for round in 0..5 {
        let token = reset_asked_for(&portal, &household, mails).await;
        let next: &'static str = format!("numéro {round} bis 77").leak();
        let form = json!({"token": token, "password": next});
        let resetting = portal.browser();
        let browsers: Vec<Browser> = (0..4).map(|_| portal.browser()).collect();

        let mut signing_in = JoinSet::new();
        for browser in browsers {
            signing_in.spawn(async move {
                browser.sign_in(&household).await;
                browser
            });
        }
        let reset = resetting.post("/api/password-resets/confirm", &form);
        let (reset, browsers) = tokio::join!(reset, signing_in.join_all());

        reset.expect_status(204);
        for browser in browsers {
            browser.account().await.expect_problem(401, "unauthenticated");
            browser.refresh().await.expect_problem(401, "unauthenticated");
        }
        household = Household { password: next, ..household };
        mails += 2;
        portal.mail_to(household.email, mails).await;
        portal.settle().await;
        portal.advance("PT1H").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn a_sign_in_that_verified_the_old_password_is_no_session_after_a_reset() {
    let portal = Portal::open().await;
    portal.tenant(&MARTIN).await;
    let token = reset_asked_for(&portal, &MARTIN, 2).await;
    let browser = Arc::new(portal.browser());

    fail_at(&portal, "login", "PutItem", "slow", 1).await;
    let signing_in = tokio::spawn({
        let browser = browser.clone();
        async move { browser.sign_in(&MARTIN).await }
    });
    until_no_fault_is_left(&portal).await;
    let form = json!({"token": token, "password": "sept oies grises 7"});
    portal.browser().post("/api/password-resets/confirm", &form).await.expect_status(204);

    signing_in.await.unwrap().expect_status(200);
    browser.account().await.expect_problem(401, "unauthenticated");
    browser.refresh().await.expect_problem(401, "unauthenticated");
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn a_session_that_changes_its_password_survives_a_refresh_that_began_before() {
    // With a late write, the refresh has read the session before the change. With a late second
    // read, it reads the account after the change.
    for (action, count) in [("PutItem", 1), ("GetItem", 2)] {
        let portal = Portal::open().await;
        let browser = portal.tenant(&MARTIN).await;
        let tab = browser.copy();

        fail_at(&portal, "refresh-session", action, "slow", count).await;
        let refreshing = tokio::spawn(async move { tab.refresh().await });
        until_no_fault_is_left(&portal).await;
        let form = json!({
            "current_password": MARTIN.password,
            "new_password": "sept oies grises 7",
        });
        let changed = browser.send(Method::PUT, "/api/account/password", &form).await;

        changed.expect_status(204);
        refreshing.await.unwrap().expect_status(200);
        browser.account().await.expect_status(200);
        browser.refresh().await.expect_status(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn a_session_that_is_revoked_is_not_brought_back_by_a_refresh_that_began_before() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    let other = portal.browser();
    other.sign_in(&MARTIN).await.expect_status(200);
    let sessions = browser.get("/api/sessions").await.json["sessions"].clone();
    let sessions = sessions.as_array().unwrap();
    let id = sessions.iter().find(|session| session["current"] == false).unwrap()["id"].clone();

    fail_at(&portal, "refresh-session", "PutItem", "slow", 1).await;
    let late = other.copy();
    let refreshing = tokio::spawn(async move { late.refresh().await });
    until_no_fault_is_left(&portal).await;
    let path = format!("/api/sessions/{}", id.as_str().unwrap());
    browser.keep(browser.request(Method::DELETE, &path)).await.expect_status(204);

    refreshing.await.unwrap().expect_problem(401, "unauthenticated");
    other.account().await.expect_problem(401, "unauthenticated");
    other.refresh().await.expect_problem(401, "unauthenticated");
}

// Both exit dates arrive too late, so the next step is due today for both.
#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn an_exit_that_is_corrected_while_the_daily_job_warns_of_the_other_is_kept() {
    const NOW: &str = "2027-06-01T03:00:00Z";
    let portal = Portal::open_without_daily_jobs().await;
    portal.set_clock(NOW).await;
    portal.tenant(&MARTIN).await;
    portal.import(&[MARTIN.row("2027-01-31")]).await.expect_status(200);

    fail_at(&portal, "expire-accounts", "TransactWriteItems", "slow", 1).await;
    let (_, corrected) = tokio::join!(portal.run_daily_job(NOW), async {
        until_no_fault_is_left(&portal).await;
        portal.import(&[MARTIN.row("2027-02-28")]).await
    });

    corrected.expect_status(200);
    let items = portal.items("tenants").await;
    let account =
        items.iter().find(|item| item["pk"]["S"].as_str().unwrap().starts_with("tenant#"));
    assert_eq!(account.unwrap()["ends_on"], json!({ "S": "2027-02-28" }));
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn a_theft_that_shows_twice_at_once_is_told_once() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    let cookie = browser.cookie("__Host-session").unwrap();
    let (session, _) = cookie.split_once('.').unwrap();
    browser.set_cookie("__Host-session", Some(&format!("{session}.{}", "A".repeat(43))));

    // With late writes, both have read the session as live.
    fail_at(&portal, "refresh-session", "TransactWriteItems", "slow", 2).await;
    let thieves = vec![browser.copy(), browser.copy()];
    let answers = at_once(thieves, |thief| async move { thief.refresh().await }).await;

    for answer in answers {
        answer.expect_problem(401, "unauthenticated");
    }
    expect_no_fault_left(&portal).await;
    let names = portal.mail_names_to(MARTIN.email).await;
    assert_eq!(names, ["activation", "account-activated", "session-theft"]);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn conflicts_with_other_transactions_are_tried_again() {
    let portal = Portal::open().await;
    let browser = portal.browser();
    let conflict = async || portal.fail("dynamodb", "conflict", Some(3)).await;

    conflict().await;
    browser.register(&MARTIN).await.expect_status(202);
    expect_no_fault_left(&portal).await;
    let token = portal.link_mailed_to(MARTIN.email).await;
    portal.settle().await;
    fail_at(&portal, "activate", "TransactWriteItems", "conflict", 5).await;
    browser.activate(&token).await.expect_status(200);
    expect_no_fault_left(&portal).await;
    portal.mail_to(MARTIN.email, 2).await;
    portal.settle().await;
    conflict().await;
    browser.sign_in(&MARTIN).await.expect_status(200);
    expect_no_fault_left(&portal).await;
    portal.advance("PT2H").await;
    conflict().await;
    browser.refresh().await.expect_status(200);
    expect_no_fault_left(&portal).await;
    browser.account().await.expect_status(200);
    conflict().await;
    browser.sign_out().await.expect_status(204);
    expect_no_fault_left(&portal).await;

    browser.account().await.expect_problem(401, "unauthenticated");
    let names = portal.mail_names_to(MARTIN.email).await;
    assert_eq!(names, ["activation", "account-activated"]);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn a_conflict_that_stays_is_unavailable_and_leaves_nothing_half_done() {
    let portal = Portal::open().await;
    let browser = portal.browser();
    let token = registered(&portal, &browser, &MARTIN).await;
    portal.settle().await;
    fail_for(&portal, "activate", "conflict").await;

    expect_unavailable(browser.activate(&token).await);

    portal.fail("dynamodb", "none", None).await;
    assert!(portal.lease(MARTIN.lease).await.json["account"].is_null());
    browser.sign_in(&MARTIN).await.expect_problem(401, "bad_credentials");
    assert_eq!(portal.mail_names_to(MARTIN.email).await, ["activation"]);
    browser.activate(&token).await.expect_status(200);
    let names = portal.mail_names_to(MARTIN.email).await;
    assert_eq!(names, ["activation", "account-activated"]);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn a_registration_whose_write_loses_its_response_sends_one_mail() {
    let portal = Portal::open().await;
    let browser = portal.browser();
    fail_at(&portal, "register", "PutItem", "lost-answer", 1).await;

    browser.register(&MARTIN).await.expect_status(202);

    expect_no_fault_left(&portal).await;
    assert_eq!(portal.mail_names_to(MARTIN.email).await, ["activation"]);
    let token = portal.link_mailed_to(MARTIN.email).await;
    browser.activate(&token).await.expect_status(200);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn a_mail_asked_for_again_whose_answer_is_lost_is_one_mail() {
    let portal = Portal::open().await;
    let browser = portal.browser();
    let registered = browser.register(&MARTIN).await.expect_status(202);
    let path =
        format!("/api/registrations/{}/resend", registered.json["registration"].as_str().unwrap());
    fail_at(&portal, "resend-activation", "PutItem", "lost-answer", 1).await;

    browser.post(&path, &json!({})).await.expect_status(202);

    expect_no_fault_left(&portal).await;
    assert_eq!(portal.mail_names_to(MARTIN.email).await, ["activation", "activation"]);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn an_activation_whose_answer_is_lost_is_one_account_and_one_mail() {
    let portal = Portal::open().await;
    let browser = portal.browser();
    let token = registered(&portal, &browser, &MARTIN).await;
    portal.settle().await;
    fail_at(&portal, "activate", "TransactWriteItems", "lost-answer", 1).await;

    let activated = browser.activate(&token).await.expect_status(200);

    expect_no_fault_left(&portal).await;
    assert_eq!(activated.json, json!({"email": MARTIN.email}));
    browser.sign_in(&MARTIN).await.expect_status(200);
    let names = portal.mail_names_to(MARTIN.email).await;
    assert_eq!(names, ["activation", "account-activated"]);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn an_activation_whose_every_answer_is_lost_is_done_when_the_link_is_followed_again() {
    let portal = Portal::open().await;
    let browser = portal.browser();
    let token = registered(&portal, &browser, &MARTIN).await;
    portal.settle().await;
    fail_at(&portal, "activate", "TransactWriteItems", "lost-answer", 3).await;

    expect_unavailable(browser.activate(&token).await);
    expect_no_fault_left(&portal).await;
    let again = browser.activate(&token).await.expect_status(200);

    assert_eq!(again.json, json!({"email": MARTIN.email}));
    browser.sign_in(&MARTIN).await.expect_status(200);
    let names = portal.mail_names_to(MARTIN.email).await;
    assert_eq!(names, ["activation", "account-activated"]);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn a_sign_in_whose_answer_is_lost_is_one_session() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    browser.sign_out().await.expect_status(204);
    fail_at(&portal, "login", "PutItem", "lost-answer", 1).await;

    browser.sign_in(&MARTIN).await.expect_status(200);

    expect_no_fault_left(&portal).await;
    let listed = browser.get("/api/sessions").await.expect_status(200);
    assert_eq!(listed.json["sessions"].as_array().unwrap().len(), 1);
    browser.refresh().await.expect_status(200);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_refresh_whose_answer_is_lost_keeps_the_session() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;

    for lost in [1, 3] {
        portal.advance("PT61M").await;
        fail_at(&portal, "refresh-session", "PutItem", "lost-answer", lost).await;
        let first = browser.refresh().await;
        expect_no_fault_left(&portal).await;
        if lost == 3 {
            expect_unavailable(first);
            let before = browser.cookie("__Host-session");
            browser.refresh().await.expect_status(200);
            assert_ne!(
                browser.cookie("__Host-session"),
                before,
                "the browser got the secret that it had missed"
            );
        } else {
            first.expect_status(200);
        }
        browser.refresh().await.expect_status(200);
        browser.account().await.expect_status(200);
    }
    let names = portal.mail_names_to(MARTIN.email).await;
    assert_eq!(names, ["activation", "account-activated"]);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn a_theft_whose_answer_is_lost_is_told_once() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    let cookie = browser.cookie("__Host-session").unwrap();
    let (session, _) = cookie.split_once('.').unwrap();
    let guessed = format!("{session}.{}", "A".repeat(43));
    browser.set_cookie("__Host-session", Some(&guessed));
    fail_at(&portal, "refresh-session", "TransactWriteItems", "lost-answer", 1).await;

    browser.refresh().await.expect_problem(401, "unauthenticated");

    expect_no_fault_left(&portal).await;
    browser.account().await.expect_problem(401, "unauthenticated");
    let names = portal.mail_names_to(MARTIN.email).await;
    assert_eq!(names, ["activation", "account-activated", "session-theft"]);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn reads_whose_answers_are_lost_are_made_again() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;

    for function in ["login", "refresh-session", "get-account", "list-sessions"] {
        fail_at(&portal, function, "GetItem", "lost-answer", 1).await;
        let answer = match function {
            "login" => browser.sign_in(&MARTIN).await,
            "refresh-session" => browser.refresh().await,
            "get-account" => browser.account().await,
            _ => browser.get("/api/sessions").await,
        };
        answer.expect_status(200);
        expect_no_fault_left(&portal).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn while_the_tables_are_down_everything_is_unavailable_and_nothing_is_changed() {
    for fail in ["throttle", "down"] {
        let portal = Portal::open().await;
        let tenant = portal.tenant(&MARTIN).await;
        let visitor = portal.browser();
        let token = registered(&portal, &visitor, &LEFEVRE).await;
        portal.settle().await;
        portal.fail("dynamodb", fail, None).await;

        let newcomer = Household { email: address(1), ..Household::NDIAYE };
        let browser = portal.browser();
        let (registering, activating, signing_in, refreshing, looking, signing_out) = tokio::join!(
            browser.register(&newcomer),
            visitor.activate(&token),
            browser.sign_in(&MARTIN),
            tenant.refresh(),
            tenant.account(),
            tenant.sign_out(),
        );
        for answer in [registering, activating, signing_in, refreshing, looking, signing_out] {
            for cookie in ["__Host-session", "__Host-registration", "__Host-device"] {
                assert_eq!(answer.set_cookie(cookie), "");
            }
            expect_unavailable(answer);
        }
        portal.fail("dynamodb", "none", None).await;

        assert!(portal.lease(LEFEVRE.lease).await.json["account"].is_null());
        assert_eq!(portal.mail_names_to(newcomer.email).await, [""; 0]);
        assert_eq!(portal.mail_names_to(LEFEVRE.email).await, ["activation"]);
        tenant.account().await.expect_status(200);
        tenant.refresh().await.expect_status(200);
        browser.sign_in(&MARTIN).await.expect_status(200);
        visitor.activate(&token).await.expect_status(200);
        browser.register(&newcomer).await.expect_status(202);
        assert_eq!(portal.mail_names_to(newcomer.email).await, ["activation"]);
        let names = portal.mail_names_to(LEFEVRE.email).await;
        assert_eq!(names, ["activation", "account-activated"]);
    }
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn a_table_that_throttles_for_a_moment_is_asked_again() {
    let portal = Portal::open().await;
    let browser = portal.browser();

    for fail in ["throttle", "down"] {
        portal.fail("dynamodb", fail, Some(2)).await;
        browser.register(&MARTIN).await.expect_status(202);
        expect_no_fault_left(&portal).await;
        portal.settle().await;
    }

    let names = portal.mail_names_to(MARTIN.email).await;
    assert_eq!(names, ["activation", "activation"]);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn an_internal_problem_does_not_reveal_its_cause() {
    let portal = Portal::open().await;
    fail_for(&portal, "login", "down").await;

    let french = portal.browser().sign_in(&MARTIN).await;
    let english = portal.browser().in_language("en").sign_in(&MARTIN).await;

    for answer in [&french, &english] {
        let members: Vec<&String> = answer.json.as_object().unwrap().keys().collect();
        assert_eq!(members.len(), 5, "{}", answer.body);
        for word in ["dynamo", "Dynamo", "table", "dispatch", "connection", "127.0.0.1"] {
            assert!(!answer.body.contains(word), "{}", answer.body);
        }
    }
    assert_ne!(french.json["detail"], english.json["detail"]);
    expect_unavailable(french);
}

/// Checks that the answer is `unavailable`, with a time to retry.
#[track_caller]
fn expect_unavailable(answer: Answer) -> Value {
    let answer = answer.expect_problem(503, "unavailable");
    let wait: u64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    answer.json
}
