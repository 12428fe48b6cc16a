//! A tenant's device: a new browser, with any number of tabs.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use serde_json::json;
use tests::Portal;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::chromium::Chromium;
use crate::seen::Seen;
use crate::tab::Tab;

/// The number of devices in use at once: more would only wait for each other.
static ROOM: Semaphore = Semaphore::const_new(3);

/// The page states that all tests have looked at so far.
static LOOKED_AT: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Records that a page was looked at in a state.
pub fn looked_at(state: String) {
    LOOKED_AT.lock().unwrap_or_else(PoisonError::into_inner).insert(state);
}

/// A tenant's device. When it is dropped, its pages must have had no error, no violation of the
/// content security policy, and no request to another site.
#[derive(Debug)]
pub struct Device {
    context: String,
    address: String,
    tabs: Mutex<Vec<Arc<Seen>>>,
    _room: SemaphorePermit<'static>,
}

impl Device {
    /// A new device, set to French.
    pub async fn new(portal: &Portal) -> Self {
        let room = ROOM.acquire().await.expect("room");
        let chromium = Chromium::shared();
        let context = chromium.call(None, "Target.createBrowserContext", json!({})).await;
        let context = context["browserContextId"].as_str().expect("a context").to_owned();
        let address = portal.address().to_owned();
        let device = Self { context, address, tabs: Mutex::default(), _room: room };
        let downloads = json!({
            "behavior": "allow",
            "browserContextId": device.context,
            "downloadPath": device.downloads(),
        });
        chromium.call(None, "Browser.setDownloadBehavior", downloads).await;
        device
    }

    /// Opens another tab.
    pub async fn tab(&self) -> Tab {
        let seen = Arc::new(Seen::default());
        self.seen().push(seen.clone());
        let tab = Tab::open(&self.context, &self.address, seen).await;
        tab.prefer("fr-FR").await;
        tab
    }

    /// The folder of its downloads.
    pub fn downloads(&self) -> PathBuf {
        Chromium::shared().folder().join(format!("downloads-{}", self.context))
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Vec<Arc<Seen>>> {
        self.tabs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        let context = json!({"browserContextId": self.context});
        let mut closed = Chromium::shared().send(None, "Target.disposeBrowserContext", &context);
        // Chromium answers this after all events of the device's tabs.
        for _ in 0..500 {
            match closed.try_recv() {
                Err(tokio::sync::oneshot::error::TryRecvError::Empty) => {
                    thread::sleep(Duration::from_millis(2));
                }
                _ => break,
            }
        }
        if ROOM.available_permits() == 2 {
            let count = LOOKED_AT.lock().unwrap_or_else(PoisonError::into_inner).len();
            // Written past the test runner, which hides the output of a test that passes.
            let _ = writeln!(std::io::stderr(), "{count} page states looked at so far");
        }
        if thread::panicking() {
            return;
        }
        for seen in self.seen().iter() {
            assert_eq!(seen.faults(), [""; 0]);
            for request in seen.requests() {
                let is_ours = request.url.starts_with(&format!("{}/", self.address));
                let is_none = ["blob:", "data:", "about:blank"]
                    .iter()
                    .any(|none| request.url.starts_with(none));
                assert!(is_ours || is_none, "a request to someone else: {request:?}");
            }
        }
    }
}
