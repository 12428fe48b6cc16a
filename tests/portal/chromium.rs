//! Chromium without a window, driven through the pipe of its `DevTools`.
//!
//! One process serves all tests. It ends when this one does, however that ends, for the pipe is
//! then closed; the shell around it removes what it kept.

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

/// How long a command may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// Nothing but the pages under test: no other process to draw, no visit to anyone else.
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
    // Host names are not resolved: only this machine is reached.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
];

/// The shell takes the pipe to where Chromium looks for it, and tidies up.
const SHELL: &str = r#"folder=$1; shift
    "$@" --user-data-dir="$folder" 3<&0 4>&1 </dev/null >/dev/null 2>&1
    rm -rf "$folder""#;

static CHROMIUM: LazyLock<Chromium> = LazyLock::new(Chromium::start);

/// Chromium, and who waits for what it answers.
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
    /// The one there is.
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

    /// Where it keeps what it keeps.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Has what happens in `session` told to `seen`.
    pub fn observe(&self, session: &str, seen: Arc<Seen>) {
        self.state().sessions.insert(session.to_owned(), seen);
    }

    /// Sends a command and waits for its result.
    pub async fn call(&self, session: Option<&str>, method: &str, parameters: Value) -> Value {
        self.ask(session, method, parameters)
            .await
            .unwrap_or_else(|refusal| panic!("{method}: {refusal}"))
    }

    /// The same, where Chromium may have to refuse.
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

    /// Sends a command; its answer comes to whoever waits for it.
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
        // Where the pipe is closed, the other end says so to all who wait.
        let _ = write!(commands, "{command}\0");
        awaited
    }

    /// Tells a message to whom it is for.
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

/// Reads what Chromium says, message by message, until it ends.
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
