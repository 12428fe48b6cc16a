//! Warnings, deactivation and erasure of accounts whose lease ends.

use serde_json::{Value, json};
use tests::{Browser, Household, Portal, token_in};

use crate::two_years::Day;

const HOUSEHOLD: Household = Household::MARTIN;

/// A tenant whose lease ends on 31 August 2027. The landlord imports that date on 1 June.
async fn leaving(portal: &Portal) -> Browser {
    portal.set_clock("2027-06-01T08:00:00Z").await;
    let browser = portal.tenant(&HOUSEHOLD).await;
    portal.import(&[HOUSEHOLD.row("2027-08-31")]).await.expect_status(200);
    browser
}

/// Runs the daily job of `day` at 03:00 UTC and returns its report.
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
    for (day, report, sent) in
        [("2027-10-31", "warned", 1), ("2027-11-23", "warned", 2), ("2027-11-30", "deactivated", 3)]
    {
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
    for (on, counted) in [
        ("2027-10-31", "warned"),
        ("2027-11-23", "warned"),
        ("2027-11-30", "deactivated"),
        ("2028-11-30", "erased"),
    ] {
        let mails = subjects(&portal).await.len();
        let time = format!("{on}T03:00:00Z");
        portal.set_clock(&time).await;
        let before = portal.items("tenants").await;

        let event = json!({"time": time, "dry_run": true});
        let report = portal.invoke("expire-accounts", &event).await.expect_status(200).json;

        assert_eq!((&report["dry_run"], &report[counted]), (&json!(true), &json!(1)), "{on}");
        assert_eq!(portal.items("tenants").await, before);
        assert_eq!(subjects(&portal).await.len(), mails);
        assert_eq!(
            day(&portal, on).await[counted],
            1,
            "the run does what the dry run counted: {on}"
        );
    }
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
    assert_eq!(day(&portal, "2027-10-31").await["warned"], 3);
    portal.settle().await;
    assert_eq!(day(&portal, "2027-11-23").await["warned"], 3);
    portal.settle().await;
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
async fn an_exit_date_imported_too_late_is_warned_of_and_deactivates_seven_days_later() {
    let portal = Portal::open_without_daily_jobs().await;
    portal.set_clock("2027-06-01T08:00:00Z").await;
    let browser = portal.tenant(&HOUSEHOLD).await;
    let mails = subjects(&portal).await.len();

    portal.import(&[HOUSEHOLD.row("2026-12-31")]).await.expect_status(200);
    let report = day(&portal, "2027-06-02").await;

    assert_eq!((&report["warned"], &report["deactivated"]), (&json!(1), &json!(0)));
    assert_eq!(subjects(&portal).await.len(), mails + 1);
    browser.sign_in(&HOUSEHOLD).await.expect_status(200);
    assert_eq!(browser.account().await.json["closes_on"], "2027-06-09");
    for early in ["2027-06-03", "2027-06-08"] {
        let report = day(&portal, early).await;
        assert_eq!((&report["warned"], &report["deactivated"]), (&json!(0), &json!(0)));
    }
    assert_eq!(day(&portal, "2027-06-09").await["deactivated"], 1);
    assert_eq!(subjects(&portal).await.len(), mails + 2);
}

/// The days on which a household was warned, with the announced days, and the day of deactivation.
#[derive(Debug, Default)]
struct Course {
    warnings: Vec<(Day, Day)>,
    deactivated: Option<Day>,
}

/// 1 June 2027. Other days are counted from it.
const BEGIN: Day = Day(20_970);

/// Follows an account for 70 days. `ends` lists the imports: the day and the exit date. The daily
/// job runs `runs(day)` times a day.
async fn course(ends: &[(i64, &str)], runs: impl Fn(i64) -> usize) -> Course {
    let portal = Portal::open_without_daily_jobs().await;
    portal.set_clock(&format!("{}T00:10:00Z", BEGIN.text())).await;
    let browser = portal.tenant(&HOUSEHOLD).await;
    let mut course = Course::default();
    for n in 0..70 {
        let today = Day(BEGIN.0 + n);
        let time = format!("{}T03:00:00Z", today.text());
        portal.set_clock(&time).await;
        for _ in 0..runs(n) {
            let report = portal.run_daily_job(&time).await;
            assert_eq!(report["failed"], 0, "{report}");
            if report["deactivated"] == 1 {
                course.deactivated = Some(today);
                return course;
            }
            if report["warned"] == 1 {
                course.warnings.push((today, day_warned_of(&portal, &browser).await));
            }
        }
        portal.set_clock(&format!("{}T08:00:00Z", today.text())).await;
        for (_, end) in ends.iter().filter(|(said_on, _)| *said_on == n) {
            portal.import(&[HOUSEHOLD.row(end)]).await.expect_status(200);
        }
    }
    course
}

/// The day in the newest warning, after checking that it is the account's.
async fn day_warned_of(portal: &Portal, browser: &Browser) -> Day {
    const MONTHS: [&str; 12] = [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ];
    portal.settle().await;
    let mail = portal.mails_to(HOUSEHOLD.email).await.remove(0);
    assert_eq!(mail["tags"]["mail"], "closing-soon", "{mail:#}");
    browser.sign_in(&HOUSEHOLD).await.expect_status(200);
    let closes_on = browser.account().await.expect_status(200).json["closes_on"].clone();
    let parts = closes_on.as_str().expect("a day").split('-');
    let parts: Vec<i64> = parts.map(|part| part.parse().unwrap()).collect();
    let month = MONTHS[usize::try_from(parts[1]).unwrap() - 1];
    let date = if parts[2] == 1 { "1er".to_owned() } else { parts[2].to_string() };
    let text = mail["text"].as_str().unwrap().replace('\u{a0}', " ");
    let said = format!("{date} {month} {}", parts[0]);
    assert!(text.contains(&said), "{closes_on}: {text}");
    Day::of(parts[0], parts[1], parts[2])
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn accounts_are_only_deactivated_on_a_day_announced_seven_days_before_or_more() {
    let daily = |_: i64| 1;
    for (what, ends, runs, warnings, deactivated) in [
        // Day 0 is 1 June. The run of 2 June is the first to see an import on that day.
        ("long before", vec![(0, "2027-04-15")], daily as fn(i64) -> usize, 2, "2027-07-15"),
        ("between the warnings", vec![(0, "2027-03-20")], daily, 1, "2027-06-20"),
        ("9 days before", vec![(0, "2027-03-10")], daily, 1, "2027-06-10"),
        ("8 days before", vec![(0, "2027-03-09")], daily, 1, "2027-06-09"),
        ("7 days before", vec![(0, "2027-03-08")], daily, 1, "2027-06-09"),
        ("6 days before", vec![(0, "2027-03-07")], daily, 1, "2027-06-09"),
        ("on the day", vec![(0, "2027-03-01")], daily, 1, "2027-06-09"),
        ("years after", vec![(0, "2020-02-29")], daily, 1, "2027-06-09"),
        (
            "prolonged after a warning",
            vec![(0, "2026-12-31"), (3, "2027-03-20")],
            daily,
            2,
            "2027-06-20",
        ),
        (
            "shortened after both",
            vec![(0, "2027-03-15"), (9, "2027-03-14")],
            daily,
            2,
            "2027-06-18",
        ),
        (
            "removed on the day before and imported again",
            vec![(0, "2027-03-08"), (7, ""), (8, "2027-03-08")],
            daily,
            2,
            "2027-06-17",
        ),
        (
            "the same every day",
            (0..60).map(|n| (n, "2027-03-20")).collect(),
            daily,
            1,
            "2027-06-20",
        ),
        (
            "another every day",
            vec![(0, "2027-01-01"), (1, "2027-01-02"), (2, "2027-01-01")],
            daily,
            3,
            "2027-06-11",
        ),
        ("a run that comes twice", vec![(0, "2027-04-15")], |_| 2, 2, "2027-07-15"),
        (
            "no run for the week of the second warning",
            vec![(0, "2027-04-15")],
            |n| usize::from(!(35..=41).contains(&n)),
            2,
            "2027-07-20",
        ),
        (
            "no run from before the first warning to after the day",
            vec![(0, "2027-04-15")],
            |n| usize::from(!(10..=50).contains(&n)),
            1,
            "2027-07-29",
        ),
        (
            "an end and no run for a month",
            vec![(0, "2026-12-31")],
            |n| usize::from(n > 30),
            1,
            "2027-07-09",
        ),
    ] {
        let course = course(&ends, runs).await;

        let on = course.deactivated.expect(what);
        let (warned, said) = *course.warnings.last().expect(what);
        assert!(on.0 - warned.0 >= 7, "{what}: {course:?}");
        assert_eq!(said, on, "{what}: {course:?}");
        assert_eq!(course.warnings.len(), warnings, "{what}: {course:?}");
        assert_eq!(on.text(), deactivated, "{what}: {course:?}");
    }
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn an_end_far_away_warns_and_deactivates_nobody() {
    for end in ["2100-12-31", "9999-12-31", "31/12/2999"] {
        let portal = Portal::open_without_daily_jobs().await;
        portal.set_clock("2027-06-01T08:00:00Z").await;
        let browser = portal.tenant(&HOUSEHOLD).await;
        portal.import(&[HOUSEHOLD.row(end)]).await.expect_status(200);

        for later in ["2027-06-02", "2027-12-01", "2029-06-01"] {
            let report = day(&portal, later).await;
            let done = ["warned", "deactivated", "failed"].map(|what| report[what].clone());
            assert_eq!(done, [0, 0, 0].map(Value::from), "{end}: {report}");
        }
        browser.sign_in(&HOUSEHOLD).await.expect_status(200);
        let closes_on = browser.account().await.expect_status(200).json["closes_on"].clone();
        assert_eq!(
            closes_on,
            if end.starts_with("2100") { json!("2101-03-31") } else { json!(null) }
        );
    }
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn a_household_that_comes_back_registers_again() {
    let portal = Portal::open_without_daily_jobs().await;
    leaving(&portal).await;
    for (on, done) in
        [("2027-10-31", "warned"), ("2027-11-23", "warned"), ("2027-11-30", "deactivated")]
    {
        assert_eq!(day(&portal, on).await[done], 1, "{on}");
    }
    portal.settle().await;
    let old = portal.mails_to(HOUSEHOLD.email).await.len();
    portal.import(&[HOUSEHOLD.row("")]).await.expect_status(200);

    let browser = portal.browser();
    browser.register(&HOUSEHOLD).await.expect_status(202);
    let mail = portal.mail_to(HOUSEHOLD.email, old + 1).await;
    browser.activate(&token_in(&mail).unwrap()).await.expect_status(200);
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
