//! What staff are shown of a household: why it cannot get in, what happened to it, and what they may
//! do about it.

use jiff::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Browser, Household, Portal, bounce_of, token_in};

const MARTIN: Household = Household::MARTIN;
const NDIAYE: Household = Household::NDIAYE;
const SECOND: &str = "camille@deuxieme.example";
const WRONG_PASSWORD: &str = "pas le bon 0";

/// A browser in which `member` is signed in.
async fn staff(portal: &Portal, member: &str) -> Browser {
    let browser = portal.browser();
    browser.sign_in_as_staff(member).await;
    browser
}

async fn look(browser: &Browser, household: &Household) -> Answer {
    browser.staff_get(&format!("/api/staff/households/{}", household.lease)).await
}

/// The household of `MARTIN`, as an agent sees it.
async fn shown(portal: &Portal) -> Value {
    look(&staff(portal, "agent").await, &MARTIN).await.expect_status(200).json
}

/// The codes of what stands in the way of a household, first what matters most.
fn codes(household: &Value) -> Vec<&str> {
    let obstacles = household["cannot_get_in"].as_array().unwrap().iter();
    obstacles.map(|obstacle| obstacle["code"].as_str().unwrap()).collect()
}

fn names<'a>(household: &'a Value, list: &str, name: &str) -> Vec<&'a str> {
    let list = household[list].as_array().unwrap().iter();
    list.map(|one| one[name].as_str().unwrap()).collect()
}

async fn now(portal: &Portal) -> Timestamp {
    let now = portal.local_get("/_local/clock").await["now"].clone();
    now.as_str().unwrap().parse().unwrap()
}

/// Seconds from now until the instant `value`.
async fn seconds_until(portal: &Portal, value: &Value) -> i64 {
    let until: Timestamp = value.as_str().unwrap().parse().unwrap();
    until.duration_since(now(portal).await).as_secs()
}

async fn known(portal: &Portal, ends_on: &str) {
    portal.import(&[MARTIN.row(ends_on)]).await.expect_status(200);
}

async fn register(portal: &Portal) -> Browser {
    let browser = portal.browser();
    browser.register(&MARTIN).await.expect_status(202);
    browser
}

async fn close(portal: &Portal, reason: &str) {
    let body = json!({"lease": MARTIN.lease, "reason": reason}).to_string().into_bytes();
    let closed = portal.agency(Method::POST, "/api/agency/closures", "application/json", body);
    closed.await.expect_status(204);
}

async fn forget(portal: &Portal) {
    let body = json!({"email": MARTIN.email});
    portal.browser().post("/api/password-resets", &body).await.expect_status(202);
}

#[tokio::test]
async fn a_household_that_never_registered_is_told_from_one_whose_lease_has_ended() {
    let portal = Portal::open().await;
    known(&portal, "").await;

    let household = shown(&portal).await;

    assert_eq!(codes(&household), ["never_registered"]);
    assert_eq!(household.get("account"), None);
    assert_eq!(household["lease"]["last_name"], MARTIN.last_name);
    assert_eq!(household["lease"]["ended"], false);
    assert_eq!(household["may"], json!([]));
    for list in ["requests", "mails", "happened"] {
        assert_eq!(household[list], json!([]), "{list}");
    }
    known(&portal, "2020-01-31").await;
    let household = shown(&portal).await;
    assert_eq!(codes(&household), ["lease_ended", "never_registered"]);
    assert_eq!(household["cannot_get_in"][0]["at"], "2020-01-31");
    assert_eq!(household["lease"]["ended"], true);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "counts calls to AWS")]
async fn a_link_that_nobody_followed_is_shown_with_when_it_was_sent_and_how_long_it_is_good() {
    let portal = Portal::open().await;
    known(&portal, "").await;
    let browser = register(&portal).await;
    portal.settle().await;

    let household = shown(&portal).await;

    assert_eq!(codes(&household), ["link_not_followed"]);
    let obstacle = &household["cannot_get_in"][0];
    assert_eq!(obstacle["mail"], "activation");
    assert!(seconds_until(&portal, &obstacle["at"]).await <= 0, "{obstacle}");
    assert!(seconds_until(&portal, &obstacle["until"]).await > 86_300, "{obstacle}");
    assert_eq!(names(&household, "mails", "state"), ["sent"]);
    assert_eq!(names(&household, "happened", "what"), ["registered"]);
    assert_eq!(household["may"], json!(["send-activation"]));
    let token = portal.link_mailed_to(MARTIN.email).await;
    browser.activate(&token).await.expect_status(200);
    portal.settle().await;
    let household = shown(&portal).await;
    assert_eq!(codes(&household), [""; 0]);
    assert_eq!(household["account"]["status"], "active");
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_link_that_has_expired_is_as_if_nobody_had_registered() {
    let portal = Portal::open().await;
    known(&portal, "").await;
    register(&portal).await;
    portal.settle().await;

    portal.advance("PT25H").await;

    let household = shown(&portal).await;
    assert_eq!(codes(&household), ["never_registered"]);
    assert_eq!(household["may"], json!([]));
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "injects faults")]
async fn a_mail_that_waits_and_one_that_is_refused_are_told_apart() {
    let portal = Portal::open().await;
    known(&portal, "").await;
    portal.fail("ses", "down", None).await;
    register(&portal).await;

    let waiting = shown(&portal).await;
    portal.fail("ses", "none", None).await;
    portal.fail("ses", "reject", Some(1)).await;
    portal.advance("PT10M").await;
    portal.settle().await;
    let refused = shown(&portal).await;

    assert_eq!(codes(&waiting), ["mail_waiting"]);
    assert_eq!(waiting["cannot_get_in"][0]["mail"], "activation");
    assert_eq!(names(&waiting, "mails", "state"), ["waiting"]);
    assert_eq!(codes(&refused), ["mail_not_sent"]);
    assert_eq!(refused["cannot_get_in"][0]["reason"], "refused");
    assert_eq!(names(&refused, "mails", "state"), ["refused"]);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "reads the tags of mails")]
async fn an_address_whose_mails_come_back_is_shown_with_why_and_until_when() {
    let portal = Portal::open().await;
    known(&portal, "").await;
    let browser = register(&portal).await;
    portal.settle().await;
    let mail = portal.mails_to(MARTIN.email).await.remove(0);
    portal.report(&bounce_of(&mail)).await;

    let registered = shown(&portal).await;
    browser.activate(&token_in(&mail).unwrap()).await.expect_status(200);
    portal.settle().await;
    let mail = portal.mails_to(MARTIN.email).await.remove(0);
    portal.report(&bounce_of(&mail)).await;
    let active = shown(&portal).await;

    assert_eq!(codes(&registered), ["mail_comes_back", "link_not_followed"]);
    assert_eq!(codes(&active), ["mail_comes_back"]);
    for household in [&registered, &active] {
        let obstacle = &household["cannot_get_in"][0];
        assert!(obstacle["reason"].as_str().unwrap().contains("General"), "{obstacle}");
        let left = seconds_until(&portal, &obstacle["until"]).await;
        assert!((86_000..=86_400).contains(&left), "{obstacle}");
    }
    assert_eq!(active["account"]["mail_state"], "bounced");
    assert!(active["may"].as_array().unwrap().contains(&json!("lift-stop")));
}

#[tokio::test]
async fn an_address_of_another_account_is_shown_to_who_may_see_that_household() {
    let portal = Portal::open().await;
    portal.tenant(&NDIAYE).await;
    known(&portal, "").await;
    let again = Household { email: NDIAYE.email, ..MARTIN };
    portal.browser().register(&again).await.expect_status(202);
    portal.settle().await;

    let household = shown(&portal).await;

    assert_eq!(codes(&household), ["address_in_use"]);
    assert_eq!(household["may"], json!([]), "the link was not mailed");
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "counts calls to AWS")]
async fn sign_ins_that_are_refused_for_now_are_shown_until_when() {
    let portal = Portal::open().await;
    portal.tenant(&MARTIN).await;
    portal.settle().await;
    let stranger = portal.browser();
    let wrong = json!({"email": MARTIN.email, "password": WRONG_PASSWORD});

    // The tenant's own sign-in counts.
    for _ in 0..9 {
        stranger.post("/api/sessions", &wrong).await.expect_status(401);
    }
    let before = shown(&portal).await;
    stranger.post("/api/sessions", &wrong).await.expect_status(429);
    let household = shown(&portal).await;

    assert_eq!(codes(&before), [""; 0]);
    assert_eq!(codes(&household), ["held_back"]);
    let obstacle = &household["cannot_get_in"][0];
    assert_eq!(obstacle["reason"], "some_browsers");
    let left = seconds_until(&portal, &obstacle["until"]).await;
    assert!((0..=900).contains(&left), "{obstacle}");
}

#[tokio::test]
async fn sign_ins_of_a_known_browser_that_are_refused_are_shown_too() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    let wrong = json!({"email": MARTIN.email, "password": WRONG_PASSWORD});

    for _ in 0..10 {
        browser.post("/api/sessions", &wrong).await;
    }

    let household = shown(&portal).await;
    assert_eq!(codes(&household), ["held_back"]);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "sets variables")]
async fn an_address_that_is_refused_everywhere_is_held_back_in_unknown_browsers() {
    let portal = Portal::open_with(&[("LIMIT_SIGN_INS_PER_ADDRESS", "3")]).await;
    portal.tenant(&MARTIN).await;
    let wrong = json!({"email": MARTIN.email, "password": WRONG_PASSWORD});

    for _ in 0..3 {
        portal.browser().post("/api/sessions", &wrong).await;
    }

    let household = shown(&portal).await;
    assert_eq!(codes(&household), ["held_back"]);
    assert_eq!(household["cannot_get_in"][0]["reason"], "some_browsers");
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "sets variables")]
async fn registrations_that_are_refused_for_now_are_shown_until_when() {
    let portal = Portal::open_with(&[("LIMIT_REGISTRATIONS_PER_LEASE", "2")]).await;
    known(&portal, "").await;
    for _ in 0..2 {
        register(&portal).await;
    }
    portal.settle().await;

    let household = shown(&portal).await;

    assert_eq!(codes(&household), ["link_not_followed", "held_back"]);
    let left = seconds_until(&portal, &household["cannot_get_in"][1]["until"]).await;
    assert!((0..=3600).contains(&left), "{left}");
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "counts calls to AWS")]
async fn an_account_without_a_password_is_shown_after_a_change_was_taken_back() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    let change = json!({"email": SECOND, "password": MARTIN.password});
    browser.post("/api/account/email-changes", &change).await.expect_status(202);
    let confirm = json!({"token": portal.link_mailed_to(SECOND).await});
    browser.post("/api/email-changes/confirm", &confirm).await.expect_status(200);
    portal.settle().await;
    let revert = json!({"token": token_in(&portal.mails_to(MARTIN.email).await[0]).unwrap()});
    browser.post("/api/email-changes/revert", &revert).await.expect_status(200);
    portal.settle().await;

    let household = shown(&portal).await;

    assert_eq!(codes(&household), ["password_not_set", "reset_not_followed"]);
    let at = &household["cannot_get_in"][0]["at"];
    assert!(seconds_until(&portal, at).await <= 0, "{at}");
    assert_eq!(household["happened"][0]["what"], "address-change-reverted");
    let reset = json!({
        "token": token_in(&portal.mails_to(MARTIN.email).await[0]).unwrap(),
        "password": MARTIN.password,
    });
    browser.post("/api/password-resets/confirm", &reset).await.expect_status(204);
    assert_eq!(codes(&shown(&portal).await), [""; 0]);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_reset_that_nobody_followed_is_shown_until_somebody_signs_in() {
    let portal = Portal::open().await;
    portal.tenant(&MARTIN).await;
    portal.advance("PT1M").await;
    forget(&portal).await;
    portal.settle().await;

    let household = shown(&portal).await;

    assert_eq!(codes(&household), ["reset_not_followed"]);
    let obstacle = &household["cannot_get_in"][0];
    assert_eq!(obstacle["mail"], "password-reset");
    assert!(seconds_until(&portal, &obstacle["until"]).await > 3_500, "{obstacle}");
    portal.advance("PT1M").await;
    portal.browser().sign_in(&MARTIN).await.expect_status(200);
    assert_eq!(codes(&shown(&portal).await), [""; 0]);
}

#[tokio::test]
async fn a_closed_account_is_shown_with_when_and_why() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    let request = json!({"kind": "close-account", "message": "Je pars."});
    browser.post("/api/account/agency-requests", &request).await.expect_status(202);
    portal.settle().await;
    let open = shown(&portal).await;
    close(&portal, "Départ annoncé").await;
    portal.settle().await;

    let household = shown(&portal).await;

    assert_eq!(open["requests"][0]["state"], "open");
    assert_eq!(open["requests"][0]["message"], "Je pars.");
    assert_eq!(codes(&household), ["deactivated"]);
    assert_eq!(household["cannot_get_in"][0]["reason"], "Départ annoncé");
    let account = &household["account"];
    assert_eq!(account["deactivated_at"], household["cannot_get_in"][0]["at"]);
    assert_eq!(
        (&account["deactivated_by"], &account["reason"]),
        (&json!("tenant"), &json!("Départ annoncé"))
    );
    assert!(account["erased_on"].is_string());
    assert_eq!(household["requests"][0]["state"], "done");
    assert_eq!(household["may"], json!([]));
    let happened = &household["happened"][0];
    assert_eq!((&happened["what"], &happened["by"]["kind"]), (&json!("closed"), &json!("agency")));
    register(&portal).await;
    portal.settle().await;
    assert_eq!(codes(&shown(&portal).await), ["link_not_followed", "deactivated"]);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn an_account_whose_lease_has_ended_is_shown_as_deactivated_by_the_schedule() {
    let portal = Portal::open_without_daily_jobs().await;
    portal.set_clock("2027-06-01T08:00:00Z").await;
    portal.tenant(&MARTIN).await;
    known(&portal, "2027-08-31").await;
    let planned = shown(&portal).await;
    for day in ["2027-10-31", "2027-11-23", "2027-11-30"] {
        portal.set_clock(&format!("{day}T03:00:00Z")).await;
        portal.run_daily_job(&format!("{day}T03:00:00Z")).await;
        portal.settle().await;
    }

    let household = shown(&portal).await;

    assert_eq!(planned["account"]["closes_on"], "2027-11-30");
    assert_eq!(codes(&household), ["deactivated", "lease_ended"]);
    assert_eq!(household["account"]["deactivated_by"], "schedule");
    let happened = names(&household, "happened", "what");
    assert_eq!(happened[..3], ["deactivated", "warned", "warned"]);
}

#[tokio::test]
async fn what_happened_has_acts_and_sign_ins_and_who_did_them_the_newest_first() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    let english = json!({"language": "en"});
    browser.send(Method::PATCH, "/api/account", &english).await.expect_status(200);
    known(&portal, "2098-12-31").await;
    portal.settle().await;

    let household = shown(&portal).await;

    let mut happened = names(&household, "happened", "what");
    assert_eq!(happened.len(), 4, "{happened:?}");
    happened.sort_unstable();
    assert_eq!(happened, ["activated", "exit-date-changed", "settings-changed", "signed-in"]);
    let events = household["happened"].as_array().unwrap();
    let of = |what: &str| events.iter().find(|event| event["what"] == what).unwrap();
    assert_eq!(of("settings-changed")["by"], json!({"kind": "tenant"}));
    assert_eq!(of("settings-changed")["outcome"], "language");
    let agency = &of("exit-date-changed")["by"];
    assert_eq!(agency["kind"], "agency");
    assert!(agency["name"].as_str().unwrap().starts_with("arn:"), "{agency}");
    let times: Vec<_> = names(&household, "happened", "at");
    assert!(times.is_sorted_by(|newer, older| newer >= older), "{times:?}");
    assert_eq!(names(&household, "mails", "mail"), ["account-activated", "activation"]);
    assert_eq!(household["account"]["language"], "en");
}

#[tokio::test]
async fn each_role_is_offered_what_it_may_do_and_a_reader_sees_no_address() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    let paperless = json!({"paperless": true});
    browser.send(Method::PATCH, "/api/account", &paperless).await.expect_status(200);
    portal.settle().await;

    for (member, may, email) in [
        ("reader", json!([]), "c•••@exemple.example"),
        ("agent", json!(["send-reset"]), MARTIN.email),
        ("supervisor", json!(["send-reset", "close-account", "stop-paperless"]), MARTIN.email),
    ] {
        let answer = look(&staff(&portal, member).await, &MARTIN).await.expect_status(200);

        assert_eq!(answer.json["may"], may, "{member}");
        assert_eq!(answer.json["account"]["email"], email, "{member}");
        assert_eq!(answer.body.contains(MARTIN.email), member != "reader");
        assert!(!answer.body.contains("$argon2"), "{member}");
    }
}

#[tokio::test]
async fn a_household_of_another_agency_is_answered_as_one_that_does_not_exist() {
    let portal = Portal::open().await;
    portal.tenant(&MARTIN).await;
    let other = staff(&portal, "agent-of-one-agency").await;
    let unknown = Household { lease: "99999999", ..MARTIN };

    let of_other = look(&other, &MARTIN).await.expect_problem(404, "not_found");
    let of_nobody = look(&other, &unknown).await.expect_problem(404, "not_found");

    assert_eq!(of_other.json, of_nobody.json);
    look(&portal.browser(), &MARTIN).await.expect_problem(401, "unauthenticated");
}

#[tokio::test]
async fn an_account_that_has_moved_to_another_lease_is_not_shown_with_its_former_one() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    portal.import(&[Household { lease: "55555555", ..MARTIN }.row("")]).await.expect_status(200);
    let body = json!({
        "lease": "55555555", "last_name": MARTIN.last_name, "password": MARTIN.password,
    });
    browser.send(Method::PUT, "/api/account/lease", &body).await.expect_status(200);

    let household = shown(&portal).await;

    assert_eq!(codes(&household), ["never_registered"]);
    assert_eq!(household.get("account"), None);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "reads the tables")]
async fn looks_are_counted_by_person_and_none_is_refused() {
    let portal = Portal::open_with(&[("LIMIT_STAFF_LOOKS", "2")]).await;
    known(&portal, "").await;
    let browser = staff(&portal, "agent").await;

    let looks = (0..4).map(|_| look(&browser, &MARTIN));
    for answer in futures_util::future::join_all(looks).await {
        answer.expect_status(200);
    }
    look(&staff(&portal, "reader").await, &MARTIN).await.expect_status(200);

    let rows = portal.items("tokens").await;
    let counts = rows
        .iter()
        .filter(|row| row["pk"]["S"].as_str().unwrap().starts_with("throttle#staff-looks#"));
    let mut counts: Vec<_> = counts.map(|row| row["count"]["N"].as_str().unwrap()).collect();
    counts.sort_unstable();
    assert_eq!(counts, ["1", "2"]);
}

#[tokio::test]
async fn a_household_is_shown_once_it_is_known_and_its_reference_is_taken_as_typed() {
    let portal = Portal::open().await;
    known(&portal, "").await;
    let browser = staff(&portal, "reader").await;

    let typed = browser.staff_get("/api/staff/households/L%201234%205678").await;
    let odd = browser.staff_get("/api/staff/households/abc").await;

    assert_eq!(typed.expect_status(200).json["lease"]["reference"], MARTIN.lease);
    odd.expect_problem(404, "not_found");
}
