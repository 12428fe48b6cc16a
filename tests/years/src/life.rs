//! The actions of households, the landlord and the agency, day by day.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use model::events::{agency, schedule, stream, sweep};
use model::household::leases;
use serde_json::{Value, json};
use tests::Statements;

use crate::home::{Act, Home, last_name, reference};
use crate::run::{Report, Run};
use crate::world::{Ended, Happened, World};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// An event that is planned for a later instant.
#[derive(Clone, Debug)]
enum Errand {
    /// A day begins.
    Day,
    /// The daily job: the time at which it was due, and how often it has failed so far.
    Daily(Timestamp, usize),
    /// The landlord's system sends the leases that have changed.
    Import,
    /// The sweep looks for mails that are due.
    Sweep,
    /// The stream brings a new mail: its row, and how often that has failed so far.
    Deliver(String, usize),
    /// The household with this number acts.
    Act(usize, Act),
    /// The agency follows a link: it does what was asked if true, else it refuses.
    Answer(String, bool),
    /// The agency closes the account of the lease with this number.
    Close(usize),
    /// The agency allows mails again, for the lease with this number.
    Allow(usize),
    /// SES reports that the mail with this number came back.
    Bounce(usize),
}

/// The use of an answer.
#[derive(Clone, Debug)]
enum Then {
    Act(usize, Act),
    Daily(Timestamp, usize),
    Sweep,
    Deliver(String, usize),
    Nobody,
}

/// A lease in the landlord's system.
#[derive(Clone, Debug)]
struct Lease {
    name: String,
    ends_on: Option<Date>,
    changed: bool,
}

struct Life {
    world: World<Errand, Then>,
    homes: Vec<Home>,
    leases: Vec<Lease>,
    /// The household that made up each address.
    addresses: HashMap<String, usize>,
    statements: Statements,
    checked_mails: usize,
    read_mails: usize,
    sweeping: bool,
    days: usize,
    report: Report,
}

/// Lives the days of `run`.
pub(crate) async fn live(run: &Run, variables: &BTreeMap<String, String>) -> Report {
    let functions: BTreeSet<String> =
        local::functions::all().into_iter().map(|(name, _)| name.to_owned()).collect();
    let start = "2027-01-01T00:00:00Z".parse().expect("a time");
    let world = World::new(run.seed, start, run.faults, variables);
    let lease = |n| Lease { name: last_name(n, 0), ends_on: None, changed: true };
    let mut life = Life {
        world,
        homes: (0..run.households).map(|n| Home::next(n, 0)).collect(),
        leases: (0..run.households).map(lease).collect(),
        addresses: HashMap::new(),
        statements: Statements::about(functions, variables.clone()),
        checked_mails: 0,
        read_mails: 0,
        sweeping: false,
        days: run.days,
        report: Report::default(),
    };
    for home in &life.homes {
        life.addresses.insert(home.email().to_owned(), home.n);
    }
    life.world.plan(0, Errand::Import);
    life.world.plan(HOUR, Errand::Day);
    while let Some(happened) = life.world.next().await {
        match happened {
            Happened::Errand(errand) => life.run(errand).await,
            Happened::Ended(ended) => life.end(ended),
            Happened::Nothing => {}
        }
        life.look_at_mail();
        if !life.report.broken.is_empty() {
            break;
        }
    }
    life.check();
    let (records, digest) = life.world.digest();
    let faults = life.world.faults().iter().map(|(name, count)| ((*name).to_owned(), *count));
    Report { records, digest, faults: faults.collect(), mails: life.read_mails, ..life.report }
}

impl Life {
    fn today(&self) -> Date {
        self.world.now().to_zoned(TimeZone::UTC).date()
    }

    async fn run(&mut self, errand: Errand) {
        match errand {
            Errand::Day => self.begin_day(),
            Errand::Daily(time, failed) => {
                let then = Then::Daily(time, failed);
                self.world.begin("expire-accounts", &schedule(time), then).await;
            }
            Errand::Import => self.import().await,
            Errand::Sweep => self.world.begin("deliver-mail", &sweep(), Then::Sweep).await,
            Errand::Deliver(pk, failed) => {
                let then = Then::Deliver(pk.clone(), failed);
                self.world.begin("deliver-mail", &stream(&pk), then).await;
            }
            Errand::Act(home, act) => self.act(home, act).await,
            Errand::Answer(token, refuses) => {
                let body = if refuses {
                    json!({"token": token, "answer": "refuse", "reason": "Bail en cours"})
                } else {
                    json!({"token": token})
                };
                let event =
                    model::events::browser().call("POST /api/agency-requests/answer", &body);
                self.world.begin("answer-request", &event, Then::Nobody).await;
            }
            Errand::Close(lease) => {
                let body = json!({"lease": reference(lease), "reason": "Départ"});
                let event = agency().call("POST /api/agency/closures", &body);
                self.world.begin("close-account", &event, Then::Nobody).await;
            }
            Errand::Allow(lease) => {
                let body = json!({"lease": reference(lease)});
                let event = agency().call("POST /api/agency/mail-permissions", &body);
                self.world.begin("allow-mail", &event, Then::Nobody).await;
            }
            Errand::Bounce(mail) => {
                let event = bounce(&self.world.mails()[mail]);
                self.world.begin("record-mail-feedback", &event, Then::Nobody).await;
            }
        }
    }

    async fn act(&mut self, home: usize, act: Act) {
        if Home::needs_session(&act) && self.homes[home].session.is_none() {
            // It signs in first, and then acts.
            if act != Act::SignOut && self.homes[home].active {
                let stays = self.world.chance().one_in(3);
                self.world.plan(0, Errand::Act(home, Act::SignIn(stays)));
                self.world.plan(2 * MINUTE, Errand::Act(home, act));
                self.homes[home].active = self.world.chance().below(8) > 0;
            }
            return;
        }
        if act == Act::Resend && self.homes[home].registration.is_none() {
            return;
        }
        let (function, event) = self.homes[home].call(&act);
        self.world.begin(function, &event, Then::Act(home, act)).await;
    }

    fn end(&mut self, ended: Ended<Then>) {
        let Ended { function, then, struck, answer } = ended;
        let status = answer.as_ref().and_then(|answer| answer["statusCode"].as_u64());
        let said = match (&answer, status) {
            (None, _) => "none".to_owned(),
            (_, Some(status)) => status.to_string(),
            _ => "done".to_owned(),
        };
        *self.report.answers.entry(format!("{function} {said}")).or_default() += 1;
        // A failure without a fault as its cause.
        let fails = status.is_some_and(|status| status >= 500) || answer.is_none();
        if fails && !struck {
            self.report.broken.push(format!(
                "{}: {function} answers {said} though nothing failed: {answer:?}",
                self.world.now()
            ));
        }
        match then {
            Then::Act(home, act) => {
                let answer = answer.unwrap_or_default();
                self.homes[home].learn(&act, status, &answer);
            }
            Then::Daily(time, failed) => {
                let undone = answer.is_none_or(|report| report["failed"] != 0);
                if undone && failed < 2 {
                    self.world.plan(5 * MINUTE, Errand::Daily(time, failed + 1));
                }
            }
            Then::Deliver(pk, failed) if answer.is_none() && failed < 2 => {
                self.world.plan(MINUTE, Errand::Deliver(pk, failed + 1));
            }
            Then::Sweep => {
                self.sweeping = false;
                self.plan_sweep();
            }
            Then::Deliver(..) | Then::Nobody => {}
        }
    }

    /// The schedule runs every minute. The simulation runs a sweep only when a mail is due.
    fn plan_sweep(&mut self) {
        if self.sweeping {
            return;
        }
        if let Some(due) = self.world.next_mail() {
            let wait = (due - self.world.now().as_second()).max(60) * 1_000;
            self.world.plan(wait, Errand::Sweep);
            self.sweeping = true;
        }
    }

    /// Passes new mails to the stream, and lets people read theirs.
    fn look_at_mail(&mut self) {
        for pk in self.world.take_inserted() {
            let chance = self.world.chance();
            let (lost, twice, after) =
                (chance.one_in(50), chance.one_in(25), chance.between(50, 1_500));
            if !lost {
                self.world.plan(after, Errand::Deliver(pk.clone(), 0));
            }
            if twice {
                self.world.plan(after + 700, Errand::Deliver(pk, 0));
            }
            self.plan_sweep();
        }
        while self.read_mails < self.world.mails().len() {
            let number = self.read_mails;
            self.read_mails += 1;
            let mail = self.world.mails()[number].clone();
            self.read(number, &mail);
        }
    }

    fn read(&mut self, number: usize, mail: &Value) {
        if self.world.chance().one_in(150) {
            let after = self.world.chance().between(MINUTE, HOUR);
            self.world.plan(after, Errand::Bounce(number));
        }
        let Some(token) = mail["token"].as_str().map(str::to_owned) else { return };
        let chance = self.world.chance();
        // Most mails are read soon, some too late.
        let after = match chance.below(10) {
            0 => chance.between(HOUR, 40 * HOUR),
            1 => chance.between(DAY, 9 * DAY),
            _ => chance.between(MINUTE, 40 * MINUTE),
        };
        let (ignored, twice, refuses) = (chance.one_in(12), chance.one_in(12), chance.one_in(3));
        let name = mail["tags"]["mail"].as_str().unwrap_or_default();
        if name == "agency-request" {
            self.world.plan(after * 20, Errand::Answer(token.clone(), refuses));
            if twice {
                self.world.plan(after * 20 + 30, Errand::Answer(token, !refuses));
            }
            return;
        }
        let to = mail["to"].as_str().unwrap_or_default();
        let Some(home) = self.addresses.get(to).copied() else { return };
        let act = match name {
            "activation" => Act::Activate(token),
            "password-reset" => Act::Reset(token, self.homes[home].think_of_password()),
            "email-change-confirm" => Act::Confirm(token),
            "email-changed" if self.world.chance().one_in(6) => Act::Revert(token),
            _ => return,
        };
        if !ignored {
            self.world.plan(after, Errand::Act(home, act.clone()));
        }
        if twice {
            self.world.plan(after + 15, Errand::Act(home, act));
        }
    }

    fn begin_day(&mut self) {
        self.check();
        self.world.sweep_expired();
        if self.days == 0 {
            return;
        }
        self.days -= 1;
        self.world.plan(DAY, Errand::Day);
        // Sometimes the schedule does not run, or runs twice.
        if !self.world.chance().one_in(40) {
            let now = self.world.now();
            let due = Timestamp::from_second(now.as_second() + 2 * 3_600).expect("a time");
            self.world.plan(2 * HOUR, Errand::Daily(due, 0));
            if self.world.chance().one_in(30) {
                self.world.plan(2 * HOUR + 40, Errand::Daily(due, 2));
            }
        }
        if self.world.chance().one_in(60) {
            let service = if self.world.chance().one_in(3) { "dynamodb" } else { "ses" };
            let minutes = self.world.chance().between(1, 200);
            let until = self.world.now().as_second() + minutes * 60 + 2 * 3_600;
            self.world.fail(service, Timestamp::from_second(until).expect("a time"));
        }
        for lease in 0..self.leases.len() {
            self.plan_lease(lease);
        }
        let after = self.world.chance().between(3 * HOUR, 20 * HOUR);
        self.world.plan(after, Errand::Import);
        for home in 0..self.homes.len() {
            self.plan_home(home);
        }
    }

    /// Changes a lease in the landlord's system.
    fn plan_lease(&mut self, n: usize) {
        let today = self.today();
        let chance = self.world.chance();
        let lease = &mut self.leases[n];
        match lease.ends_on {
            None if chance.one_in(700) => {
                // Some exit dates arrive late.
                let days = chance.between(-40, 200);
                lease.ends_on = Some(today.saturating_add(days.days()));
                lease.changed = true;
            }
            Some(_) if chance.one_in(90) => {
                lease.ends_on = if chance.one_in(3) {
                    None
                } else {
                    Some(today.saturating_add(chance.between(-60, 150).days()))
                };
                lease.changed = true;
            }
            Some(ended) if today > ended.saturating_add(5.months()) => {
                // Another household moves in. The account of the one before is closed by now.
                let home = Home::next(n, self.homes[n].generation + 1);
                lease.ends_on = None;
                lease.name.clone_from(&home.name);
                lease.changed = true;
                self.addresses.insert(home.email().to_owned(), n);
                self.homes[n] = home;
            }
            _ => {}
        }
        if self.world.chance().one_in(5_000) {
            self.leases[n].name = format!("{} Blanc", self.leases[n].name);
            self.leases[n].changed = true;
        }
        if self.world.chance().one_in(4_000) {
            let after = self.world.chance().between(HOUR, 20 * HOUR);
            self.world.plan(after, Errand::Close(n));
        }
        if self.world.chance().one_in(4_000) {
            let after = self.world.chance().between(HOUR, 20 * HOUR);
            self.world.plan(after, Errand::Allow(n));
        }
    }

    async fn import(&mut self) {
        let mut rows = Vec::new();
        for (n, lease) in self.leases.iter_mut().enumerate() {
            if std::mem::take(&mut lease.changed) {
                let end = lease.ends_on.map(|day| day.to_string()).unwrap_or_default();
                rows.push(format!("{},{},{end}", reference(n), lease.name));
            }
        }
        if !rows.is_empty() {
            let event = agency().csv(&leases(&rows.join("\n")));
            self.world.begin("import-leases", &event, Then::Nobody).await;
        }
    }

    /// The actions of a household on a day.
    fn plan_home(&mut self, n: usize) {
        let at = self.world.chance().between(4 * HOUR, 22 * HOUR);
        if !self.homes[n].registered {
            if self.world.chance().one_in(25) {
                self.world.plan(at, Errand::Act(n, Act::Register));
            }
            return;
        }
        if !self.homes[n].active {
            // It has not followed its link, or its account was closed: it tries again some time
            // later.
            if self.world.chance().one_in(40) {
                let lease = self.homes[n].lease;
                self.homes[n].name.clone_from(&self.leases[lease].name);
                let act = match self.world.chance().below(4) {
                    0 => Act::Resend,
                    1 => Act::ForgetIdentifier,
                    2 => Act::ForgetPassword,
                    _ => Act::Register,
                };
                self.world.plan(at, Errand::Act(n, act));
            }
            return;
        }
        if !self.world.chance().one_in(40) {
            return;
        }
        let mut at = at;
        for _ in 0..=self.world.chance().below(3) {
            let act = self.choose(n);
            self.world.plan(at, Errand::Act(n, act));
            // Some actions are at the same instant, in two tabs.
            at += if self.world.chance().one_in(3) {
                self.world.chance().between(0, 60)
            } else {
                self.world.chance().between(MINUTE, 90 * MINUTE)
            };
        }
    }

    fn choose(&mut self, n: usize) -> Act {
        let chosen = self.world.chance().below(20);
        let coin = self.world.chance().one_in(2);
        let home = &mut self.homes[n];
        match chosen {
            0 | 1 => Act::SignIn(coin),
            2 | 3 => Act::Refresh,
            4 => Act::Sessions,
            5 => Act::Revoke,
            6 => Act::Requests,
            7 => Act::Export,
            8 | 9 => Act::Update(coin),
            10 => Act::ChangePassword(home.think_of_password()),
            11 => {
                let email = home.think_of_email();
                self.addresses.insert(email.clone(), n);
                Act::ChangeEmail(email)
            }
            12 | 13 => Act::ForgetPassword,
            14 => Act::ForgetIdentifier,
            15 => Act::Ask(coin),
            16 => {
                // To any lease. Another household may already have an account for it.
                let lease = self.world.chance().below(self.leases.len());
                Act::Move(lease, self.leases[lease].name.clone())
            }
            17 => Act::SignOut,
            _ => Act::Look,
        }
    }

    fn check(&mut self) {
        let records = self.world.take_records();
        let mails = self.world.mails()[self.checked_mails..].to_vec();
        self.checked_mails += mails.len();
        let broken = self.statements.check(self.world.now(), records, mails);
        let now = self.world.now();
        self.report.broken.extend(broken.iter().map(|broken| format!("{now}: {broken}")));
        self.report.days += 1;
    }
}

/// SES's report of a mail that came back permanently, as the queue passes it on.
fn bounce(mail: &Value) -> Value {
    let published = tests::bounce_of(mail);
    let mut events = tests::events().into_iter();
    let sample = events.find(|(name, _)| name == "record-mail-feedback");
    let mut event = sample.expect("a sample event").1;
    event["Records"][0]["body"] = json!(published.to_string());
    event
}
