//! The log of the functions of this process: the lines that Lambda collects on AWS, by invocation.

use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tracing::{Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::registry::LookupSpan;

/// The crates of the stand-ins for AWS. What they log outside an invocation is no line of a function.
const STAND_INS: [&str; 4] = ["dynoxide", "local", "hyper", "axum"];

/// The lines of each invocation, each with its number among all lines.
type Lines = HashMap<Option<u64>, Vec<(u64, String)>>;

/// The lines that nobody has taken yet, by the invocation that wrote them: `None` for a task that a
/// function has begun beside its invocations.
static LINES: LazyLock<Mutex<Lines>> = LazyLock::new(Mutex::default);
static KEPT: AtomicBool = AtomicBool::new(false);
static WRITTEN: AtomicU64 = AtomicU64::new(0);

/// From now on, the lines are kept. Somebody has to [`take`] them.
pub(crate) fn keep() {
    KEPT.store(true, Ordering::Relaxed);
}

/// Takes the lines that an invocation wrote.
pub(crate) fn take(invocation: u64) -> Vec<String> {
    let taken = lines().remove(&Some(invocation)).unwrap_or_default();
    taken.into_iter().map(|(_, line)| line).collect()
}

/// The lines that no invocation wrote, of every stack of this process.
pub(crate) fn beside() -> Vec<String> {
    let lines = lines();
    let beside = lines.get(&None).into_iter().flatten();
    beside.map(|(_, line)| line.clone()).collect()
}

/// The lines of the functions of every open portal of this process, oldest first.
pub fn log() -> Vec<Value> {
    let lines = lines();
    let mut all: Vec<&(u64, String)> = lines.values().flatten().collect();
    all.sort();
    all.into_iter().map(|(_, line)| serde_json::from_str(line).expect("a line of JSON")).collect()
}

/// Keeps the lines as the functions write them on AWS.
pub(crate) fn layer<S>() -> impl Layer<S> + Send + Sync
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    local::function_log(Paper)
}

fn lines() -> MutexGuard<'static, Lines> {
    LINES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the lines are written on.
#[derive(Clone, Copy)]
struct Paper;

/// One line.
struct Sheet {
    is_kept: bool,
}

impl<'a> MakeWriter<'a> for Paper {
    type Writer = Sheet;

    fn make_writer(&'a self) -> Sheet {
        Sheet { is_kept: KEPT.load(Ordering::Relaxed) }
    }

    fn make_writer_for(&'a self, about: &Metadata<'_>) -> Sheet {
        let krate = about.target().split("::").next().unwrap_or_default();
        let is_ours = local::present_invocation().is_some() || !STAND_INS.contains(&krate);
        Sheet { is_kept: is_ours && KEPT.load(Ordering::Relaxed) }
    }
}

impl Write for Sheet {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.is_kept {
            let line = String::from_utf8_lossy(bytes).trim_end().to_owned();
            let number = WRITTEN.fetch_add(1, Ordering::Relaxed);
            lines().entry(local::present_invocation()).or_default().push((number, line));
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
