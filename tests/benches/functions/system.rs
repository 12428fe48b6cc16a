//! What the functions call, and who calls them: the local stack, and households in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use local::{Latency, Options, Stack, functions};
use serde_json::{Value, json};
use tests::{HEADER, Household, registration, token_in};

use crate::front::Front;
use crate::sandbox::Sandbox;

/// Argon2 that costs next to nothing.
const HARDLY_ANY_HASH: [(&str, &str); 2] = [("ARGON2_MEMORY_KIB", "8"), ("ARGON2_ITERATIONS", "1")];

/// The local stack, but for the function that sends mails, which is left to a process.
pub(crate) struct System {
    stack: Stack,
    http: reqwest::Client,
    /// Functions call the stack through these, each service by a host of its own.
    pub(crate) plain: Front,
    pub(crate) tls: Front,
}

impl System {
    pub(crate) async fn start() -> Self {
        let overrides = HARDLY_ANY_HASH.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let options =
            Options { overrides: overrides.into(), daily_jobs: false, ..Options::default() };
        let mut functions = functions::all();
        functions.retain(|(name, _)| *name != "deliver-mail");
        let stack = local::start_with(options, functions).await.expect("the stack starts");
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        let address = stack.aws_address();
        let certificates = Path::new(env!("CARGO_TARGET_TMPDIR")).join("certificates");
        let plain = Front::without_tls(address).await;
        let tls = Front::over_tls(address, &certificates).await;
        let system = Self { stack, http, plain, tls };
        system.move_clock_back().await;
        system
    }

    /// Moves the stack's clock back by a minute. A sweep takes mails that are 30 s old, and the
    /// processes have the machine's clock.
    async fn move_clock_back(&self) {
        self.post("/_local/clock", "127.0.0.1", &json!({ "advance": "-PT1M" })).await;
    }

    /// Has the tables take so long for each call, whatever they do.
    pub(crate) fn set_latency(&self, each: Duration) {
        self.stack.set_latency("dynamodb", Latency { transaction: each, call: each });
    }

    pub(crate) async fn stop(self) {
        self.stack.shutdown().await;
    }

    /// A process of `function`, its hashes next to nothing, nobody kept from trying often. Without
    /// TLS.
    pub(crate) async fn sandbox(&self, function: &str) -> Sandbox {
        self.sandbox_before(&self.plain, function).await
    }

    /// As `sandbox`, but it calls `front`.
    pub(crate) async fn sandbox_before(&self, front: &Front, function: &str) -> Sandbox {
        let command = Command::new(bootstrap(function));
        start(function, command, self.variables(front, function)).await
    }

    /// The same, under callgrind, whose profiles go beside `profile`.
    pub(crate) async fn counted_sandbox(
        &self,
        front: &Front,
        function: &str,
        profile: &Path,
    ) -> Sandbox {
        let mut command = Command::new("valgrind");
        command.args(["--tool=callgrind", "--quiet", "--separate-threads=yes"]);
        command.arg(format!("--callgrind-out-file={}", profile.display()));
        command.arg(bootstrap(function));
        start(function, command, self.variables(front, function)).await
    }

    /// A process without TLS that hashes as the template says.
    pub(crate) async fn hashing_sandbox(&self, function: &str) -> Sandbox {
        let mut variables = self.variables(&self.plain, function);
        variables.retain(|(name, _)| HARDLY_ANY_HASH.iter().all(|(hash, _)| hash != name));
        start(function, Command::new(bootstrap(function)), variables).await
    }

    fn variables(&self, front: &Front, function: &str) -> Vec<(String, String)> {
        let mut variables = self.stack.variables(function).unwrap_or_default().to_vec();
        variables.retain(|(name, _)| !name.starts_with("AWS_ENDPOINT_URL"));
        variables.extend_from_slice(front.variables());
        variables
    }

    /// Registers `households`, whose leases are known.
    pub(crate) async fn register(&self, households: &[Household]) {
        for household in households {
            let source = source_of(household);
            self.post("/api/registrations", &source, &registration(household)).await;
        }
    }

    /// Activates their accounts, by the links that were mailed to them.
    pub(crate) async fn activate(&self, households: &[Household]) {
        for household in households {
            let mails = format!("{}/_local/mails?to={}", self.stack.address(), household.email);
            let mails = self.http.get(mails).send().await.expect("an answer");
            let mails: Vec<Value> = mails.json().await.expect("mails");
            let token = mails.iter().find_map(token_in).expect("a link");
            let body = json!({"token": token, "password": household.password});
            self.post("/api/activations", &source_of(household), &body).await;
        }
    }

    async fn post(&self, path: &str, source: &str, body: &Value) {
        let request = self.http.post(format!("{}{path}", self.stack.address()));
        let request = request.header("x-forwarded-for", source).json(body);
        let answer = request.send().await.expect("an answer");
        assert!(answer.status().is_success(), "{path}: {}", answer.text().await.expect("a body"));
    }
}

/// A process of the function that does nothing.
pub(crate) async fn hello() -> Sandbox {
    start("hello", Command::new(bootstrap("hello")), Vec::new()).await
}

async fn start(function: &str, command: Command, mut variables: Vec<(String, String)>) -> Sandbox {
    for name in [
        "SIGN_INS_PER_DEVICE",
        "SIGN_INS_PER_ADDRESS_AND_SOURCE",
        "SIGN_INS_PER_ADDRESS",
        "SIGN_INS_PER_SOURCE",
        "REGISTRATIONS_PER_LEASE",
        "REGISTRATIONS_PER_SOURCE",
        "MISTAKEN_REGISTRATIONS_PER_SOURCE",
    ] {
        variables.push((format!("LIMIT_{name}"), "1000000".to_owned()));
    }
    let log = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("bench-{function}.log"));
    Sandbox::start(function, command, &variables, &log).await
}

/// Where `tests/benches/build` puts the binary of `function`: beside the folder of the profile that
/// this one is of.
fn bootstrap(function: &str) -> PathBuf {
    let this = std::env::current_exe().expect("the path of this bench");
    let target = this.ancestors().nth(3).expect("the folder that everything is built in");
    let bootstrap = target.join("bench").join(function).join("bootstrap");
    assert!(bootstrap.exists(), "{}: run tests/benches/build", bootstrap.display());
    bootstrap
}

/// The sample event of `function`.
pub(crate) fn event(function: &str) -> Value {
    let path = format!("{}/../events/{function}.json", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).expect("an event")
}

/// Its sample event with this body.
pub(crate) fn event_with(function: &str, body: String) -> Value {
    let mut event = event(function);
    event["headers"]["content-length"] = body.len().to_string().into();
    event["body"] = body.into();
    event
}

/// `household` signs in, from a browser that never did.
pub(crate) fn sign_in(household: &Household) -> Value {
    let Household { email, password, .. } = household;
    let mut event = event_with("login", json!({"email": email, "password": password}).to_string());
    event["cookies"] = json!([]);
    event
}

/// The landlord's system sends `rows`.
pub(crate) fn import(rows: &[String]) -> Value {
    event_with("import-leases", format!("{HEADER}\n{}\n", rows.join("\n")))
}

/// The row of the lease numbered so, with all that a lease can have, and `padding` spaces that are
/// not kept.
pub(crate) fn row(number: usize, ends_on: &str, padding: usize) -> String {
    let (lease, padding) = (household(number).lease, " ".repeat(padding));
    format!(
        "{lease},Lefèvre-Dubois{padding},Anne-Sophie,\
         Agence de Lyon Part-Dieu,agence.lyon@bailleur.example,{ends_on},\
         Frédéric Olive,frederic.olive@bailleur.example"
    )
}

/// The household numbered so: one of many.
pub(crate) fn household(number: usize) -> Household {
    Household {
        lease: format!("{:08}", 10_000_000 + number).leak(),
        email: format!("foyer-{number}@exemple.example").leak(),
        ..Household::LEFEVRE
    }
}

/// Each comes from an address of its own.
fn source_of(household: &Household) -> String {
    format!("2001:db8:{}:{}::1", &household.lease[..4], &household.lease[4..])
}
