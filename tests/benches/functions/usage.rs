//! What a process has used, as its kernel tells: proc(5).

use std::fs;
use std::time::Duration;

/// What a process has used since it was started.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usage {
    /// On a CPU, in its own code and in the kernel's.
    cpu_ns: u64,
    /// Pages it touched that were not there yet, or not yet its own.
    page_faults: u64,
    /// The most memory it had at once, what it shares with others included.
    peak_kib: u64,
}

impl Usage {
    /// CPU since `before`, in milliseconds.
    pub(crate) fn cpu_ms_since(self, before: Self) -> f64 {
        (self.cpu_ns - before.cpu_ns) as f64 / 1e6
    }

    /// CPU since it was started, in milliseconds.
    pub(crate) fn cpu_ms(self) -> f64 {
        self.cpu_ns as f64 / 1e6
    }

    /// Page faults since `before`.
    pub(crate) fn page_faults_since(self, before: Self) -> f64 {
        (self.page_faults - before.page_faults) as f64
    }

    /// The most memory it had at once, in megabytes.
    pub(crate) fn peak_mb(self) -> f64 {
        self.peak_kib as f64 * 1024.0 / 1e6
    }

    /// That of the process `id`, once it rests.
    pub(crate) async fn of(id: u32) -> Self {
        let mut cpu_ns = cpu_ns(id);
        loop {
            tokio::time::sleep(Duration::from_millis(2)).await;
            let before = std::mem::replace(&mut cpu_ns, self::cpu_ns(id));
            if before == cpu_ns {
                return Self { cpu_ns, page_faults: page_faults(id), peak_kib: peak_kib(id) };
            }
        }
    }
}

/// Of all its threads. One that has ended is not counted: here, none has.
fn cpu_ns(id: u32) -> u64 {
    let threads = fs::read_dir(format!("/proc/{id}/task")).expect("a process that runs");
    let of_thread = |thread: fs::DirEntry| {
        let text = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<u64>().ok()
    };
    threads.map(|thread| of_thread(thread.expect("a thread")).expect("its time")).sum()
}

fn page_faults(id: u32) -> u64 {
    let text = fs::read_to_string(format!("/proc/{id}/stat")).expect("a process that runs");
    // What comes before is its name, in brackets.
    let (_, fields) = text.rsplit_once(") ").expect("fields");
    fields.split(' ').nth(7).and_then(|field| field.parse().ok()).expect("a count")
}

fn peak_kib(id: u32) -> u64 {
    let text = fs::read_to_string(format!("/proc/{id}/status")).expect("a process that runs");
    let peak = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|peak| peak.trim().strip_suffix(" kB")?.parse().ok()).expect("a size")
}
