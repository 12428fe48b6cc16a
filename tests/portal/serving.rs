//! The delivery of pages: small, fast, cached or revalidated, and closed to other sites.

use std::collections::BTreeSet;

use reqwest::Method;
use tests::{Household, Portal};

use crate::device::Device;
use crate::story::{sign_in, with_account};
use crate::tab::Tab;

/// The largest size of a page with everything that it loads at its first visit, in bytes:
/// compressed, with the API's answers, without headers.
const WEIGHT: u64 = 16 * 1024;

/// The largest size of the account page, which shows the most.
const ACCOUNT_WEIGHT: u64 = 24 * 1024;

/// Every page.
pub const PAGES: [&str; 26] = [
    "/",
    "/inscription",
    "/verifiez-vos-mails",
    "/activation",
    "/mot-de-passe-oublie",
    "/nouveau-mot-de-passe",
    "/identifiant-oublie",
    "/confirmation-adresse",
    "/retablir-adresse",
    "/reponse-agence",
    "/conditions",
    "/cookies",
    "/aide",
    "/mentions-legales",
    "/mon-compte",
    "/mon-compte/adresse",
    "/mon-compte/mot-de-passe",
    "/mon-compte/sessions",
    "/mon-compte/demandes",
    "/mon-compte/bail",
    "/mon-compte/donnees",
    "/agence",
    "/agence/foyer",
    "/agence/demandes",
    "/agence/imports",
    "/cette-page-n-existe-pas",
];

#[tokio::test]
async fn a_page_is_small_and_its_html_names_everything_it_loads() {
    let portal = with_account(&Household::MARTIN).await;
    let (home, away) = (Device::new(&portal).await, Device::new(&portal).await);
    let (tenant, stranger) = (home.tab().await, away.tab().await);
    stranger.expects("status of 404");
    sign_in(&tenant, &Household::MARTIN).await;

    // staff.rs weighs the agency's.
    for path in PAGES.into_iter().filter(|path| !path.starts_with("/agence")) {
        let limit = if path == "/mon-compte" { ACCOUNT_WEIGHT } else { WEIGHT };
        let tab = if path.starts_with("/mon-compte") { &tenant } else { &stranger };
        expect_light(tab, path, limit).await;
    }
}

/// Opens `path` in a new browser: the page makes few requests, early, for few bytes.
#[expect(clippy::print_stdout, reason = "the figures, where one asks for them")]
async fn expect_light(tab: &Tab, path: &str, limit: u64) {
    tab.forget_files().await;
    tab.forget_requests();
    tab.visit(path).await;
    tab.until("document.documentElement.dataset.session === 'known'").await;
    tab.until("performance.getEntriesByType('navigation')[0].loadEventEnd > 0").await;
    tab.until("!document.querySelector('#sessions:empty, #listing[hidden]')").await;

    let requests = tab.requests();
    let files: Vec<_> = requests.iter().filter(|request| request.kind == "Script").collect();
    assert!((1..=2).contains(&files.len()), "{path}: {files:#?}");
    for file in files {
        assert_eq!(file.initiator, "parser", "{path}: {} comes late", file.url);
    }
    let headers: u64 = requests.iter().map(|request| request.header_bytes).sum();
    let mut weight: u64 = requests.iter().map(|request| request.bytes).sum::<u64>() - headers;
    // A browser without a window does not always request these.
    for name in ["logo", "manifest"] {
        if !requests.iter().any(|request| request.url.contains(name)) {
            weight += 300;
        }
    }
    println!("{path}: {weight} bytes, {headers} of headers, {} requests", requests.len());
    assert!(weight > 5_000, "{path}: {requests:?}");
    assert!(weight < limit, "{path}: {weight} bytes, {requests:#?}");
}

#[tokio::test]
async fn assets_are_cached_forever_and_pages_are_requested_again() {
    let portal = Portal::open().await;
    let device = Device::new(&portal).await;
    let tab = device.tab().await;
    for path in ["/", "/inscription", "/conditions"] {
        tab.visit(path).await;
    }
    let browser = portal.browser();

    let assets = tab.requests().into_iter().filter(|request| request.url.contains("/assets/"));
    let assets: BTreeSet<String> = assets.map(|request| request.url).collect();
    assert!(assets.len() > 3, "{assets:?}");
    for asset in assets {
        let path = asset.strip_prefix(portal.address()).unwrap();
        for (accepted, coding) in [("gzip, deflate, br, zstd", "br"), ("gzip", "gzip"), ("", "")] {
            let request = browser.request(Method::GET, path).header("accept-encoding", accepted);
            let answer = browser.keep(request).await.expect_status(200);
            assert_eq!(answer.header("content-encoding"), coding, "{path}");
            assert!(answer.header("cache-control").contains("immutable"), "{path}");
            assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
            assert!(answer.header("strict-transport-security").contains("max-age=63072000"));
        }
    }
    for path in PAGES.into_iter().take(25) {
        let answer = browser.get(path).await.expect_status(200);
        assert_eq!(answer.header("cache-control"), "no-cache", "{path}");
        let tag = answer.header("etag").to_owned();
        let request = browser.request(Method::GET, path).header("if-none-match", &tag);
        let again = browser.keep(request).await.expect_status(304);
        assert_eq!((again.body.as_str(), again.header("etag")), ("", tag.as_str()), "{path}");
    }
}

#[tokio::test]
async fn every_page_is_sent_with_its_security_headers() {
    let portal = Portal::open().await;

    for path in PAGES {
        let answer = portal.browser().get(path).await;
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("base-uri 'none'"));
        assert!(answer.header("strict-transport-security").starts_with("max-age=63072000"));
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin", "{path}");
        assert!(!answer.header("permissions-policy").is_empty(), "{path}");
        for inline in [" style=", " onclick=", "<script>"] {
            assert!(!answer.body.contains(inline), "{path}: {inline}");
        }
    }
}

#[tokio::test]
async fn an_unknown_address_has_a_page_that_says_so() {
    let portal = Portal::open().await;
    let device = Device::new(&portal).await;
    let tab = device.tab().await;
    tab.expects("status of 404");

    tab.visit("/cette-page-n-existe-pas").await;

    assert_eq!(tab.requests()[0].status, 404);
    tab.says("Cette page n’existe pas").await;
    tab.look("not found").await;
    tab.click("Retourner à l’accueil").await;
    tab.is_at("/").await;
}

#[tokio::test]
async fn a_password_manager_finds_the_page_that_changes_the_password() {
    let portal = with_account(&Household::MARTIN).await;
    let device = Device::new(&portal).await;
    let tab = device.tab().await;
    sign_in(&tab, &Household::MARTIN).await;

    tab.visit("/.well-known/change-password").await;

    tab.is_at("/mon-compte/mot-de-passe").await;
    tab.says("Modifier mon mot de passe").await;
}

#[tokio::test]
async fn robots_icon_and_manifest_are_there() {
    let portal = Portal::open().await;
    let browser = portal.browser();

    let robots = browser.get("/robots.txt").await.expect_status(200);
    let home = browser.get("/").await.expect_status(200);

    assert!(robots.body.contains("Disallow: /api/"));
    for (relation, media_type) in
        [("icon", "image/svg+xml"), ("manifest", "application/manifest+json")]
    {
        let tag = home.body.split('<').find(|tag| tag.contains(&format!("rel=\"{relation}\"")));
        let path = tag.unwrap().split_once("href=\"").unwrap().1.split('"').next().unwrap();
        let answer = browser.get(path).await.expect_status(200);
        assert_eq!(answer.header("content-type"), media_type);
        assert!(answer.body.len() < 1_000, "{relation}");
    }
}
