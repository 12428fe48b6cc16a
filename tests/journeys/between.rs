//! What matters only between a read and a write: an operation is held open just before it writes, or
//! at the instant at which a time runs out, while another decides otherwise.
//!
//! Each of these has a guard that no single operation shows: taken out, its test here fails.
//! `interleaved.rs` does the same for every pair of operations.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Browser, Household, Portal, token_in};

const MARTIN: Household = Household::MARTIN;
const NEW_PASSWORD: &str = "sept oies grises 7";
const NEW_ADDRESS: &str = "camille.nouveau@exemple.example";

/// What `act` is answered, held open before the call after `skip` others while `other` runs whole.
async fn held_open<A, B>(
    portal: &Portal,
    function: &str,
    skip: usize,
    act: impl Future<Output = A>,
    other: impl Future<Output = B>,
) -> (A, B) {
    let held = portal.hold(function, skip);
    tokio::join!(act, async {
        held.began().await;
        let other = other.await;
        drop(held);
        other
    })
}

/// How many calls come before the last one of an operation's last invocation.
async fn calls_before_the_last(portal: &Portal, function: &str) -> usize {
    let calls = portal.requests_of(function).await;
    let tables = calls.iter().filter(|call| call["service"] == "dynamodb").count();
    assert!(tables > 0, "{calls:#?}");
    tables - 1
}

async fn reset_link(portal: &Portal, household: &Household, mails: usize) -> String {
    let body = json!({"email": household.email});
    portal.browser().post("/api/password-resets", &body).await.expect_status(202);
    token_in(&portal.mail_to(household.email, mails).await).unwrap()
}

async fn reset(portal: &Portal, token: &str) -> Answer {
    let body = json!({"token": token, "password": NEW_PASSWORD});
    portal.browser().post("/api/password-resets/confirm", &body).await
}

/// The password is stored with weaker parameters than today's, so a sign-in hashes it anew, at its end.
#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_is_hashed_anew_late_does_not_come_back_after_a_reset() {
    let yesterday = Portal::open().await;
    yesterday.tenant(&MARTIN).await;
    yesterday.settle().await;
    let items = yesterday.items("tenants").await;
    let open = async || {
        let portal = Portal::open_with(&[("ARGON2_ITERATIONS", "2")]).await;
        portal.put_items("tenants", &items).await;
        portal
    };
    let portal = open().await;
    portal.forget_requests().await;
    portal.browser().sign_in(&MARTIN).await.expect_status(200);
    let before = calls_before_the_last(&portal, "login").await;

    let portal = open().await;
    let token = reset_link(&portal, &MARTIN, 1).await;
    let browser = portal.browser();
    let (signed_in, reset) =
        held_open(&portal, "login", before, browser.sign_in(&MARTIN), reset(&portal, &token)).await;

    reset.expect_status(204);
    signed_in.expect_status(200);
    browser.account().await.expect_problem(401, "unauthenticated");
    portal.browser().sign_in(&MARTIN).await.expect_problem(401, "bad_credentials");
    let household = Household { password: NEW_PASSWORD, ..MARTIN };
    portal.browser().sign_in(&household).await.expect_status(200);
}

/// A thief has changed the address, and resets the password while the owner takes the change back:
/// whichever comes first, the thief's password opens nothing afterwards.
#[tokio::test(flavor = "multi_thread")]
async fn a_thief_who_resets_during_the_owners_revert_does_not_stay() {
    for (held, before) in [("reset-password", 0..5), ("revert-email", 0..5)] {
        for skip in before {
            let portal = Portal::open().await;
            let thief = portal.tenant(&MARTIN).await;
            let body = json!({"email": NEW_ADDRESS, "password": MARTIN.password});
            thief.post("/api/account/email-changes", &body).await.expect_status(202);
            let body = json!({"token": portal.link_mailed_to(NEW_ADDRESS).await});
            thief.post("/api/email-changes/confirm", &body).await.expect_status(200);
            let revert = token_in(&portal.mail_to(MARTIN.email, 3).await).unwrap();
            let stolen = Household { email: NEW_ADDRESS, ..MARTIN };
            let token = reset_link(&portal, &stolen, 2).await;

            let owner = portal.browser();
            let body = json!({"token": revert});
            let reverting = owner.post("/api/email-changes/revert", &body);
            let resetting = reset(&portal, &token);
            let hold = portal.hold(held, skip);
            let (reverted, _) = if held == "reset-password" {
                let (reset, reverted) = tokio::join!(resetting, async {
                    until(&hold).await;
                    let reverted = reverting.await;
                    drop(hold);
                    reverted
                });
                (reverted, reset)
            } else {
                tokio::join!(reverting, async {
                    until(&hold).await;
                    let reset = resetting.await;
                    drop(hold);
                    reset
                })
            };

            reverted.expect_status(200);
            for email in [MARTIN.email, NEW_ADDRESS] {
                for password in [MARTIN.password, NEW_PASSWORD] {
                    let household = Household { email, password, ..MARTIN };
                    let answer = portal.browser().sign_in(&household).await;
                    answer.expect_problem(401, "bad_credentials");
                }
            }
            thief.account().await.expect_problem(401, "unauthenticated");
            portal.settle().await;
        }
    }
}

/// Waits until a call is held, or for half a second where its operation makes fewer.
async fn until(hold: &tests::Held) {
    let _ = tokio::time::timeout(Duration::from_millis(500), hold.began()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_household_whose_lease_is_prolonged_while_the_daily_job_ends_it_stays() {
    const FIRST: &str = "2027-06-01T03:00:00Z";
    const LAST: &str = "2027-06-09T03:00:00Z";
    let mut prolonged = 0;
    // Its calls: what is due of each step, the account, its lease, the write.
    for skip in 0..24 {
        let portal = Portal::open_without_daily_jobs().await;
        portal.set_clock(FIRST).await;
        portal.tenant(&MARTIN).await;
        portal.import(&[MARTIN.row("2027-01-31")]).await.expect_status(200);
        portal.run_daily_job(FIRST).await;
        portal.settle().await;
        portal.set_clock(LAST).await;

        let hold = portal.hold("expire-accounts", skip);
        let (_, imported) = tokio::join!(portal.run_daily_job(LAST), async {
            until(&hold).await;
            let imported = portal.import(&[MARTIN.row("2028-01-31")]).await;
            drop(hold);
            imported
        });

        imported.expect_status(200);
        portal.settle().await;
        let lease = portal.lease(MARTIN.lease).await.json;
        if lease["account"]["status"] == "active" {
            prolonged += 1;
            portal.browser().sign_in(&MARTIN).await.expect_status(200);
            continue;
        }
        // The job made fewer calls: it had ended the account before the lease was prolonged.
        let answer = portal.browser().sign_in(&MARTIN).await;
        answer.expect_problem(401, "bad_credentials");
        assert!(skip > 3, "held before call {skip}, it ended the account all the same");
        break;
    }
    assert!(prolonged > 3, "{prolonged}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_revoked_while_it_changes_the_password_does_not_come_back() {
    for skip in 0..12 {
        let portal = Portal::open().await;
        let stolen = portal.tenant(&MARTIN).await;
        let owner = portal.browser();
        owner.sign_in(&MARTIN).await.expect_status(200);
        let session = session_of(&stolen).await;
        portal.forget_requests().await;

        let body = json!({"current_password": MARTIN.password, "new_password": NEW_PASSWORD});
        let hold = portal.hold("change-password", skip);
        let (changed, revoked) =
            tokio::join!(stolen.send(Method::PUT, "/api/account/password", &body), async {
                until(&hold).await;
                let path = format!("/api/sessions/{session}");
                let revoked = owner.keep(owner.request(Method::DELETE, &path)).await;
                drop(hold);
                revoked
            });

        let calls = portal.requests_of("change-password").await;
        if revoked.status == 204 {
            stolen.account().await.expect_problem(401, "unauthenticated");
            stolen.refresh().await.expect_problem(401, "unauthenticated");
            assert!(changed.status == 401 || changed.status == 204, "{}", changed.body);
        }
        portal.settle().await;
        if calls.len() <= skip {
            assert!(skip > 2, "{calls:#?}");
            return;
        }
    }
}

/// In a browser with a session, the link is followed in one click: whoever ends that session first has
/// the click confirm nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_revoked_while_it_confirms_an_address_confirms_nothing() {
    let mut revoked_first = 0;
    for skip in 0..8 {
        let portal = Portal::open().await;
        let stolen = portal.tenant(&MARTIN).await;
        let body = json!({"email": NEW_ADDRESS, "password": MARTIN.password});
        stolen.post("/api/account/email-changes", &body).await.expect_status(202);
        let body = json!({"token": portal.link_mailed_to(NEW_ADDRESS).await});
        let owner = portal.browser();
        owner.sign_in(&MARTIN).await.expect_status(200);
        let session = session_of(&stolen).await;
        portal.forget_requests().await;

        let hold = portal.hold("confirm-email", skip);
        let (confirmed, revoked) =
            tokio::join!(stolen.post("/api/email-changes/confirm", &body), async {
                until(&hold).await;
                let path = format!("/api/sessions/{session}");
                let revoked = owner.keep(owner.request(Method::DELETE, &path)).await;
                drop(hold);
                revoked
            });

        if revoked.status == 204 {
            revoked_first += 1;
            confirmed.expect_faults(&[("password", "required")]);
            owner.account().await.expect_status(200);
        } else {
            confirmed.expect_status(200);
        }
        portal.settle().await;
        if portal.requests_of("confirm-email").await.len() <= skip {
            break;
        }
    }
    assert!(revoked_first > 3, "{revoked_first}");
}

async fn session_of(browser: &Browser) -> String {
    let sessions = browser.get("/api/sessions").await.expect_status(200).json;
    let sessions = sessions["sessions"].as_array().cloned().unwrap();
    let current = sessions.iter().find(|session| session["current"] == true).unwrap();
    current["id"].as_str().unwrap().to_owned()
}

/// Its access token is good for five more minutes, were it not for the session that it names.
#[tokio::test]
async fn a_token_opens_nothing_once_the_thirty_days_of_its_session_are_over() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    browser.sign_in_to_stay(&MARTIN).await.expect_status(200);
    portal.advance("P29D").await;
    browser.refresh().await.expect_status(200);
    portal.advance("PT23H55M").await;
    browser.refresh().await.expect_status(200);
    browser.account().await.expect_status(200);

    portal.advance("PT6M").await;

    browser.account().await.expect_problem(401, "unauthenticated");
    browser.get("/api/sessions").await.expect_problem(401, "unauthenticated");
    browser.get("/api/account/export").await.expect_problem(401, "unauthenticated");
}

#[tokio::test]
async fn a_session_that_has_ended_is_neither_listed_nor_reported_as_stolen() {
    let portal = Portal::open().await;
    let idle = portal.tenant(&MARTIN).await;
    let (copy, other_copy) = (idle.copy(), idle.copy());
    portal.advance("PT2H").await;
    idle.refresh().await.expect_status(200);
    idle.refresh().await.expect_status(200);
    portal.advance("PT12H1M").await;

    let browser = portal.browser();
    browser.sign_in(&MARTIN).await.expect_status(200);
    // Its secret is not that of the row any more, which is there until it is swept.
    copy.refresh().await.expect_problem(401, "unauthenticated");
    other_copy.sign_out().await.expect_status(204);
    idle.refresh().await.expect_problem(401, "unauthenticated");

    let sessions = browser.get("/api/sessions").await.expect_status(200).json;
    assert_eq!(sessions["sessions"].as_array().unwrap().len(), 1, "{sessions:#}");
    let names = portal.mail_names_to(MARTIN.email).await;
    assert_eq!(names, ["activation", "account-activated"]);
}

/// A session that a change of password has ended has its row until it expires.
#[tokio::test]
async fn a_session_of_a_former_password_is_neither_listed_nor_reported_as_stolen() {
    let portal = Portal::open().await;
    let phone = portal.tenant(&MARTIN).await;
    let (copy, other_copy) = (phone.copy(), phone.copy());
    portal.advance("PT2H").await;
    phone.refresh().await.expect_status(200);
    phone.refresh().await.expect_status(200);
    let computer = portal.browser();
    computer.sign_in(&MARTIN).await.expect_status(200);
    let body = json!({"current_password": MARTIN.password, "new_password": NEW_PASSWORD});
    computer.send(Method::PUT, "/api/account/password", &body).await.expect_status(204);
    portal.advance("PT1M").await;

    // Its secret is not that of the row any more.
    copy.refresh().await.expect_problem(401, "unauthenticated");
    other_copy.sign_out().await.expect_status(204);

    let sessions = computer.get("/api/sessions").await.expect_status(200).json;
    assert_eq!(sessions["sessions"].as_array().unwrap().len(), 1, "{sessions:#}");
    let names = portal.mail_names_to(MARTIN.email).await;
    assert_eq!(names, ["activation", "account-activated", "password-changed"]);
}

/// A key that nobody knows has the secret read again, once a minute at most.
#[tokio::test]
async fn forged_links_and_tokens_do_not_cost_a_read_of_the_secret_each() {
    let portal = Portal::open().await;
    portal.tenant(&MARTIN).await;
    let token = reset_link(&portal, &MARTIN, 3).await;
    let browser = portal.browser();
    let forged: Vec<String> = (0..20)
        .map(|n| {
            let (id, _) = token.split_at(22);
            format!(
                "{id}{}",
                "ABCDEFGHIJKLMNOPQRSTUVWXYZ".chars().nth(n).unwrap().to_string().repeat(21)
            )
        })
        .collect();
    reset(&portal, &forged[0]).await;
    browser.set_access_token("e30.e30.AAAA");
    browser.account().await;
    portal.forget_requests().await;

    for forged in &forged {
        let answer = reset(&portal, forged).await;
        assert!(answer.status == 400, "{}", answer.body);
        browser.set_access_token(&format!("{forged}.{forged}.{forged}"));
        browser.account().await.expect_problem(401, "unauthenticated");
    }

    for function in ["reset-password", "get-account"] {
        let calls = portal.requests_of(function).await;
        let reads = calls.iter().filter(|call| call["service"] == "secretsmanager").count();
        assert!(reads <= 2, "{function}: {reads} reads of the secret: {calls:#?}");
        let tables: Vec<&Value> =
            calls.iter().filter(|call| call["service"] == "dynamodb").collect();
        assert!(tables.is_empty(), "{tables:#?}");
    }
}

/// What `act` is answered where the first try of its transaction is so late that it is sent again, meets
/// conflicts, and is tried once more when the first has come through.
async fn done_late(
    portal: &Portal,
    function: &str,
    skip: usize,
    act: impl Future<Output = Answer>,
) {
    let hold = portal.hold(function, skip);
    let conflicts = json!({
        "service": "dynamodb", "fail": "conflict", "count": 4,
        "function": function, "action": "TransactWriteItems",
    });
    let (answer, ()) = tokio::join!(act, async {
        hold.began().await;
        portal.set_fault(&conflicts).await;
        while portal.local_get("/_local/faults").await["faults"][0]["count"] == 4 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        drop(hold);
    });
    assert!(answer.status.is_success(), "{}", answer.body);
    portal.fail("dynamodb", "none", None).await;
    // It is the checker that holds the trail against what was written.
    portal.settle().await;
}

/// How many calls of `function` come before its transaction.
async fn calls_before_the_transaction(portal: &Portal, function: &str) -> usize {
    let calls = portal.requests_of(function).await;
    let mut tables = calls.iter().filter(|call| call["service"] == "dynamodb");
    tables.position(|call| call["action"] == "TransactWriteItems").expect("a transaction")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_its_own_late_try_has_done_is_done() {
    let rehearsal = Portal::open().await;
    rehearsal.tenant(&MARTIN).await;
    let token = reset_link(&rehearsal, &MARTIN, 3).await;
    reset(&rehearsal, &token).await.expect_status(204);

    let portal = Portal::open().await;
    let browser = portal.browser();
    browser.register(&MARTIN).await.expect_status(202);
    let token = portal.link_mailed_to(MARTIN.email).await;
    portal.settle().await;
    let skip = calls_before_the_transaction(&rehearsal, "activate").await;
    done_late(&portal, "activate", skip, browser.activate(&token)).await;
    browser.sign_in(&MARTIN).await.expect_status(200);

    let token = reset_link(&portal, &MARTIN, 3).await;
    portal.settle().await;
    let skip = calls_before_the_transaction(&rehearsal, "reset-password").await;
    done_late(&portal, "reset-password", skip, reset(&portal, &token)).await;
    let household = Household { password: NEW_PASSWORD, ..MARTIN };
    browser.sign_in(&household).await.expect_status(200);
}
