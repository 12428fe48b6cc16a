//! The first paint of a page on a slow network.
//!
//! The network is the one of Chromium's developer tools: each answer comes a round trip late, and all
//! answers share the bandwidth. A new connection costs two round trips more (TCP, TLS 1.3), or one
//! over HTTP/3. Those are not in the figures: no page can change them.

use std::time::Duration;

use tests::Household;

use crate::device::Device;
use crate::serving::PAGES;
use crate::story::{sign_in, with_account};
use crate::tab::Tab;

/// The duration of a round trip.
const ROUND_TRIP: Duration = Duration::from_millis(400);

/// The bandwidth in each direction.
const KBITS_A_SECOND: u32 = 400;

/// The latest first paint, in milliseconds after the click.
const LATEST_MS: f64 = 1_000.0;

/// The bytes that a server may send before the browser's first acknowledgement comes back: ten
/// segments (RFC 6928). A larger document takes another round trip.
const FIRST_FLIGHT: u64 = 10 * 1_460;

/// A page is opened so often at most: other work on the machine only makes a paint later.
const TRIES: usize = 4;

#[tokio::test]
async fn a_page_is_painted_within_a_second_on_a_slow_network() {
    let portal = with_account(&Household::MARTIN).await;
    let (home, away) = (Device::new(&portal).await, Device::new(&portal).await);
    let (tenant, stranger) = (home.tab().await, away.tab().await);
    stranger.expects("status of 404");
    sign_in(&tenant, &Household::MARTIN).await;
    for tab in [&tenant, &stranger] {
        tab.forget_files().await;
        tab.slow_down_to(ROUND_TRIP, KBITS_A_SECOND).await;
    }

    for path in PAGES {
        let tab = if path.starts_with("/mon-compte") { &tenant } else { &stranger };
        expect_early(tab, path).await;
    }
}

/// Opens `path` without any file at hand: the browser paints as soon as it has the document.
#[expect(clippy::print_stdout, reason = "the figures, where one asks for them")]
async fn expect_early(tab: &Tab, path: &str) {
    tab.bring_to_front().await;
    let mut painted = f64::INFINITY;
    for _ in 0..TRIES {
        tab.forget_requests();
        tab.visit(path).await;
        tab.until("performance.getEntriesByName('first-contentful-paint').length").await;

        let awaited = "performance.getEntriesByType('resource') \
                       .filter((file) => file.renderBlockingStatus === 'blocking') \
                       .map((file) => file.name).join(' ')";
        assert_eq!(tab.text(awaited).await, "", "{path} waits for more than the document");
        let requests = tab.requests();
        let document = requests.iter().find(|request| request.kind == "Document").unwrap();
        let bytes = document.bytes;
        assert!(bytes < FIRST_FLIGHT, "{path}: {bytes} bytes");
        let first = "performance.getEntriesByName('first-contentful-paint')[0].startTime";
        painted = painted.min(tab.evaluate(first).await.as_f64().unwrap());
        println!("{path}: {bytes} bytes, first paint so far {painted} ms");
        if painted <= LATEST_MS {
            return;
        }
    }
    panic!("{path}: the first paint comes after {painted} ms");
}
