//! A scanner of web applications, wapiti, looks for weak spots of the portal and the API: `make scan`.
//!
//! It follows every link of the portal, and sends every request of the document of the API with payloads in
//! each member, parameter and header. It is let in: as a tenant and a member of staff, and as the landlord's
//! system. A server that is weak on purpose shows that it finds what it looks for.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test may, its helpers too")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use axum::Router;
use axum::extract::{Query, RawQuery};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Html;
use axum::routing::get;
use serde_json::{Value, json};
use tests::{Household, Portal, SIGNATURE, installed};

/// What the scanner looks for. It looks for these things with its own payloads, without asking the internet.
const MODULES: &str = "backup,cookieflags,crlf,csp,csrf,exec,file,htaccess,http_headers,methods,\
                       permanentxss,redirect,sql,upload,xss";

/// Findings that are none: the module, a text of the finding, the reason.
const EXPECTED: [(&str, &str, &str); 5] = [
    (
        "cookieflags",
        "HttpOnly flag is not set in the cookie : language",
        "the pages' scripts read the language",
    ),
    (
        "csrf",
        "Lack of anti CSRF token",
        "cookies are SameSite=Strict, routes that read them accept our own origin alone",
    ),
    ("exec", "GET /assets/staff-", "a constant PATH of these scripts, which are files"),
    (
        "htaccess",
        "bypassable weak restriction",
        "an unknown method is answered 404, and a known one 401",
    ),
    ("methods", "Possible interesting methods", "every page answers unknown methods 404"),
];

/// What was found, by module, and how many requests the scanner knew.
struct Report {
    found: BTreeMap<String, BTreeSet<String>>,
    requests: u64,
}

/// Has the scanner look at `address` with `arguments`. Its files are below `name`.
fn scan(name: &str, address: &str, arguments: &[&str]) -> Report {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("scan").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join("report.json");
    let output = Command::new(installed("wapiti", "wapiti"))
        .args(["--url", &format!("{address}/"), "--module", MODULES])
        .args(["--exclude", &format!("{address}/_local/*"), "--no-bugreport", "--flush-session"])
        .args(["--tasks", "4", "--timeout", "30", "--verbose", "0", "--format", "json"])
        .args(["--store-session", "session", "--store-config", "config", "--output"])
        .arg(&file)
        .args(arguments)
        .current_dir(&folder)
        .env("HOME", &folder)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{complained}");
    let report: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for kind in ["vulnerabilities", "anomalies", "additionals"] {
        let all = report[kind].as_object().into_iter().flatten();
        for finding in all.flat_map(|(_, findings)| findings.as_array().into_iter().flatten()) {
            let text = |key: &str| finding[key].as_str().unwrap_or_default();
            let told = format!("{} {}: {}", text("method"), text("path"), text("info"));
            found.entry(text("module").to_owned()).or_default().insert(told);
        }
    }
    Report { found, requests: report["infos"]["crawled_pages_nbr"].as_u64().unwrap_or_default() }
}

/// The findings that are not [`EXPECTED`].
fn unexpected(report: &Report) -> Vec<String> {
    let found = report.found.iter();
    let found = found.flat_map(|(module, found)| found.iter().map(move |it| (module, it)));
    let others = found.filter(|(module, finding)| {
        !EXPECTED.iter().any(|(of, text, _)| of == module && finding.contains(text))
    });
    others.map(|(module, finding)| format!("{module}: {finding}")).collect()
}

/// A portal that counts no attempts: else the limits would answer the scanner.
async fn without_limits() -> Portal {
    let limits = [
        "LIMIT_SIGN_INS_PER_DEVICE",
        "LIMIT_SIGN_INS_OF_DEVICES",
        "LIMIT_SIGN_INS_PER_ADDRESS_AND_SOURCE",
        "LIMIT_SIGN_INS_PER_ADDRESS",
        "LIMIT_SIGN_INS_PER_SOURCE",
        "LIMIT_REGISTRATIONS_PER_LEASE",
        "LIMIT_REGISTRATIONS_PER_SOURCE",
        "LIMIT_MISTAKEN_REGISTRATIONS_PER_SOURCE",
        "LIMIT_MAILS_PER_SOURCE",
        "LIMIT_RESENDS_PER_REGISTRATION",
    ];
    Portal::open_with(&limits.map(|name| (name, "1000000"))).await
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "minutes: make scan"]
async fn a_scanner_finds_nothing() {
    let portal = without_limits().await;
    let household = Household::NDIAYE;
    let browser = portal.tenant(&household).await;
    let staff = portal.browser();
    staff.sign_in_as_staff("supervisor").await;
    let document = super::root().join("docs/openapi.json");
    let document = document.to_str().unwrap();
    let address = portal.address().to_owned();

    let bearer = format!("Authorization: Bearer {}", browser.access_token().unwrap());
    let cookies = ["__Host-session", "__Host-device"].map(|name| (name, browser.cookie(name)));
    let staff = [("__Host-staff", staff.cookie("__Host-staff"))];
    let cookies = cookies.into_iter().chain(staff).filter_map(|(name, value)| Some((name, value?)));
    let cookies: Vec<String> = cookies.map(|(name, value)| format!("{name}={value}")).collect();
    let (cookies, signature) = (cookies.join("; "), format!("Authorization: {SIGNATURE}"));
    let common = ["--swagger", document, "--header", "Sec-Fetch-Site: same-origin"];
    let inside = [&common[..], &["--header", &bearer, "--cookie-value", &cookies]].concat();
    let agency = [&common[..], &["--header", &signature]].concat();
    for (name, arguments) in [("inside", inside), ("agency", agency)] {
        let report = scan(name, &address, &arguments);

        tell(name, &report);
        assert!(report.requests > 60, "{name}: only {} requests are known", report.requests);
        let found = unexpected(&report);
        assert!(found.is_empty(), "{name}:\n{}", found.join("\n"));
    }
}

#[expect(clippy::print_stdout, reason = "make scan shows it")]
fn tell(name: &str, report: &Report) {
    println!("scan {name}: {} requests known", report.requests);
    for (module, found) in &report.found {
        println!("  {module}: {} findings, all expected or told below", found.len());
    }
}

/// A page that repeats its query, and answers as a broken program would.
async fn weak(Query(query): Query<BTreeMap<String, String>>) -> (HeaderMap, Html<String>) {
    let asked = query.get("q").cloned().unwrap_or_default();
    let mut page =
        format!("<html><body><a href='/search?q=x'>x</a><a href='/go?to=/'>y</a>{asked}");
    if asked.contains("etc/passwd") {
        page.push_str("root:x:0:0:root:/root:/bin/bash");
    }
    if asked.contains('\'') {
        page.push_str(
            "You have an error in your SQL syntax; check the manual that corresponds to your MySQL",
        );
    }
    if asked.contains("env") {
        page.push_str("PATH=/usr/bin:/bin\nPWD=/\nSHLVL=1");
    }
    let mut headers = HeaderMap::new();
    headers.insert(header::SET_COOKIE, HeaderValue::from_static("session=1"));
    (headers, Html(page + "</body></html>"))
}

/// Leads wherever it is told.
async fn lead(RawQuery(query): RawQuery) -> (StatusCode, HeaderMap) {
    let to = query.unwrap_or_default().replace("to=", "").replace("%3A", ":").replace("%2F", "/");
    let mut headers = HeaderMap::new();
    headers.insert(header::LOCATION, to.parse().unwrap_or(HeaderValue::from_static("/")));
    (StatusCode::FOUND, headers)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "minutes: make scan"]
async fn the_scanner_finds_what_is_weak() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let pages =
        Router::new().route("/", get(weak)).route("/search", get(weak)).route("/go", get(lead));
    let server = tokio::spawn(async move { axum::serve(listener, pages).await });

    let found =
        tokio::task::spawn_blocking(move || scan("weak", &address, &[])).await.unwrap().found;

    server.abort();
    for module in ["cookieflags", "csp", "exec", "file", "http_headers", "redirect", "sql", "xss"] {
        assert!(found.contains_key(module), "{module} finds nothing: {:#?}", json!(found));
    }
}
