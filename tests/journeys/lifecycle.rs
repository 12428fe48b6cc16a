//! Accounts follow their leases.

use serde_json::{Value, json};
use tests::{Browser, Household, Portal};

const HOUSEHOLD: Household = Household::MARTIN;

/// A tenant whose lease ends on 31 August 2027, as the landlord says on 1 June.
async fn leaving(portal: &Portal) -> Browser {
    portal.set_clock("2027-06-01T08:00:00Z").await;
    let browser = portal.tenant(&HOUSEHOLD).await;
    portal.import(&[HOUSEHOLD.row("2027-08-31")]).await.expect_status(200);
    browser
}

/// Runs the daily job at four in the morning, Paris, of `day`; its report.
async fn day(portal: &Portal, day: &str) -> Value {
    portal.set_clock(&format!("{day}T03:00:00Z")).await;
    portal.run_daily_job(&format!("{day}T03:00:00Z")).await
}

async fn subjects(portal: &Portal) -> Vec<String> {
    portal.settle().await;
    let mails = portal.mails_to(HOUSEHOLD.email).await;
    mails.iter().map(|mail| mail["subject"].as_str().unwrap().to_owned()).collect()
}

async fn status(portal: &Portal) -> Value {
    portal.lease(HOUSEHOLD.lease).await.expect_status(200).json["account"]["status"].clone()
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_household_that_leaves_is_warned_twice_then_deactivated_then_erased() {
    let portal = Portal::open_without_daily_jobs().await;
    let browser = leaving(&portal).await;
    let account = browser.account().await.expect_status(200).json;
    assert_eq!(account["closes_on"], "2027-11-30");
    let before = subjects(&portal).await.len();

    assert_eq!(day(&portal, "2027-10-30").await["warned"], 0);
    assert_eq!(day(&portal, "2027-10-31").await["warned"], 1);
    assert_eq!(day(&portal, "2027-11-22").await["warned"], 0);
    assert_eq!(day(&portal, "2027-11-23").await["warned"], 1);
    assert_eq!(subjects(&portal).await.len(), before + 2);
    assert_eq!(day(&portal, "2027-11-29").await["deactivated"], 0);
    browser.sign_in(&HOUSEHOLD).await.expect_status(200);
    assert_eq!(day(&portal, "2027-11-30").await["deactivated"], 1);

    browser.account().await.expect_problem(401, "unauthenticated");
    browser.sign_in(&HOUSEHOLD).await.expect_problem(401, "bad_credentials");
    assert_eq!(subjects(&portal).await.len(), before + 3);
    assert_eq!(status(&portal).await, "deactivated");

    assert_eq!(day(&portal, "2028-11-29").await["erased"], 0);
    assert_eq!(day(&portal, "2028-11-30").await["erased"], 1);
    assert_eq!(status(&portal).await, Value::Null);
    let kept = portal.items("tenants").await.into_iter().map(|item| item.to_string());
    let kept: Vec<String> = kept.filter(|item| item.contains("tenant#")).collect();
    assert_eq!(kept.len(), 1);
    for named in [HOUSEHOLD.email, HOUSEHOLD.last_name, HOUSEHOLD.first_name, HOUSEHOLD.lease] {
        assert!(!kept[0].contains(named), "{}", kept[0]);
    }
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_run_repeated_does_nothing_again() {
    let portal = Portal::open_without_daily_jobs().await;
    leaving(&portal).await;
    let first = day(&portal, "2027-10-31").await;
    let mails = subjects(&portal).await.len();

    let again = portal.run_daily_job("2027-10-31T03:00:00Z").await;

    assert_eq!(first["warned"], 1);
    assert_eq!(again["warned"], 0);
    assert_eq!(subjects(&portal).await.len(), mails);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn two_runs_at_once_warn_and_deactivate_once() {
    let portal = Portal::open_without_daily_jobs().await;
    leaving(&portal).await;
    let mails = subjects(&portal).await.len();
    for (day, report, sent) in [("2027-10-31", "warned", 1), ("2027-11-30", "deactivated", 2)] {
        let time = format!("{day}T03:00:00Z");
        portal.set_clock(&time).await;

        let (one, other) = tokio::join!(portal.run_daily_job(&time), portal.run_daily_job(&time));

        let total = one[report].as_u64().unwrap() + other[report].as_u64().unwrap();
        assert_eq!(total, 1, "{one} {other}");
        assert_eq!(subjects(&portal).await.len(), mails + sent);
    }
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_dry_run_counts_and_changes_nothing() {
    let portal = Portal::open_without_daily_jobs().await;
    leaving(&portal).await;
    let mails = subjects(&portal).await.len();
    portal.set_clock("2027-11-30T03:00:00Z").await;
    let before = portal.items("tenants").await;

    let event = json!({"time": "2027-11-30T03:00:00Z", "dry_run": true});
    let report = portal.invoke("expire-accounts", &event).await.expect_status(200).json;

    assert_eq!((&report["dry_run"], &report["deactivated"]), (&json!(true), &json!(1)));
    assert_eq!(portal.items("tenants").await, before);
    assert_eq!(subjects(&portal).await.len(), mails);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_run_takes_no_more_than_its_cap_and_the_next_takes_the_rest() {
    let portal = Portal::open_without_daily_jobs().await;
    portal.set_clock("2027-06-01T08:00:00Z").await;
    for household in Household::ALL {
        portal.tenant(&household).await;
    }
    let rows: Vec<String> = Household::ALL.iter().map(|one| one.row("2027-08-31")).collect();
    portal.import(&rows).await.expect_status(200);
    portal.set_clock("2027-12-24T03:00:00Z").await;
    let event = json!({"time": "2027-12-24T03:00:00Z", "cap": 2});

    let first = portal.invoke("expire-accounts", &event).await.expect_status(200).json;
    let second = portal.invoke("expire-accounts", &event).await.expect_status(200).json;

    assert_eq!((&first["deactivated"], &first["capped"]), (&json!(2), &json!(true)));
    assert_eq!((&second["deactivated"], &second["capped"]), (&json!(1), &json!(false)));
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_prolonged_lease_takes_the_warning_back() {
    let portal = Portal::open_without_daily_jobs().await;
    let browser = leaving(&portal).await;
    day(&portal, "2027-10-31").await;

    portal.import(&[HOUSEHOLD.row("")]).await.expect_status(200);

    for later in ["2027-11-23", "2027-11-30", "2028-06-01"] {
        let report = day(&portal, later).await;
        assert_eq!((&report["warned"], &report["deactivated"]), (&json!(0), &json!(0)));
    }
    browser.sign_in(&HOUSEHOLD).await.expect_status(200);
    let account = browser.account().await.expect_status(200).json;
    assert_eq!(account["closes_on"], Value::Null);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn an_exit_learned_of_too_late_deactivates_at_the_next_run() {
    let portal = Portal::open_without_daily_jobs().await;
    portal.set_clock("2027-06-01T08:00:00Z").await;
    portal.tenant(&HOUSEHOLD).await;
    let mails = subjects(&portal).await.len();

    portal.import(&[HOUSEHOLD.row("2026-12-31")]).await.expect_status(200);
    let report = day(&portal, "2027-06-02").await;

    assert_eq!((&report["warned"], &report["deactivated"]), (&json!(0), &json!(1)));
    assert_eq!(subjects(&portal).await.len(), mails + 1);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_household_that_comes_back_registers_again() {
    let portal = Portal::open_without_daily_jobs().await;
    leaving(&portal).await;
    day(&portal, "2027-11-30").await;
    portal.settle().await;
    let old = portal.mails_to(HOUSEHOLD.email).await.len();
    portal.import(&[HOUSEHOLD.row("")]).await.expect_status(200);

    let browser = portal.browser();
    browser.register(&HOUSEHOLD).await.expect_status(202);
    portal.mail_to(HOUSEHOLD.email, old + 1).await;
    let token = portal.link_mailed_to(HOUSEHOLD.email).await;
    browser.activate(&token).await.expect_status(200);
    browser.sign_in(&HOUSEHOLD).await.expect_status(200);

    assert_eq!(day(&portal, "2028-11-30").await["erased"], 1);
    assert_eq!(status(&portal).await, "active");
    browser.sign_in(&HOUSEHOLD).await.expect_status(200);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_run_cut_short_by_a_failing_table_is_taken_up_by_the_next() {
    let portal = Portal::open_without_daily_jobs().await;
    leaving(&portal).await;
    let mails = subjects(&portal).await.len();
    portal.set_clock("2027-10-31T03:00:00Z").await;
    portal.run_daily_job("2027-10-30T03:00:00Z").await;
    portal.fail("dynamodb", "conflict", Some(2)).await;

    let report = portal.run_daily_job("2027-10-31T03:00:00Z").await;

    portal.fail("dynamodb", "none", None).await;
    let again = portal.run_daily_job("2027-10-31T03:00:00Z").await;
    let warned = report["warned"].as_u64().unwrap() + again["warned"].as_u64().unwrap();
    assert_eq!(warned, 1, "{report} {again}");
    assert_eq!(subjects(&portal).await.len(), mails + 1);
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_run_asks_as_much_of_many_accounts_as_of_few_when_the_same_are_due() {
    let portal = Portal::open_without_daily_jobs().await;
    portal.set_clock("2027-06-01T08:00:00Z").await;
    portal.tenant(&HOUSEHOLD).await;
    portal.import(&[HOUSEHOLD.row("2027-08-31")]).await.expect_status(200);
    let mut asked = Vec::new();
    for others in [&Household::ALL[1..1], &Household::ALL[1..]] {
        for other in others {
            portal.tenant(other).await;
        }
        portal.forget_requests().await;

        let event = json!({"time": "2027-10-31T03:00:00Z", "dry_run": true});
        portal.invoke("expire-accounts", &event).await.expect_status(200);

        asked.push(portal.requests_of("expire-accounts").await.len());
    }
    assert_eq!(asked[0], asked[1]);
}
