//! Two years of a landlord's leases, day by day, compared with an independent model.
//!
//! A seeded script makes households register, change leases, leave, stay longer and be closed. The
//! daily job runs on most days. At the end of each day the tables agree with the model. At the end
//! of the script each household has got the mails it was due.

use std::collections::BTreeMap;

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use tests::{Browser, Household, Portal};

const LEASES: usize = 300;
const DAYS: i64 = 730;
const SEED: u64 = 1;
/// 1 January 2027, in days since 1970.
const FIRST_DAY: i64 = 20_819;

/// The attributes that are compared.
const TOLD: [&str; 8] =
    ["pk", "email", "tenant", "lease", "ends_on", "closes_on", "epoch", "status"];

/// A day of the civil calendar.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Day(pub(crate) i64);

impl Day {
    /// Year, month, day (Howard Hinnant's algorithm).
    fn civil(self) -> (i64, i64, i64) {
        let z = self.0 + 719_468;
        let era = z.div_euclid(146_097);
        let doe = z.rem_euclid(146_097);
        let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
        let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
        let mp = (5 * doy + 2) / 153;
        let month = if mp < 10 { mp + 3 } else { mp - 9 };
        (yoe + era * 400 + i64::from(month <= 2), month, doy - (153 * mp + 2) / 5 + 1)
    }

    pub(crate) fn of(year: i64, month: i64, day: i64) -> Self {
        let y = if month <= 2 { year - 1 } else { year };
        let era = y.div_euclid(400);
        let yoe = y.rem_euclid(400);
        let mp = (month + 9) % 12;
        let doy = (153 * mp + 2) / 5 + day - 1;
        let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
        Self(era * 146_097 + doe - 719_468)
    }

    /// The same day of the month, `months` later, or the last day of that month.
    fn months_later(self, months: i64) -> Self {
        let (year, month, day) = self.civil();
        let months = year * 12 + month - 1 + months;
        let (year, month) = (months.div_euclid(12), months.rem_euclid(12) + 1);
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let last = match month {
            2 => 28 + i64::from(leap),
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        Self::of(year, month, day.min(last))
    }

    /// The first second of the day in UTC, in seconds since 1970.
    pub(crate) fn start(self) -> i64 {
        self.0 * 86_400
    }

    /// The day in ISO 8601.
    pub(crate) fn text(self) -> String {
        let (year, month, day) = self.civil();
        format!("{year:04}-{month:02}-{day:02}")
    }
}

/// The random generator of [`SEED`]: the same draws on every machine.
struct Chance(Xoshiro256PlusPlus);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0.random_range(0..bound)
    }

    fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Life {
    Active,
    Deactivated(Day),
    Erased,
}

#[derive(Debug)]
struct Account {
    household: Household,
    lease: usize,
    life: Life,
    /// Whether the warnings of 30 and of 7 days before are still due.
    warnings: [bool; 2],
    /// The day of deactivation that was last announced.
    closes: Option<Day>,
    mails: Mails,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
struct Mails {
    warned: usize,
    deactivated: usize,
    closed: usize,
}

/// An active account: its lease, the exit date and the day of deactivation.
#[derive(Debug, Eq, PartialEq)]
struct Open {
    lease: String,
    ends_on: Option<String>,
    closes_on: Option<String>,
}

#[derive(Debug, Default)]
struct Model {
    /// The last day of each lease.
    ends: Vec<Option<Day>>,
    /// The account that holds each lease.
    holders: Vec<Option<usize>>,
    accounts: Vec<Account>,
}

impl Model {
    fn deactivation(&self, account: usize) -> Option<Day> {
        Some(self.ends[self.accounts[account].lease]?.months_later(3))
    }

    /// Plans the warnings from `today` on. A first warning whose day has passed is left out. The
    /// last warning is always given, at least seven days before the end.
    fn plan(&mut self, account: usize, today: Day) {
        let due = self.deactivation(account);
        let Account { warnings, closes, .. } = &mut self.accounts[account];
        *warnings = [due.is_some_and(|Day(due)| today.0 <= due - 30), due.is_some()];
        *closes = due.map(|due| due.max(Day(today.0 + 7)));
    }

    fn set_end(&mut self, lease: usize, end: Option<Day>, today: Day) {
        if self.ends[lease] != end {
            self.ends[lease] = end;
            if let Some(holder) = self.holders[lease] {
                self.plan(holder, today);
            }
        }
    }

    fn activate(&mut self, household: Household, lease: usize, today: Day) {
        let life = Life::Active;
        let (warnings, closes, mails) = ([false; 2], None, Mails::default());
        let account = Account { household, lease, life, warnings, closes, mails };
        self.accounts.push(account);
        self.holders[lease] = Some(self.accounts.len() - 1);
        self.plan(self.accounts.len() - 1, today);
    }

    fn move_to(&mut self, account: usize, lease: usize, today: Day) {
        self.holders[self.accounts[account].lease] = None;
        self.holders[lease] = Some(account);
        self.accounts[account].lease = lease;
        self.plan(account, today);
    }

    fn end(&mut self, account: usize, today: Day) {
        self.holders[self.accounts[account].lease] = None;
        self.accounts[account].life = Life::Deactivated(today);
    }

    fn run_daily_job(&mut self, today: Day) {
        for account in 0..self.accounts.len() {
            match self.accounts[account].life {
                Life::Erased => {}
                Life::Deactivated(on) => {
                    if today >= on.months_later(12) {
                        self.accounts[account].life = Life::Erased;
                    }
                }
                Life::Active => {
                    let Some(due) = self.deactivation(account) else { continue };
                    let Account { warnings, closes, mails, .. } = &mut self.accounts[account];
                    let [first, last] = *warnings;
                    if last && today.0 >= due.0 - 7 {
                        // The last warning comes at least seven days before.
                        *warnings = [false; 2];
                        *closes = Some(due.max(Day(today.0 + 7)));
                        mails.warned += 1;
                    } else if first && today.0 >= due.0 - 30 {
                        *warnings = [false, true];
                        mails.warned += 1;
                    } else if !last && closes.is_some_and(|day| today >= day) {
                        mails.deactivated += 1;
                        self.end(account, today);
                    }
                }
            }
        }
    }

    /// The active accounts by their addresses.
    fn open_accounts(&self) -> BTreeMap<String, Open> {
        let open =
            (0..self.accounts.len()).filter(|account| self.accounts[*account].life == Life::Active);
        open.map(|index| {
            let Account { household, lease, closes, .. } = &self.accounts[index];
            let ends_on = self.ends[*lease].map(Day::text);
            let (lease, closes_on) = (reference(*lease), closes.map(Day::text));
            (household.email.to_owned(), Open { lease, ends_on, closes_on })
        })
        .collect()
    }

    fn ended(&self) -> usize {
        let ended = |account: &&Account| matches!(account.life, Life::Deactivated(_));
        self.accounts.iter().filter(ended).count()
    }
}

fn reference(lease: usize) -> String {
    format!("{:08}", 90_000_000 + lease)
}

fn leaked(text: String) -> &'static str {
    text.leak()
}

/// A new household for the lease `lease`.
fn newcomer(count: usize, lease: usize) -> Household {
    Household {
        lease: leaked(reference(lease)),
        email: leaked(format!("foyer-{count}@exemple.example")),
        ..Household::MARTIN
    }
}

/// The row of a lease in the landlord's file. A lease without an end has no date, or one that means
/// none.
fn row(lease: usize, end: Option<Day>) -> String {
    const NO_END: [&str; 3] = ["", "9999-12-31", "31/12/2999"];
    let household = Household { lease: leaked(reference(lease)), ..Household::MARTIN };
    household.row(&end.map_or(NO_END[lease % 3].to_owned(), Day::text))
}

/// The state of the tables in the model's terms: the active accounts by the address in their
/// credentials, and the number of deactivated accounts that are not erased.
fn told(items: &[Value]) -> (BTreeMap<String, Open>, usize) {
    let text = |item: &Value, name: &str| item[name]["S"].as_str().map(str::to_owned);
    let by_key: BTreeMap<String, &Value> =
        items.iter().map(|item| (text(item, "pk").unwrap(), item)).collect();
    let mut open = BTreeMap::new();
    for (key, credentials) in &by_key {
        let Some(email) = key.strip_prefix("email#") else { continue };
        let tenant = text(credentials, "tenant").unwrap();
        let account = by_key[&format!("tenant#{tenant}")];
        assert_eq!(text(account, "status").as_deref(), Some("active"), "{account}");
        assert_eq!(text(account, "email").as_deref(), Some(email));
        assert_eq!(account["epoch"], credentials["epoch"]);
        let lease = text(account, "lease").unwrap();
        let held = by_key[&format!("lease#{lease}")];
        assert_eq!(text(held, "tenant"), Some(tenant), "{held}");
        assert_eq!(text(held, "ends_on"), text(account, "ends_on"), "{held} {account}");
        let (ends_on, closes_on) = (text(account, "ends_on"), text(account, "closes_on"));
        open.insert(email.to_owned(), Open { lease, ends_on, closes_on });
    }
    let holders = by_key
        .iter()
        .filter(|(key, item)| key.starts_with("lease#") && item.get("tenant").is_some());
    assert_eq!(holders.count(), open.len(), "each lease with a holder has an active account");
    let status = |item: &&&Value| text(item, "status").as_deref() == Some("deactivated");
    (open, by_key.values().filter(status).count())
}

/// Registers and activates `household`.
async fn join(portal: &Portal, household: Household) {
    let browser = portal.browser().from_source(leaked(format!(
        "2001:db8:{:x}::1",
        household.email.bytes().fold(0_u16, |sum, b| sum.wrapping_mul(31).wrapping_add(b.into()))
    )));
    browser.register(&household).await.expect_status(202);
    let token = portal.link_mailed_to(household.email).await;
    browser.activate(&token).await.expect_status(200);
}

async fn signed_in(portal: &Portal, household: &Household) -> Browser {
    let browser = portal.browser();
    browser.sign_in(household).await.expect_status(200);
    browser
}

async fn close(portal: &Portal, lease: usize) {
    let body = json!({"lease": reference(lease), "reason": "script"}).to_string();
    let method = reqwest::Method::POST;
    let path = "/api/agency/closures";
    portal.agency(method, path, "application/json", body.into_bytes()).await.expect_status(204);
    // The claim of a delivery that is under way at the end of the day would seem to have ended.
    portal.settle().await;
}

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "moves the clock")]
async fn two_years_of_leases_leave_no_difference_to_the_model() {
    let portal = Portal::open_without_daily_jobs().await;
    let mut chance = Chance(Xoshiro256PlusPlus::seed_from_u64(SEED));
    let mut model =
        Model { ends: vec![None; LEASES], holders: vec![None; LEASES], accounts: Vec::new() };
    portal.set_clock(&format!("{}T08:00:00Z", Day(FIRST_DAY).text())).await;
    let rows: Vec<String> = (0..LEASES).map(|lease| row(lease, None)).collect();
    portal.import(&rows).await.expect_status(200);

    for today in (FIRST_DAY..FIRST_DAY + DAYS).map(Day) {
        portal.set_clock(&format!("{}T03:00:00Z", today.text())).await;
        // On some days the job does not run.
        if !chance.one_in(20) {
            let report = portal.run_daily_job(&format!("{}T03:00:00Z", today.text())).await;
            if report["warned"] != 0 || report["deactivated"] != 0 {
                portal.settle().await;
            }
            model.run_daily_job(today);
        }
        portal.set_clock(&format!("{}T08:00:00Z", today.text())).await;
        script(&portal, &mut model, &mut chance, today).await;

        let (open, ended) = told(&portal.attributes("tenants", &TOLD).await);
        assert_eq!(open, model.open_accounts(), "on {}", today.text());
        assert_eq!(ended, model.ended(), "on {}", today.text());
    }

    portal.settle().await;
    let mut kinds = Mails::default();
    for account in &model.accounts {
        let mails = portal.mails_to(account.household.email).await;
        let named = |name: &str| mails.iter().filter(|mail| mail["tags"]["mail"] == name).count();
        let had = Mails {
            warned: named("closing-soon"),
            deactivated: named("account-deactivated"),
            closed: named("account-closed"),
        };
        assert_eq!(had, account.mails, "{}", account.household.email);
        kinds.warned += had.warned;
        kinds.deactivated += had.deactivated;
        kinds.closed += had.closed;
    }
    let erased = model.accounts.iter().filter(|account| account.life == Life::Erased).count();
    assert!(kinds.warned > 50 && kinds.deactivated > 50 && kinds.closed > 10, "{kinds:?}");
    assert!(erased > 20 && model.accounts.len() > LEASES, "{erased} erased");
}

/// What happens on one day.
async fn script(portal: &Portal, model: &mut Model, chance: &mut Chance, today: Day) {
    let mut rows = BTreeMap::new();
    for _ in 0..chance.below(3) {
        let lease = chance.below(LEASES);
        // An exit date in the past, soon, in a year, or none.
        let end = match chance.below(5) {
            0 => None,
            1 => Some(Day(today.0 - i64::try_from(chance.below(120)).unwrap())),
            _ => Some(Day(today.0 + i64::try_from(chance.below(300)).unwrap())),
        };
        rows.insert(lease, end);
    }
    if !rows.is_empty() {
        let file: Vec<String> = rows.iter().map(|(lease, end)| row(*lease, *end)).collect();
        let report = portal.import(&file).await.expect_status(200).json;
        assert_eq!(report["rejected"], json!([]));
        for (lease, end) in rows {
            model.set_end(lease, end, today);
        }
    }
    let open = |model: &Model, lease: usize| {
        model.holders[lease].is_none() && model.ends[lease].is_none_or(|end| end >= today)
    };
    for _ in 0..=chance.below(2) {
        let lease = chance.below(LEASES);
        if open(model, lease) {
            let household = newcomer(model.accounts.len(), lease);
            join(portal, household).await;
            model.activate(household, lease, today);
        }
    }
    if chance.one_in(6) && !model.accounts.is_empty() {
        let account = chance.below(model.accounts.len());
        let lease = chance.below(LEASES);
        if model.accounts[account].life == Life::Active && open(model, lease) {
            let browser = signed_in(portal, &model.accounts[account].household).await;
            let Household { last_name, password, .. } = Household::MARTIN;
            let body =
                json!({"lease": reference(lease), "last_name": last_name, "password": password});
            browser
                .send(reqwest::Method::PUT, "/api/account/lease", &body)
                .await
                .expect_status(200);
            model.move_to(account, lease, today);
        }
    }
    if chance.one_in(15) {
        let lease = chance.below(LEASES);
        if let Some(holder) = model.holders[lease] {
            close(portal, lease).await;
            model.end(holder, today);
            model.accounts[holder].mails.closed += 1;
        }
    }
}
