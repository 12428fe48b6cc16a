//! Staff sign in with the landlord's identity provider, and may do what their role says.

use reqwest::Method;
use serde_json::json;
use tests::{Answer, Portal};

const STAFF: &str = "__Host-staff";
const SIGN_IN: &str = "__Host-staff-sign-in";

async fn who(browser: &tests::Browser) -> Answer {
    browser.staff_get("/api/staff/session").await
}

fn leads_to(answer: &Answer) -> &str {
    answer.header("location")
}

#[tokio::test]
async fn a_member_of_staff_signs_in_and_out() {
    let portal = Portal::open().await;
    let browser = portal.browser();
    who(&browser).await.expect_problem(401, "unauthenticated");

    let answer = browser.sign_in_as_staff("agent").await;

    assert_eq!(leads_to(&answer), "/agence");
    let cookie = answer.set_cookie(STAFF);
    for part in ["HttpOnly", "Secure", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains("Max-Age"), "{cookie}");
    assert!(browser.cookie(SIGN_IN).is_none());
    let staff = who(&browser).await.expect_status(200).json;
    assert_eq!((&staff["name"], &staff["role"]), (&json!("Karim Benali"), &json!("agent")));
    assert_eq!(staff["agencies"], json!(["*"]));
    let may = staff["may"].as_array().unwrap();
    assert!(may.contains(&json!("settle-request")) && !may.contains(&json!("apply-import")));

    let copy = browser.copy();
    let out = browser.staff_send(Method::DELETE, "/api/staff/session", &json!({})).await;
    out.expect_status(204);
    assert!(browser.cookie(STAFF).is_none());
    for browser in [&browser, &copy] {
        who(browser).await.expect_problem(401, "unauthenticated");
    }
    // Without a session too.
    let out = browser.staff_send(Method::DELETE, "/api/staff/session", &json!({})).await;
    out.expect_status(204);
}

#[tokio::test]
async fn who_is_turned_away_is_told_why() {
    let portal = Portal::open().await;
    for (member, why) in [
        ("without-second-factor", "second-factor"),
        ("without-role", "no-role"),
        ("nobody", "denied"),
    ] {
        let browser = portal.browser();
        let answer = browser.sign_in_as_staff(member).await;
        assert_eq!(leads_to(&answer), format!("/agence#{why}"));
        assert!(browser.cookie(STAFF).is_none() && browser.cookie(SIGN_IN).is_none());
    }
}

#[tokio::test]
async fn a_sign_in_ends_in_the_browser_that_began_it_once_and_within_10_minutes() {
    let portal = Portal::open().await;
    let (browser, other) = (portal.browser(), portal.browser());
    let provider = browser.begin_staff_sign_in().await;
    let others = other.begin_staff_sign_in().await;
    let back = browser.chosen(&provider, "agent").await;

    // Somebody else's link, in a browser without a sign-in, with one of its own, or without its state.
    let expired = portal.browser().get(&back).await.expect_status(303);
    assert_eq!(leads_to(&expired), "/agence#expired");
    let forced = other.copy().get(&back).await.expect_status(303);
    assert_eq!(leads_to(&forced), "/agence#expired");
    let (path, _) = back.split_once("&state").unwrap();
    let stateless = browser.copy().get(path).await.expect_status(303);
    assert_eq!(leads_to(&stateless), "/agence#expired");
    // A code of another sign-in: its verifier is another.
    let others = other.chosen(&others, "supervisor").await;
    let (_, code) = others.split_once("code=").unwrap();
    let (code, _) = code.split_once('&').unwrap();
    let (_, state) = back.split_once("&state=").unwrap();
    let mixed = format!("/api/staff/callback?code={code}&state={state}");
    assert_eq!(leads_to(&browser.copy().get(&mixed).await), "/agence#expired");

    let begun = browser.copy();
    assert_eq!(leads_to(&browser.get(&back).await.expect_status(303)), "/agence");
    // The same again, in a browser that kept the cookie: the code is spent.
    assert_eq!(leads_to(&begun.get(&back).await), "/agence#expired");
    who(&browser).await.expect_status(200);

    let late = portal.browser();
    let provider = late.begin_staff_sign_in().await;
    portal.advance("PT10M").await;
    assert_eq!(leads_to(&late.end_staff_sign_in(&provider, "agent").await), "/agence#expired");
}

#[tokio::test]
async fn a_session_of_staff_ends_after_30_minutes_without_use_and_8_hours_in_all() {
    let portal = Portal::open().await;
    let browser = portal.browser();
    browser.sign_in_as_staff("reader").await;

    for _ in 0..19 {
        portal.advance("PT25M").await;
        who(&browser).await.expect_status(200);
    }
    portal.advance("PT4M").await;
    who(&browser).await.expect_status(200);
    portal.advance("PT1M").await;
    who(&browser).await.expect_problem(401, "unauthenticated");

    browser.sign_in_as_staff("reader").await;
    portal.advance("PT30M").await;
    who(&browser).await.expect_problem(401, "unauthenticated");
}

#[tokio::test]
async fn a_session_of_staff_opens_nothing_without_its_secret_or_from_elsewhere() {
    let portal = Portal::open().await;
    let browser = portal.browser();
    browser.sign_in_as_staff("supervisor").await;
    let cookie = browser.cookie(STAFF).unwrap();
    let (id, secret) = cookie.split_once('.').unwrap();

    for forged in [
        format!("{id}.{}", "A".repeat(43)),
        format!("{}.{secret}", "A".repeat(22)),
        id.to_owned(),
        format!("{id}."),
        format!("{cookie}x"),
        String::new(),
    ] {
        let thief = portal.browser();
        thief.set_cookie(STAFF, Some(&forged));
        who(&thief).await.expect_problem(401, "unauthenticated");
        // Signing out with it ends nobody's session.
        thief.staff_send(Method::DELETE, "/api/staff/session", &json!({})).await.expect_status(204);
    }
    // A tenant's session is not one of staff.
    let thief = portal.browser();
    thief.set_cookie("__Host-session", Some(&cookie));
    who(&thief).await.expect_problem(401, "unauthenticated");
    // Another site sends the cookie along.
    browser.get("/api/staff/session").await.expect_problem(403, "forbidden");
    who(&browser).await.expect_status(200);
}

#[tokio::test]
async fn signing_in_again_ends_the_session_before() {
    let portal = Portal::open().await;
    let browser = portal.browser();
    browser.sign_in_as_staff("reader").await;
    let before = browser.copy();

    browser.sign_in_as_staff("supervisor").await;

    assert_eq!(who(&browser).await.expect_status(200).json["role"], "supervisor");
    who(&before).await.expect_problem(401, "unauthenticated");
}

#[cfg_attr(feature = "deployed", ignore = "faults are the local stack's")]
#[tokio::test]
async fn a_provider_that_is_down_slow_or_new_is_told_from_a_refusal() {
    let portal = Portal::open().await;
    let lead = |answer: &Answer| leads_to(answer).to_owned();

    portal.fail("openid", "down", None).await;
    let answer = portal.browser().get("/api/staff/sign-in").await.expect_status(303);
    assert_eq!(lead(&answer), "/agence#unavailable");
    portal.fail("openid", "none", None).await;

    let browser = portal.browser();
    let provider = browser.begin_staff_sign_in().await;
    portal.fail("openid", "slow", Some(1)).await;
    let answer = browser.end_staff_sign_in(&provider, "agent").await;
    assert_eq!(lead(&answer), "/agence#unavailable");

    let browser = portal.browser();
    let provider = browser.begin_staff_sign_in().await;
    portal.fail("dynamodb", "down", None).await;
    let answer = browser.end_staff_sign_in(&provider, "agent").await;
    assert_eq!(lead(&answer), "/agence#unavailable");
    portal.fail("dynamodb", "none", None).await;

    let browser = portal.browser();
    assert_eq!(lead(&browser.sign_in_as_staff("agent").await), "/agence");
}

#[tokio::test]
async fn parameters_of_any_bytes_change_no_answer() {
    let portal = Portal::open().await;
    for query in
        ["", "?code=", "?code=%00&state=%ff", "?error=x&code=1&state=2", "?state[]=1", "?%"]
    {
        let answer = portal.browser().get(&format!("/api/staff/callback{query}")).await;
        assert_eq!(leads_to(&answer.expect_status(303)), "/agence#expired", "{query}");
    }
    let browser = portal.browser();
    browser.set_cookie(SIGN_IN, Some("\"x.9999999999999999999"));
    assert_eq!(
        leads_to(&browser.get("/api/staff/callback?code=1&state=2").await),
        "/agence#expired"
    );
}

#[cfg_attr(feature = "deployed", ignore = "faults are the local stack's")]
#[tokio::test]
async fn a_sign_in_that_takes_longer_than_a_call_may_is_said_to_be_unavailable() {
    let portal = Portal::open().await;
    let browser = portal.browser();
    let provider = browser.begin_staff_sign_in().await;
    let back = browser.chosen(&provider, "agent").await;
    // Each call is slow, and none is as slow as may not be.
    portal.set_fault(&json!({"service": "openid", "fail": "slow", "seconds": 2})).await;
    portal.set_fault(&json!({"service": "dynamodb", "fail": "slow", "seconds": 3})).await;

    browser.get(&back).await.expect_problem(503, "unavailable");
}

#[tokio::test]
async fn without_a_provider_nobody_is_led_anywhere() {
    let portal = Portal::open_with(&[("STAFF_ISSUER", "")]).await;

    portal.browser().get("/api/staff/sign-in").await.expect_problem(404, "not_found");
    let answer = portal.browser().get("/api/staff/callback?code=1&state=2").await;
    assert_eq!(leads_to(&answer.expect_status(303)), "/agence#expired");
}

#[tokio::test]
async fn another_site_signs_nobody_of_staff_out() {
    let portal = Portal::open().await;
    let browser = portal.browser();
    browser.sign_in_as_staff("reader").await;

    let request = browser.request(Method::DELETE, "/api/staff/session");
    browser
        .keep(request.header("sec-fetch-site", "cross-site"))
        .await
        .expect_problem(403, "forbidden");

    who(&browser).await.expect_status(200);
}
