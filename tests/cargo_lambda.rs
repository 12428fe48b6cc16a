//! Runs each function as a process of its own with `cargo lambda watch`, and invokes it with its
//! sample event, against a local stack like that of `make run`.
#![cfg(not(feature = "deployed"))]
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test may")]

use std::ffi::OsStr;
use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::thread;
use std::time::Duration;

use local::{Options, Stack};
use serde_json::{Value, json};
use tests::{events, expect_understood};

/// How long `cargo lambda watch` may take to start or stop, in tries of 100 ms.
const PATIENCE: u32 = 100;

/// Variables that Cargo sets for a test. Build scripts of dependencies run again when these change,
/// and everything would be rebuilt, so they are removed.
const OF_THIS_TEST: [&str; 7] = [
    "CARGO_MANIFEST_DIR",
    "CARGO_MANIFEST_LINKS",
    "CARGO_PKG_NAME",
    "CARGO_PKG_VERSION_MAJOR",
    "CARGO_PKG_VERSION_MINOR",
    "CARGO_PKG_VERSION_PATCH",
    "CARGO_PKG_VERSION_PRE",
];

/// `cargo lambda watch`, which starts functions at their first call. Dropping it stops it and its
/// functions.
struct Watch {
    process: Child,
    port: u16,
    log: PathBuf,
}

impl Watch {
    async fn start(folder: &Path) -> Self {
        // Builds all functions at once, instead of each at its first call.
        let built = command("cargo").args(["build", "--locked", "--quiet"]).status().unwrap();
        assert!(built.success(), "the functions can be built");
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let log = folder.join("watch.log");
        let file = File::create(&log).unwrap();
        let process = cargo_lambda()
            // Without a timeout, the call of a function that cannot start would never end. It is
            // long because another build may delay the function.
            .args(["watch", "--timeout", "300", "--ignore-changes"])
            .args(["--invoke-address", "127.0.0.1"])
            .args(["--invoke-port", &port.to_string(), "--env-file"])
            .arg(folder.join("env"))
            .stdout(file.try_clone().unwrap())
            .stderr(file)
            .spawn()
            .unwrap();
        let watch = Self { process, port, log };
        for _ in 0..PATIENCE {
            if tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
                return watch;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("cargo lambda watch does not start:\n{}", watch.log());
    }

    /// The answer of `operation` to its sample event.
    fn invoke(&self, operation: &str) -> Value {
        let output = cargo_lambda()
            .args(["invoke", "--invoke-address", "127.0.0.1"])
            .args(["--invoke-port", &self.port.to_string(), operation, "--data-file"])
            .arg(root().join(format!("events/{operation}.json")))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{operation}: {said}\n{}", self.log());
        serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{operation}: {error}\n{}", self.log()))
    }

    fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        // A polite signal also stops the functions. Killing would leave them running.
        let _ = Command::new("kill").arg(self.process.id().to_string()).status();
        for _ in 0..PATIENCE {
            if matches!(self.process.try_wait(), Ok(Some(_))) {
                return;
            }
            thread::sleep(Duration::from_millis(100));
        }
        let _ = self.process.kill();
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A command, run at the root of the project.
fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    for name in OF_THIS_TEST {
        command.env_remove(name);
    }
    command
}

/// The `cargo lambda` that the project installs.
fn cargo_lambda() -> Command {
    let tools = command("infra/tools/install").arg("cargo-lambda").output().unwrap();
    let tools = String::from_utf8(tools.stdout).unwrap();
    let mut command = command(Path::new(tools.trim()).join("cargo-lambda"));
    command.arg("lambda");
    command
}

/// A stack that keeps its state in `folder`, as `make run` does in `.local`.
async fn stack(folder: &Path) -> Stack {
    let options = Options {
        data: Some(folder.to_owned()),
        fresh: true,
        leases: Some(root().join("events/leases.csv")),
        daily_jobs: false,
        journal: None,
        ..Options::default()
    };
    local::start(options).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_function_answers_its_sample_event_as_a_process_of_its_own() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cargo-lambda");
    fs::create_dir_all(&folder).unwrap();
    let stack = stack(&folder).await;
    let watch = Watch::start(&folder).await;

    for (operation, event) in events() {
        let answer = watch.invoke(&operation);

        expect_understood(&operation, &event, &answer);
    }

    // Also by their routes, like a browser. Their writes are in the tables of the stack.
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let address = format!("http://127.0.0.1:{}", watch.port);
    let terms = http.get(format!("{address}/api/terms")).send().await.unwrap();
    assert_eq!(terms.json::<Value>().await.unwrap()["version"], "2026-01");
    let body = json!({"email": "camille@exemple.example", "password": "quatre chevaux bleus 4"});
    let login = http.post(format!("{address}/api/sessions")).json(&body).send().await.unwrap();
    assert_eq!(login.status(), 401, "the account is not activated");
    let mails = format!("{}/_local/mails", stack.address());
    let mut names = Vec::new();
    for _ in 0..PATIENCE {
        let mails: Value = http.get(&mails).send().await.unwrap().json().await.unwrap();
        names = mails.as_array().unwrap().iter().map(|mail| mail["tags"]["mail"].clone()).collect();
        if !names.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(names.contains(&json!("activation")), "the sample registration is mailed: {names:?}");
}
