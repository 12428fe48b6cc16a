//! Chromium without a window, driven through the pipe of its `DevTools` protocol.
//!
//! One process serves all tests of the binary. Chromium ends when this process ends in any way,
//! because that closes the pipe. Then the shell around it removes its folder.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::seen::Seen;

/// The longest time for a command.
const PATIENCE: Duration = Duration::from_mins(1);

/// One process for drawing, and no visit to any address but those under test.
const FLAGS: [&str; 15] = [
    "--headless",
    "--remote-debugging-pipe",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--disable-extensions",
    "--disable-component-update",
    "--disable-background-networking",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--disable-dev-shm-usage",
    "--no-first-run",
    // Host names are not resolved, so only this machine can be reached.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
];

/// Moves the pipe to the file descriptors 3 and 4, where Chromium looks for it, and removes the
/// folder.
const SHELL: &str = r#"folder=$1; shift
    "$@" --user-data-dir="$folder" 3<&0 4>&1 </dev/null >/dev/null 2>&1
    rm -rf "$folder""#;

static CHROMIUM: LazyLock<Chromium> = LazyLock::new(Chromium::start);

/// The process of Chromium, with the callers that wait for its answers.
#[derive(Debug)]
pub struct Chromium {
    folder: PathBuf,
    commands: Mutex<ChildStdin>,
    state: Mutex<State>,
    _process: Child,
}

#[derive(Debug, Default)]
struct State {
    last: u64,
    has_ended: bool,
    waiting: HashMap<u64, oneshot::Sender<Value>>,
    sessions: HashMap<String, Arc<Seen>>,
}

impl Chromium {
    /// The only process, started at its first use.
    pub fn shared() -> &'static Self {
        &CHROMIUM
    }

    fn start() -> Self {
        let name = format!("chromium-{}", std::process::id());
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let mut process = Command::new("sh")
            .args(["-c", SHELL, "sh"])
            .arg(&folder)
            .arg("chromium")
            .args(FLAGS)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell");
        let commands = Mutex::new(process.stdin.take().expect("a pipe"));
        let messages = process.stdout.take().expect("a pipe");
        thread::spawn(move || listen(messages));
        Self { folder, commands, state: Mutex::default(), _process: process }
    }

    /// The folder of its profile and of downloads.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Passes the events of `session` to `seen`.
    pub fn observe(&self, session: &str, seen: Arc<Seen>) {
        self.state().sessions.insert(session.to_owned(), seen);
    }

    /// Sends a command and waits for its result.
    pub async fn call(&self, session: Option<&str>, method: &str, parameters: Value) -> Value {
        self.ask(session, method, parameters)
            .await
            .unwrap_or_else(|refusal| panic!("{method}: {refusal}"))
    }

    /// As [`call`](Self::call), but returns the error if Chromium refuses the command.
    pub async fn ask(
        &self,
        session: Option<&str>,
        method: &str,
        parameters: Value,
    ) -> Result<Value, Value> {
        let answer = self.send(session, method, &parameters);
        let answer = tokio::time::timeout(PATIENCE, answer).await;
        let mut answer = answer
            .unwrap_or_else(|_| panic!("{method}: no answer"))
            .unwrap_or_else(|_| panic!("{method}: Chromium has ended. Is it there? `make tools`"));
        if answer["error"].is_null() { Ok(answer["result"].take()) } else { Err(answer) }
    }

    /// Sends a command. Its answer comes through the returned channel.
    pub fn send(
        &self,
        session: Option<&str>,
        method: &str,
        parameters: &Value,
    ) -> oneshot::Receiver<Value> {
        let (answer, awaited) = oneshot::channel();
        let mut state = self.state();
        state.last += 1;
        let mut command = json!({"id": state.last, "method": method, "params": parameters});
        if let (Some(session), Some(command)) = (session, command.as_object_mut()) {
            command.insert("sessionId".to_owned(), json!(session));
        }
        let last = state.last;
        if !state.has_ended {
            state.waiting.insert(last, answer);
        }
        drop(state);
        let mut commands = self.commands.lock().unwrap_or_else(PoisonError::into_inner);
        // If the pipe is closed, `listen` ends and wakes every waiting caller.
        let _ = write!(commands, "{command}\0");
        awaited
    }

    /// Passes a message to the caller that waits for it, or an event to its tab.
    fn tell(&self, mut message: Value) {
        let mut state = self.state();
        if let Some(id) = message["id"].as_u64() {
            let waiting = state.waiting.remove(&id);
            drop(state);
            if let Some(waiting) = waiting {
                let _ = waiting.send(message);
            }
        } else if let Some(session) = message["sessionId"].as_str() {
            let seen = state.sessions.get(session).cloned();
            drop(state);
            if let Some(seen) = seen {
                let method = message["method"].as_str().unwrap_or_default().to_owned();
                seen.note(&method, &message["params"].take());
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads the messages of Chromium until it ends.
fn listen(messages: ChildStdout) {
    let mut messages = BufReader::new(messages);
    let mut message = Vec::new();
    while messages.read_until(0, &mut message).is_ok_and(|length| length > 0) {
        message.pop();
        if let Ok(message) = serde_json::from_slice(&message) {
            Chromium::shared().tell(message);
        }
        message.clear();
    }
    let mut state = Chromium::shared().state();
    state.has_ended = true;
    state.waiting.clear();
}
