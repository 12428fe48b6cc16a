//! What functions cost, as the processes that they are deployed as: the release binaries against
//! the local stack, over its runtime API and its endpoints. CPU, page faults and memory are what
//! the kernel counted for the process; what the stack does is not in it. Cold starts and sign-ins are
//! measured over TLS and without, all else without.
//!
//! `make bench`, or `tests/benches/build` and then
//! `cargo bench --package tests --bench functions --profile dev`

#![expect(
    clippy::cast_precision_loss,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench tells what it found, and stops where it cannot"
)]

mod apart;
mod front;
mod instructions;
mod sandbox;
mod system;
mod usage;

use std::process::ExitCode;

use serde_json::{Value, json};
use tests::{Household, registration};

use crate::apart::{Question, areas};
use crate::front::Handshakes;
use crate::instructions::{Instructions, valgrind_is_installed};
use crate::sandbox::Sandbox;
use crate::system::{System, event, event_with, hello, household, import, row, sign_in};

/// How often each cold start is made.
const STARTS: usize = 21;
/// How often a warm sign-in is made in a round, and how many rounds there are.
const WARM: usize = 100;
const ROUNDS: usize = 7;
/// How many hashes are looked at for page faults: each would take 4 864 if its buffer were not kept.
const HASHES: usize = 50;
/// Leases in a file, and as many as one is taken with.
const FEW: usize = 1_000;
const MANY: usize = 10_000;
/// Households whose mails are sent in one go.
const MAILED: usize = 10;

#[tokio::main]
async fn main() -> ExitCode {
    let system = System::start().await;
    let households: Vec<Household> = (0..MAILED).map(household).collect();
    let mut report = Report::default();

    let mailer = set_up(&system, &households).await;
    if let Some(pairs) = pairs() {
        times(&system, &households[0], pairs, &mut report).await;
        drop(mailer);
        system.stop().await;
        return report.end();
    }
    instructions(&system, &households[0], &mut report).await;
    sameness(&system, &households[0], &mut report).await;
    starts(&system, &households[0], &mut report).await;
    handshakes(&system, &households[0], &mut report).await;
    sign_ins(&system, &households[0]).await;
    hashes(&system, &households[1], &mut report).await;
    memory(&system, &households[0], &mailer).await;
    imports(&system, &mut report).await;

    drop(mailer);
    system.stop().await;
    report.end()
}

/// `PAIRS` asks for times, and for nothing else: `make sameness`.
#[expect(clippy::disallowed_methods, reason = "the developer chooses the number")]
fn pairs() -> Option<usize> {
    std::env::var("PAIRS").ok()?.parse().ok()
}

/// Gives `households` their accounts: their leases come by the function, and their mails go by the
/// one that is given back.
async fn set_up(system: &System, households: &[Household]) -> Sandbox {
    let rows: Vec<String> = households.iter().map(|household| household.row("")).collect();
    let importer = system.sandbox("import-leases").await;
    take(&importer, &import(&rows), "created", households.len()).await;

    let mailer = system.sandbox("deliver-mail").await;
    system.register(households).await;
    send_mails(&mailer, households.len()).await;
    system.activate(households).await;
    send_mails(&mailer, households.len()).await;
    mailer
}

async fn send_mails(mailer: &Sandbox, count: usize) {
    let sent = mailer.invoke(&json!({})).await;
    assert_eq!(sent["sent"], count, "{sent}");
}

/// CPU from spawn to first answer, by turns with a function that does nothing.
async fn starts(system: &System, tenant: &Household, report: &mut Report) {
    let signed_in = system.sandbox("login").await.succeed(&sign_in(tenant)).await;
    let firsts = [
        ("hello", event("show-terms")),
        ("show-terms", event("show-terms")),
        ("get-account", see_account(&signed_in)),
        ("login", sign_in(tenant)),
        ("deliver-mail", json!({})),
        ("import-leases", import(&[tenant.row("")])),
    ];
    let fronts = [&system.plain, &system.tls];
    let mut starts: Vec<[Starts; 2]> = firsts.iter().map(|_| Default::default()).collect();
    for _ in 0..STARTS {
        for ((function, event), starts) in firsts.iter().zip(&mut starts) {
            for (front, starts) in fronts.iter().zip(starts) {
                let sandbox = match *function {
                    "hello" => hello().await,
                    function => system.sandbox_before(front, function).await,
                };
                sandbox.invoke(event).await;
                starts.cpu.push(sandbox.usage().await.cpu_ms());
                starts.handshakes.push(front.handshakes().await);
            }
        }
    }
    let hello: Vec<f64> = starts[0].iter().flat_map(|starts| starts.cpu.clone()).collect();
    let hello = median(&hello);
    println!("CPU from spawn to first answer, hash aside; of a bare hello {hello:.2} ms");
    for ((function, _), [plain, tls]) in firsts.iter().zip(&starts).skip(1) {
        let ms = median(&plain.cpu);
        report.hold_to(&format!("{function}, {ms:.2} ms"), ms / hello, 2.0, "×");
        let (ms, handshakes) = (median(&tls.cpu), tls.most_handshakes());
        // Over the budget for three of them: docs/decisions/0006-ring.md. What is held is their count.
        tell(&format!("  over TLS, {ms:.2} ms"), ms / hello, 2.0, "×");
        report.hold_to(&format!("  full of {handshakes}"), handshakes.full as f64, 2.0, "");
    }
}

/// What was measured of the cold starts of one function.
#[derive(Default)]
struct Starts {
    cpu: Vec<f64>,
    handshakes: Vec<Handshakes>,
}

impl Starts {
    fn most_handshakes(&self) -> Handshakes {
        self.handshakes.iter().copied().max_by_key(|it| it.full + it.resumed).unwrap_or_default()
    }
}

/// Handshakes of warm sign-ins, and of one whose connections were closed while its function rested.
async fn handshakes(system: &System, tenant: &Household, report: &mut Report) {
    let login = system.sandbox_before(&system.tls, "login").await;
    let event = sign_in(tenant);
    login.succeed(&event).await;
    system.tls.handshakes().await;
    for _ in 0..WARM {
        login.succeed(&event).await;
    }
    let warm = system.tls.handshakes().await;
    system.tls.close_connections().await;
    login.succeed(&event).await;
    let closed = system.tls.handshakes().await;
    println!("Handshakes over TLS");
    let warm = (warm.full + warm.resumed) as f64;
    report.hold_to(&format!("{WARM} warm sign-ins"), warm, 0.0, "");
    let what = format!("full, of a sign-in after a rest: {closed}");
    report.hold_to(&what, closed.full as f64, 0.0, "");
}

/// CPU of a sign-in from a browser that is not known, but for its hash: that one costs next to
/// nothing.
async fn sign_ins(system: &System, tenant: &Household) {
    let fronts = [("above its bare hash", &system.plain), ("the same over TLS", &system.tls)];
    let event = sign_in(tenant);
    let mut logins = Vec::new();
    for (what, front) in fronts {
        logins.push((what, system.sandbox_before(front, "login").await, Vec::new()));
    }
    for round in 0..=ROUNDS {
        for (_, login, rounds) in &mut logins {
            let before = login.usage().await;
            for _ in 0..WARM {
                login.succeed(&event).await;
            }
            if round > 0 {
                rounds.push(login.usage().await.cpu_ms_since(before) / WARM as f64);
            }
        }
    }
    println!("CPU of a warm sign-in");
    for (what, _, rounds) in &logins {
        tell(what, median(rounds), 1.0, "ms");
    }
}

/// Instructions of the same, and of a cold start.
async fn instructions(system: &System, tenant: &Household, report: &mut Report) {
    if !valgrind_is_installed() {
        println!("Instructions are not counted: valgrind is not installed");
        return;
    }
    let fronts = [("without TLS", &system.plain), ("over TLS", &system.tls)];
    println!("Instructions of a warm sign-in above its hash, by valgrind");
    for (what, front) in fronts {
        let counted = Instructions::of(system, front, "login", &sign_in(tenant), 200).await;
        report.hold_to(what, counted.millions(), 1.5, "M");
        list(&counted);
    }
    let greeting = event("show-terms");
    let hello = Instructions::of_start(system, &system.plain, "hello", &greeting).await.millions();
    println!("Instructions from spawn to first answer; of a bare hello {hello:.2} M");
    for (what, front) in fronts {
        let counted = Instructions::of_start(system, front, "login", &sign_in(tenant)).await;
        println!("  login {what:<42} {:>8.2} M", counted.millions());
        list(&counted);
    }
}

fn list(counted: &Instructions) {
    for (name, millions) in counted.largest(25) {
        println!("    {name:<46} {millions:>8.3} M");
    }
}

/// Instructions of those who ask about what exists, against those who ask about what does not: where
/// they are as many, the time of an answer does not tell.
async fn sameness(system: &System, tenant: &Household, report: &mut Report) {
    let stranger = household(MAILED);
    let wrong = |household: &Household| {
        let password = "cinq tortues sages 5";
        ("login", sign_in(&Household { password, ..*household }), 401)
    };
    let another = |lease| {
        let household = Household { lease, last_name: "Durand", ..household(MAILED) };
        ("register", event_with("register", registration(&household).to_string()), 422)
    };
    if !valgrind_is_installed() {
        return;
    }
    println!("Instructions about what exists, against those about what does not");
    for (what, exists, does_not) in [
        ("a wrong password", wrong(tenant), wrong(&stranger)),
        ("a wrong name of a lease", another(tenant.lease), another(stranger.lease)),
    ] {
        let mut millions = Vec::new();
        for (function, event, status) in [&exists, &does_not, &exists] {
            let front = &system.plain;
            millions.push(Instructions::of(system, front, function, event, *status).await);
        }
        let [exists, does_not, again] = millions.as_slice() else { return };
        let noise = again.millions() / exists.millions();
        println!(
            "  {what}: {:.4} M, {:.4} M; the first again {noise:.4} ×",
            exists.millions(),
            does_not.millions()
        );
        for (name, millions) in exists.largest(60) {
            let other = does_not.of_crate(name);
            if (millions - other).abs() > 0.0005 {
                println!("    {name:<46} {millions:>8.4} {other:>8.4}");
            }
        }
        report.hold_to(what, (exists.millions() / does_not.millions() - 1.0).abs(), 0.02, "");
    }
}

/// Whether the times of so many `pairs` of answers tell who exists.
async fn times(system: &System, tenant: &Household, pairs: usize, report: &mut Report) {
    let (stranger, free) = (household(MAILED), household(MAILED + 1));
    let importer = system.sandbox("import-leases").await;
    take(&importer, &import(&[free.row("")]), "created", 1).await;
    let register =
        |household: &Household| event_with("register", registration(household).to_string());
    let wrong = |household: &Household| {
        sign_in(&Household { password: "cinq tortues sages 5", ..*household })
    };
    let another = |lease| register(&Household { lease, last_name: "Durand", ..stranger });
    let of = |what, function, [exists, does_not]: [Value; 2], status| Question {
        what,
        function,
        exists,
        does_not,
        status,
    };
    println!("Area under the ROC curve of {pairs} pairs: 0.5 tells nothing");
    for question in [
        of("a wrong password", "login", [wrong(tenant), wrong(&stranger)], 401),
        of("a wrong name of a lease", "register", [tenant.lease, stranger.lease].map(another), 422),
        of("a lease with an account", "register", [register(tenant), register(&free)], 202),
    ] {
        let (apart, noise) = areas(system, &question, pairs).await;
        println!("  {}: {apart:.3}, of two equal subjects {noise:.3}", question.what);
        report.hold_to(question.what, (apart - 0.5).abs(), 0.02 + (noise - 0.5).abs(), "");
    }
}

/// Page faults of warm sign-ins, those with a hash as the template wants it against those with
/// next to none.
async fn hashes(system: &System, tenant: &Household, report: &mut Report) {
    let event = sign_in(tenant);
    let mut faults = Vec::new();
    // In this order: the first sign-in of the second hashes the password anew, more strongly.
    for login in [system.sandbox("login").await, system.hashing_sandbox("login").await] {
        for _ in 0..WARM {
            login.succeed(&event).await;
        }
        let before = login.usage().await;
        for _ in 0..HASHES {
            login.succeed(&event).await;
        }
        let after = login.usage().await;
        faults.push(after.page_faults_since(before) / HASHES as f64);
    }
    println!("Page faults of a warm hash");
    let of_hash = (faults[1] - faults[0]).max(0.0).round();
    report.hold_to("those of a sign-in without it aside", of_hash, 0.0, "");
}

/// The most memory that functions have at once, after many requests.
async fn memory(system: &System, tenant: &Household, mailer: &Sandbox) {
    let login = system.sandbox("login").await;
    let signed_in = login.succeed(&sign_in(tenant)).await;
    let terms = system.sandbox("show-terms").await;
    let account = system.sandbox("get-account").await;
    for _ in 0..WARM {
        terms.succeed(&event("show-terms")).await;
        account.succeed(&see_account(&signed_in)).await;
        login.succeed(&sign_in(tenant)).await;
    }
    println!("Peak memory, hash and import aside");
    for (function, sandbox) in [
        ("show-terms", &terms),
        ("get-account", &account),
        ("login", &login),
        ("deliver-mail", mailer),
    ] {
        tell(function, sandbox.usage().await.peak_mb(), 12.0, "MB");
    }
}

/// CPU per lease of the largest import, against that of a row that is only read. Its memory, against
/// that of few leases in as many bytes.
async fn imports(system: &System, report: &mut Report) {
    let file = |count, ends_on, padding| {
        let numbers = count * 10..count * 11;
        import(&numbers.map(|number| row(number, ends_on, padding)).collect::<Vec<_>>())
    };
    let padding = (MANY / FEW - 1) * (row(MANY * 10, "", 0).len() + 1);
    let importer = system.sandbox("import-leases").await;
    let few = file(FEW, "", padding);
    take(&importer, &few, "created", FEW).await;
    let peak_of_few = importer.usage().await.peak_mb();

    let importer = system.sandbox("import-leases").await;
    let many = file(MANY, "", 0);
    let created = take(&importer, &many, "created", MANY).await;
    let peak_of_many = importer.usage().await.peak_mb();
    let unchanged = take(&importer, &many, "unchanged", MANY).await;
    let updated = take(&importer, &file(MANY, "2031-08-31", 0), "updated", MANY).await;

    // Rows of one lease: all are read, and the tables are asked for one.
    let one = vec![row(MANY * 10, "2031-08-31", 0); MANY];
    let read = take(&importer, &import(&one), "received", MANY).await;

    println!(
        "CPU per imported lease, of {MANY} in a file; of a row that is only read {read:.1} µs"
    );
    for (outcome, us) in [("created", created), ("unchanged", unchanged), ("updated", updated)] {
        report.hold_to(&format!("{outcome}, {us:.1} µs"), us / read, 10.0, "×");
    }
    let mb = many.to_string().len() as f64 / 1e6;
    println!("Peak memory of an import, its event of {mb:.1} MB");
    println!("  {FEW} leases: {peak_of_few:.1} MB, {MANY}: {peak_of_many:.1} MB");
    report.hold_to("ten times as many leases", peak_of_many / peak_of_few, 1.2, "×");
}

/// Has `importer` take a file; CPU per lease, in microseconds.
async fn take(importer: &Sandbox, file: &Value, outcome: &str, count: usize) -> f64 {
    let before = importer.usage().await;
    let taken = importer.succeed(file).await;
    assert_eq!(taken[outcome], count, "{taken}");
    importer.usage().await.cpu_ms_since(before) * 1e3 / count as f64
}

fn see_account(signed_in: &Value) -> Value {
    let token = signed_in["access_token"].as_str().expect("an access token");
    let mut event = event("get-account");
    event["headers"]["authorization"] = format!("Bearer {token}").into();
    event
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

/// Whether what the bench fails for was found.
#[derive(Default)]
struct Report {
    over: bool,
}

impl Report {
    /// Tells a ratio, or a count, that other work on the machine does not change: the bench fails
    /// where it is over.
    fn hold_to(&mut self, what: &str, found: f64, at_most: f64, unit: &str) {
        tell(what, found, at_most, unit);
        self.over |= found > at_most;
    }

    fn end(self) -> ExitCode {
        if self.over { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    }
}

/// Tells what was found, beside what is allowed. The bench does not fail for what depends on the
/// machine and what else it does.
fn tell(what: &str, found: f64, at_most: f64, unit: &str) {
    let verdict = if found > at_most { "over" } else { "within" };
    println!("  {what:<48} {found:>8.2} {unit:<2}  {verdict} {at_most}");
}
