//! The portal's answers to browsers, tested with API Gateway's events.

use std::collections::BTreeSet;
use std::io::Read;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use lambda_runtime::LambdaEvent;
use landlord::LANDLORD;
use serde_json::value::to_raw_value;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use shared::config::Variables;
use shared::domain::{AgencyRequest, FieldCode, Language, Purpose};
use shared::environment::Environment;
use shared::http::{Function, Invocable, problem};
use shared::links::{EmailChange, EmailChanged, Kind, PasswordReset, Registration};

use super::{function, picture_of_logo};
use crate::assets;
use crate::page::Page;
use crate::typography::keep_whole;

struct Browser(Invocable);

struct Answer {
    status: u64,
    headers: Value,
    cookies: Value,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers[name].as_str().unwrap_or_default()
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

impl Browser {
    async fn new() -> Self {
        let variables = [
            ("TENANTS_TABLE", "tenants"),
            ("TOKENS_TABLE", "tokens"),
            ("ISSUER", "https://locataires.bailleur.example"),
            ("AUDIENCE", "tests"),
            ("PORTAL_URL", "https://locataires.bailleur.example"),
            ("TERMS_VERSION", "2031-07"),
            ("PASSWORD_MIN_LENGTH", "11"),
        ];
        let mut environment = Environment::of_this_process();
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        environment.variables = Variables::from_iter(variables);
        Self(function().open(&environment).await.unwrap())
    }

    async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.ask("GET", path, headers).await
    }

    async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let parameters: Vec<_> = query.split('&').filter_map(|pair| pair.split_once('=')).collect();
        let cookies = headers.iter().filter(|(name, _)| *name == "cookie").map(|(_, value)| value);
        let others = headers.iter().filter(|(name, _)| *name != "cookie");
        let mut event: Value =
            serde_json::from_str(include_str!("../../../events/portal.json")).unwrap();
        event["rawPath"] = json!(path);
        event["rawQueryString"] = json!(query);
        event["queryStringParameters"] = parameters.iter().map(|(k, v)| (*k, *v)).collect();
        event["cookies"] = cookies.map(|value| json!(value)).collect();
        event["headers"] = others.map(|(name, value)| (*name, *value)).collect();
        event["requestContext"]["http"]["method"] = json!(method);
        event["requestContext"]["http"]["path"] = json!(path);
        let context = lambda_runtime::Context::default();
        let invocation = LambdaEvent::new(to_raw_value(&event).unwrap(), context);
        let answer = (self.0)(invocation).await.unwrap();
        let answer: Value = serde_json::from_str(answer.get()).unwrap();
        let body = answer["body"].as_str().unwrap_or_default();
        let body = match answer["isBase64Encoded"].as_bool() {
            Some(true) => BASE64_STANDARD.decode(body).unwrap(),
            _ => body.as_bytes().to_vec(),
        };
        let status = answer["statusCode"].as_u64().unwrap();
        let (headers, cookies) = (answer["headers"].clone(), answer["cookies"].clone());
        Answer { status, headers, cookies, body }
    }
}

fn paths() -> Vec<&'static str> {
    Page::ALL.iter().map(|page| page.path().unwrap_or("/nulle-part")).collect()
}

/// Whether the page at `path` is one of the agency's.
fn is_of_agency(path: &str) -> bool {
    path.starts_with("/agence")
}

/// Every text between `start` and `end`.
fn between<'a>(text: &'a str, start: &'a str, end: &'a str) -> Vec<&'a str> {
    text.split(start).skip(1).filter_map(|rest| Some(rest.split_once(end)?.0)).collect()
}

#[tokio::test]
async fn the_document_of_the_api_is_compressed_and_revalidated_like_a_page() {
    let browser = Browser::new().await;

    let plain = browser.get("/api/openapi.json", &[]).await;
    let small = browser.get("/api/openapi.json", &[("accept-encoding", "br")]).await;
    let known = [("if-none-match", plain.header("etag"))];
    let known = browser.get("/api/openapi.json", &known).await;
    let posted = browser.ask("POST", "/api/openapi.json", &[]).await;

    assert_eq!((plain.status, small.status, known.status, posted.status), (200, 200, 304, 404));
    assert_eq!(plain.header("content-type"), "application/vnd.oai.openapi+json; version=3.1");
    assert_eq!(plain.header("cache-control"), "no-cache");
    assert_eq!(plain.text(), include_str!("../../../docs/openapi.json"));
    assert_eq!(small.header("content-encoding"), "br");
    assert!(small.body.len() * 5 < plain.body.len());
    assert!(known.body.is_empty());
}

#[tokio::test]
async fn every_page_is_whole_in_both_languages() {
    let browser = Browser::new().await;
    for path in paths() {
        for language in ["fr", "en"] {
            let page = browser.get(path, &[("accept-language", language)]).await;
            let html = page.text();

            let status = if path == "/nulle-part" { 404 } else { 200 };
            assert_eq!(page.status, status, "{path}");
            assert_eq!(page.header("content-language"), language);
            assert!(html.contains(&format!("<html lang=\"{language}\"")), "{path}");
            // Sections that replace the rest of the page may have their own title.
            let others = ["id=\"sent\"", "id=\"unreachable\"", "id=\"sign-in\"", "id=\"missing\""];
            let others = others.into_iter().filter(|other| html.contains(other)).count();
            assert!((1..=1 + others).contains(&html.matches("<h1").count()), "{path}");
            assert_eq!(html.matches("<main ").count(), 1, "{path}");
            let place = match (is_of_agency(path), language) {
                (false, _) => "Espace locataire",
                (true, "fr") => "Espace agence",
                (true, _) => "Agency space",
            };
            let title = format!(" – {place} – {}", LANDLORD.short_name);
            assert!(between(html, "<title>", "</title>")[0].ends_with(&title), "{path}");
            assert!(html.contains("<a class=\"skip-link\" href=\"#main\">"), "{path}");
            let links = ["/aide", "/conditions", "/cookies", "/mentions-legales"];
            for link in links.into_iter().filter(|_| !is_of_agency(path)) {
                let footer = html.split("<footer").nth(1).unwrap();
                assert!(footer.contains(&format!("href=\"{link}\"")), "{path}: {link}");
            }
            assert!(!html.contains("{{") && !html.contains("{%"), "{path}");
        }
    }
}

#[tokio::test]
async fn no_page_has_inline_code_and_its_policy_allows_its_own_style_alone() {
    let browser = Browser::new().await;
    for path in paths() {
        let page = browser.get(path, &[]).await;
        let html = page.text();

        for script in between(html, "<script", "</script>") {
            assert!(script.contains(" src=\"/assets/") && script.ends_with('>'), "{path}");
        }
        for banned in [" style=", "javascript:", " onclick=", " onload=", "//fonts", "stylesheet"] {
            assert!(!html.contains(banned), "{path}: {banned}");
        }
        let styles = between(html, "<style>", "</style>");
        assert_eq!(styles.len(), html.matches("<style").count(), "{path}");
        let sources: Vec<String> = styles.iter().map(|style| source(style)).collect();
        let policy = page.header("content-security-policy");
        let allowed = policy.split_once("; style-src ").unwrap().1.split_once("; ").unwrap().0;
        assert_eq!(allowed, sources.join(" "), "{path}");
        assert!((1..=2).contains(&styles.len()), "{path}");
        // The data protection authority is the only other site that a page links to.
        let html = html.replace("<a href=\"https://www.cnil.fr/", "");
        assert!(!html.contains("http://") && !html.contains("https://"), "{path}");
    }
}

/// The source expression of a content security policy that allows `style`.
fn source(style: &str) -> String {
    format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(style)))
}

#[tokio::test]
async fn every_address_of_a_page_leads_somewhere() {
    let browser = Browser::new().await;
    let known: BTreeSet<_> = Page::ALL.iter().filter_map(|page| page.path()).collect();
    for path in paths() {
        let page = browser.get(path, &[]).await;
        let html = page.text();

        let addresses = [between(html, "href=\"", "\""), between(html, "src=\"", "\"")].concat();
        for address in addresses {
            let place = address.split(['?', '#']).next().unwrap();
            let is_elsewhere = ["mailto:", "tel:", "https://www.cnil.fr/"];
            let found = place.is_empty()
                || is_elsewhere.iter().any(|start| place.starts_with(start))
                || picture_of_logo(place).is_some()
                || known.contains(place)
                || place == "/api/staff/sign-in"
                || assets::ALL.iter().any(|asset| asset.path == place);
            assert!(found, "{path}: {address}");
        }
        for id in between(html, "aria-describedby=\"", "\"").iter().flat_map(|ids| ids.split(' ')) {
            assert!(html.contains(&format!(" id=\"{id}\"")), "{path}: {id}");
        }
    }
}

#[tokio::test]
async fn an_id_is_used_once_and_every_field_has_a_label() {
    let browser = Browser::new().await;
    for path in paths() {
        let page = browser.get(path, &[]).await;
        let html = page.text();

        let mut ids = BTreeSet::new();
        for id in between(html, " id=\"", "\"") {
            assert!(ids.insert(id), "{path}: {id} twice");
        }
        for field in between(html, "<input id=\"", "\"") {
            assert!(html.contains(&format!("<label for=\"{field}\"")), "{path}: {field}");
        }
    }
}

#[tokio::test]
async fn french_pages_have_no_break_spaces_before_punctuation() {
    let browser = Browser::new().await;
    for path in paths() {
        let page = browser.get(path, &[("accept-language", "fr")]).await;
        let (head, after) = page.text().split_once("<style>").unwrap();
        let html = [head, after.rsplit_once("</style>").unwrap().1].concat();
        let words: String = html.split('<').filter_map(|part| part.split_once('>')).fold(
            String::new(),
            |mut words, (_, text)| {
                words.push_str(text);
                words
            },
        );
        for loose in [" :", " ;", " !", " ?", " »", "« ", "'", "..."] {
            assert!(!words.contains(loose), "{path}: “{loose}”");
        }
    }
}

#[tokio::test]
async fn the_language_is_the_chosen_one_or_else_the_preferred_one() {
    let browser = Browser::new().await;
    for (headers, expected) in [
        (vec![], "fr"),
        (vec![("accept-language", "en-GB, fr;q=0.5")], "en"),
        (vec![("accept-language", "de")], "fr"),
        (vec![("accept-language", "fr"), ("cookie", "language=en")], "en"),
        (vec![("accept-language", "en"), ("cookie", "language=fr")], "fr"),
        (vec![("accept-language", "en"), ("cookie", "language=xx")], "en"),
    ] {
        let page = browser.get("/", &headers).await;
        assert_eq!(page.header("content-language"), expected, "{headers:?}");
    }
}

#[tokio::test]
async fn a_chosen_language_is_kept_in_a_cookie() {
    let browser = Browser::new().await;

    let answer = browser.get("/conditions?language=en", &[]).await;

    assert_eq!(answer.status, 303);
    assert_eq!(answer.header("location"), "/conditions");
    let cookie = "language=en; SameSite=Lax; Secure; Path=/; Max-Age=31536000";
    assert_eq!(answer.cookies, json!([cookie]));
    assert_eq!(browser.get("/conditions?language=xx", &[]).await.status, 200);
}

#[tokio::test]
async fn a_page_is_sent_in_the_requested_coding() {
    let browser = Browser::new().await;
    let plain = browser.get("/inscription", &[]).await;

    let brotli = browser.get("/inscription", &[("accept-encoding", "gzip, br")]).await;
    let gzip = browser.get("/inscription", &[("accept-encoding", "gzip, br;q=0")]).await;

    assert_eq!(plain.headers.get("content-encoding"), None);
    assert_eq!(brotli.header("content-encoding"), "br");
    assert_eq!(gzip.header("content-encoding"), "gzip");
    assert_eq!(unbrotli(&brotli.body), plain.body);
    assert_eq!(gunzip(&gzip.body), plain.body);
    for page in [&plain, &brotli, &gzip] {
        assert_eq!(page.header("etag"), plain.header("etag"));
        let vary = "accept-encoding, accept-language, cookie, sec-fetch-site";
        assert_eq!(page.header("vary"), vary);
    }
}

fn unbrotli(compressed: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    brotli::BrotliDecompress(&mut &*compressed, &mut plain).unwrap();
    plain
}

fn gunzip(compressed: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(compressed).read_to_end(&mut plain).unwrap();
    plain
}

#[tokio::test]
async fn an_unchanged_page_is_not_sent_again() {
    let browser = Browser::new().await;
    let etag = browser.get("/cookies", &[]).await.header("etag").to_owned();

    let again = browser.get("/cookies", &[("if-none-match", &format!("\"x\", {etag}"))]).await;
    let english = [("if-none-match", etag.as_str()), ("accept-language", "en")];
    let english = browser.get("/cookies", &english).await;

    assert_eq!(again.status, 304);
    assert!(again.body.is_empty());
    assert_eq!(again.header("etag"), etag);
    assert_eq!(english.status, 200);
}

#[tokio::test]
async fn a_tag_is_recognised_among_other_tags() {
    let browser = Browser::new().await;
    let etag = browser.get("/cookies", &[]).await.header("etag").to_owned();
    let strong = etag.trim_start_matches("W/").to_owned();

    for (tags, status) in [
        (etag.clone(), 304),
        (strong.clone(), 304),
        ("*".to_owned(), 304),
        (format!("\"Orl\u{e9}ans\", {etag}"), 304),
        (format!("\u{1},,{strong} ,\u{fffd}"), 304),
        (String::new(), 200),
        ("\u{e9}".to_owned(), 200),
        (strong.trim_matches('"').to_owned(), 200),
    ] {
        let page = browser.get("/cookies", &[("if-none-match", &tags)]).await;
        assert_eq!(page.status, status, "{tags}");
    }
    assert_eq!(browser.get("/nulle-part", &[("if-none-match", "*")]).await.status, 404);
}

#[tokio::test]
async fn unknown_queries_headers_and_cookies_change_no_page() {
    let browser = Browser::new().await;
    let own = [("accept-language", "en"), ("accept-encoding", "gzip"), ("cookie", "language=fr")];
    let page = browser.get("/conditions", &own).await;

    for noise in ["\"", "<\u{e9}>", "%ZZ", "\\^{}|`", "\u{0}\r\n", "=;&,", "ville=Orl\u{e9}ans"] {
        let language = format!("{noise}, en");
        let encoding = format!("{noise}, gzip");
        let noisy = browser
            .get(
                &format!("/conditions?{noise}&x={noise}"),
                &[
                    ("accept-language", &language),
                    ("accept-encoding", &encoding),
                    ("cookie", noise),
                    ("cookie", "language=fr"),
                    ("cookie", noise),
                    (noise, noise),
                ],
            )
            .await;
        assert_eq!(noisy.status, 200, "{noise:?}");
        assert_eq!((&noisy.headers, &noisy.body), (&page.headers, &page.body), "{noise:?}");
    }
}

#[tokio::test]
async fn every_page_has_its_security_headers() {
    let browser = Browser::new().await;
    for path in paths() {
        let page = browser.get(path, &[]).await;

        let policy = page.header("content-security-policy");
        for directive in ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"] {
            assert!(policy.contains(directive), "{path}: {directive}");
        }
        assert!(!policy.contains("unsafe"), "{path}");
        assert!(page.header("strict-transport-security").starts_with("max-age="), "{path}");
        for (header, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("cache-control", "no-cache"),
        ] {
            assert_eq!(page.header(header), value, "{path}");
        }
        assert!(page.header("permissions-policy").contains("camera=()"), "{path}");
    }
}

#[tokio::test]
async fn a_page_of_the_agency_is_in_no_index_and_turns_no_text_into_code() {
    let browser = Browser::new().await;
    let (agency, tenants): (Vec<_>, Vec<_>) =
        paths().into_iter().partition(|path| is_of_agency(path));
    assert_eq!(agency.len(), 4);
    for path in agency {
        let page = browser.get(path, &[]).await;

        let policy = page.header("content-security-policy");
        for directive in [
            "form-action 'self'",
            "connect-src 'self'",
            "base-uri 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        ] {
            assert!(policy.contains(directive), "{path}: {directive}");
        }
        assert_eq!(page.header("x-robots-tag"), "noindex, nofollow", "{path}");
        assert!(
            page.text().contains("<meta name=\"robots\" content=\"noindex, nofollow\""),
            "{path}"
        );
        assert!(!page.text().contains("/mon-compte"), "{path} has the tenants' menu");
        for asset in asked_for(page.text()) {
            assert!(!asset.contains("site"), "{path} has {asset} of the tenants' pages");
        }
    }
    for path in tenants {
        let page = browser.get(path, &[]).await;
        assert_eq!(page.header("x-robots-tag"), "", "{path}");
        assert!(!page.text().contains("/agence"), "{path} leads to the agency's pages");
    }
}

#[tokio::test]
async fn a_page_of_the_agency_is_the_same_with_and_without_a_tenant_s_session() {
    let browser = Browser::new().await;
    let own = ("sec-fetch-site", "none");

    let stranger = browser.get("/agence", &[own]).await;
    let tenant = browser.get("/agence", &[own, ("cookie", "__Host-session=a.b")]).await;

    assert_eq!(stranger.header("etag"), tenant.header("etag"));
}

#[tokio::test]
async fn an_asset_is_named_by_its_content_and_cached_forever() {
    let browser = Browser::new().await;
    for asset in assets::ALL {
        let plain = browser.get(asset.path, &[]).await;
        let brotli = browser.get(asset.path, &[("accept-encoding", "br")]).await;
        let gzip = browser.get(asset.path, &[("accept-encoding", "gzip")]).await;

        assert_eq!(plain.header("cache-control"), "public, max-age=31536000, immutable");
        assert_eq!(plain.header("content-type"), asset.media_type);
        assert_eq!(plain.header("vary"), "accept-encoding");
        assert_eq!(unbrotli(&brotli.body), plain.body);
        assert_eq!(gunzip(&gzip.body), plain.body);
        let hash = asset.path.split('.').nth(1).unwrap();
        assert_eq!(hash.len(), 12, "{}", asset.path);
        assert!(!plain.text().contains("\"./"), "{} refers to a name of a source", asset.path);
    }
}

/// The assets that `html` asks for, by their paths.
fn asked_for(html: &str) -> BTreeSet<&str> {
    let addresses = [between(html, "href=\"", "\""), between(html, "src=\"", "\"")].concat();
    addresses.into_iter().filter(|address| address.starts_with("/assets/")).collect()
}

#[tokio::test]
async fn a_page_asks_for_few_assets_and_all_are_there() {
    let browser = Browser::new().await;
    let mut all = BTreeSet::new();
    for page in Page::ALL {
        for language in ["fr", "en"] {
            let path = page.path().unwrap_or("/nulle-part");
            let html = browser.get(path, &[("accept-language", language)]).await;

            let asked = asked_for(html.text());
            for (extension, most) in [("js", 2), ("svg", 2), ("webmanifest", 1)] {
                let count = asked.iter().filter(|asset| asset.ends_with(extension)).count();
                // Nobody puts the agency's pages on a home screen.
                let least = usize::from(extension != "webmanifest" || !page.is_of_agency());
                assert!((least..=most).contains(&count), "{path}: {count} {extension}");
            }
            for asset in asked {
                let body = browser.get(asset, &[]).await;
                assert_eq!(body.status, 200, "{path}: {asset}");
                for other in between(body.text(), "\"/assets/", "\"") {
                    let is_declared = html.text().contains(&format!("/assets/{other}\""));
                    assert!(is_declared, "{path}: {asset} needs {other}");
                }
                all.insert(asset.to_owned());
            }
        }
    }
    assert_eq!(all, assets::ALL.iter().map(|asset| asset.path.to_owned()).collect());
}

#[tokio::test]
async fn a_page_only_has_the_messages_of_its_language() {
    let browser = Browser::new().await;
    let messages = |file: &str| -> BTreeSet<String> {
        let lines = file.lines().filter_map(|line| line.split_once(" = "));
        let texts = lines.map(|(_, text)| text.trim_matches(['"', '\'']).replace(' ', ""));
        // The texts around placeholders. Short words may belong to both languages.
        let parts = texts.flat_map(|text| {
            let parts = text.split(['{', '}']).step_by(2).map(str::to_owned);
            parts.filter(|part| part.chars().count() > 12).collect::<Vec<_>>()
        });
        parts.collect()
    };
    let french = messages(include_str!("../messages/fr.toml"));
    let english = messages(include_str!("../messages/en.toml"));
    assert!(french.len() > 200 && english.len() > 200);
    for page in Page::ALL {
        let path = page.path().unwrap_or("/nulle-part");
        for (language, own, others) in [("fr", &french, &english), ("en", &english, &french)] {
            let html = browser.get(path, &[("accept-language", language)]).await;
            let mut texts = vec![html.text().to_owned()];
            // The drawing of a rent notice is French on every page.
            let assets = asked_for(html.text()).into_iter();
            for asset in assets.filter(|asset| !asset.contains("rent-notice")) {
                texts.push(browser.get(asset, &[]).await.text().to_owned());
            }
            let text = texts.concat().replace([' ', '\u{a0}'], "");

            let others = others.difference(own).filter(|other| text.contains(other.as_str()));
            assert_eq!(others.collect::<Vec<_>>(), [""; 0], "{path} in {language}");
            assert!(own.iter().any(|message| text.contains(message.as_str())), "{path}");
        }
    }
}

#[tokio::test]
async fn french_texts_in_scripts_have_no_break_spaces_before_punctuation() {
    for asset in assets::ALL.iter().filter(|asset| asset.path.contains("-fr.")) {
        let script = Browser::new().await.get(asset.path, &[]).await;
        for text in between(script.text(), "\"", "\"") {
            for loose in [" :", " ;", " !", " ?", " »", "« "] {
                assert!(!text.contains(loose), "{}: {text}", asset.path);
            }
        }
    }
}

#[tokio::test]
async fn every_page_names_the_landlord() {
    let browser = Browser::new().await;
    for path in paths() {
        let page = browser.get(path, &[]).await;
        let parts = page.text().split_once("<main").unwrap();
        let (masthead, footer) = (parts.0, parts.1.split_once("<footer").unwrap().1);

        assert!(masthead.contains(LANDLORD.name) && masthead.contains("/assets/logo."), "{path}");
        let contacts = [LANDLORD.name, LANDLORD.address[0], LANDLORD.phone.uri];
        for contact in contacts {
            assert!(footer.contains(&keep_whole(contact)), "{path}: {contact}");
        }
    }
}

#[tokio::test]
async fn the_legal_notice_says_who_publishes_hosts_and_answers_for_data() {
    let browser = Browser::new().await;
    for language in ["fr", "en"] {
        let page = browser.get("/mentions-legales", &[("accept-language", language)]).await;
        let html = page.text();

        let publication = &LANDLORD.publication;
        for told in [
            publication.director,
            publication.registration,
            LANDLORD.hosting.name,
            LANDLORD.hosting.phone.uri,
            LANDLORD.data_protection.email,
            LANDLORD.email,
        ] {
            assert!(html.contains(&keep_whole(told)), "{language}: {told}");
        }
    }
}

#[tokio::test]
async fn the_help_page_says_how_to_reach_every_agency() {
    let browser = Browser::new().await;
    let page = browser.get("/aide", &[]).await;
    let html = page.text();

    let help: String = LANDLORD.help.french.chars().take(30).collect();
    assert!(html.contains(&keep_whole(&help)), "{help}");
    for agency in LANDLORD.agencies {
        for told in [agency.phone.uri, agency.email, agency.address[0], agency.hours.french] {
            assert!(html.contains(&keep_whole(told)), "{}: {told}", agency.name);
        }
    }
}

#[tokio::test]
async fn the_logo_is_where_browsers_phones_and_mails_look_for_it() {
    let browser = Browser::new().await;
    for (path, media_type, start) in [
        ("/favicon.ico", "image/x-icon", &[0, 0, 1, 0][..]),
        ("/apple-touch-icon.png", "image/png", b"\x89PNG"),
        ("/logo.png", "image/png", b"\x89PNG"),
        ("/logo-512.png", "image/png", b"\x89PNG"),
    ] {
        let picture = browser.get(path, &[]).await;
        assert_eq!((picture.status, picture.header("content-type")), (200, media_type), "{path}");
        assert!(picture.body.starts_with(start), "{path}");
        assert_eq!(picture.header("cross-origin-resource-policy"), "cross-origin");
    }
    let security = browser.get("/.well-known/security.txt", &[]).await;
    assert!(security.text().starts_with("Contact: "));
}

#[tokio::test]
async fn an_unknown_path_is_a_page_for_people_and_a_problem_for_programs() {
    let browser = Browser::new().await;

    let page = browser.get("/nulle-part", &[]).await;
    assert_eq!(page.status, 404);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    for (method, path) in [
        ("GET", "/api"),
        ("GET", "/api/nothing"),
        ("DELETE", "/api/terms"),
        ("POST", "/"),
        ("PUT", "/inscription"),
    ] {
        let problem = browser.ask(method, path, &[]).await;
        assert_eq!(problem.status, 404, "{method} {path}");
        assert_eq!(problem.header("content-type"), "application/problem+json", "{path}");
        assert_eq!(problem.header("cache-control"), "no-store", "{path}");
    }
    assert_eq!(browser.get("/assets/portal.css", &[]).await.status, 404);
    assert_eq!(
        browser.get("/apiary", &[]).await.header("content-type"),
        page.header("content-type")
    );
}

#[tokio::test]
async fn only_a_browser_that_may_have_a_session_asks_the_api() {
    let browser = Browser::new().await;
    let own = ("sec-fetch-site", "none");
    let session = ("cookie", "__Host-session=a.b");
    for (headers, expected) in [
        (vec![own], "none"),
        (vec![("sec-fetch-site", "same-origin")], "none"),
        (vec![own, session], "maybe"),
        // A link from a mail: the browser does not send the cookie.
        (vec![("sec-fetch-site", "cross-site")], "maybe"),
        // Old browsers do not send this header.
        (vec![], "maybe"),
    ] {
        let page = browser.get("/", &headers).await;
        assert!(page.text().contains(&format!("data-session=\"{expected}\"")), "{headers:?}");
    }
}

#[tokio::test]
async fn every_mailed_link_has_its_page() {
    let pages = [
        Registration::PAGE,
        PasswordReset::PAGE,
        EmailChange::PAGE,
        EmailChanged::PAGE,
        AgencyRequest::PAGE,
    ];
    assert_eq!(pages.len(), Purpose::ALL.len());
    for page in pages {
        let path = format!("/{page}");
        assert!(Page::at(&path).is_of_link(), "{path}");
    }
    assert_eq!(pages.len(), Page::ALL.into_iter().filter(|page| page.is_of_link()).count());
}

#[tokio::test]
async fn a_link_whose_hash_was_encoded_leads_to_its_page_and_fragment() {
    let browser = Browser::new().await;
    let token = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd-_8";

    // API Gateway decodes the path, other servers do not.
    for path in ["/activation#", "/activation%23", "/activation/%23"] {
        for end in ["", ".", ">", "%3E", "%22", ")", ",", "%20"] {
            for method in ["GET", "HEAD"] {
                let answer = browser.ask(method, &format!("{path}{token}{end}"), &[]).await;

                assert_eq!(answer.status, 303, "{path}{end}");
                assert_eq!(answer.header("location"), format!("/activation#{token}"));
                assert_eq!(answer.header("cache-control"), "no-store");
                assert_eq!(answer.header("referrer-policy"), "no-referrer");
            }
        }
    }
    let lost = browser.get("/reponse-agence%23abc", &[]).await;
    assert_eq!((lost.status, lost.header("location")), (303, "/reponse-agence"));
    let other = browser.get(&format!("/nulle-part%23{token}"), &[]).await;
    assert_eq!(other.status, 404);
    assert!(!other.text().contains(token));
}

#[tokio::test]
async fn password_managers_find_where_a_password_is_changed() {
    let browser = Browser::new().await;

    for method in ["GET", "HEAD"] {
        let answer = browser.ask(method, "/.well-known/change-password", &[]).await;

        assert_eq!(answer.status, 303);
        assert_eq!(answer.header("location"), "/mon-compte/mot-de-passe");
    }
    // A path that does not exist must not answer 200 (W3C, same document).
    let nothing = "/.well-known/resource-that-should-not-exist-whose-status-code-should-not-be-200";
    assert_eq!(browser.get(nothing, &[]).await.status, 404);
}

#[test]
fn page_and_api_have_the_same_message_for_an_empty_field() {
    for (language, catalogue) in [
        (Language::French, include_str!("../messages/fr.toml")),
        (Language::English, include_str!("../messages/en.toml")),
    ] {
        let catalogue: toml::Table = catalogue.parse().unwrap();
        let words = catalogue["form"]["required"].as_table().unwrap();
        for (field, said) in words {
            let expected = problem::message(field, FieldCode::Required, language);
            assert_eq!(said.as_str(), Some(expected.as_str()), "{field}");
        }
    }
}

#[tokio::test]
async fn a_phone_and_a_password_manager_are_told_what_each_field_is_for() {
    let browser = Browser::new().await;
    for path in paths() {
        let page = browser.get(path, &[]).await;
        for field in between(page.text(), "<input", ">") {
            let is = |attribute: &str| field.contains(attribute);
            // Checkboxes, radio buttons and files take no keyboard input, and read-only fields are
            // for password managers only.
            let kinds = ["checkbox", "radio", "file"].map(|kind| format!("type=\"{kind}\""));
            if kinds.iter().any(|kind| is(kind)) || is("readonly") {
                continue;
            }
            assert!(is("enterkeyhint=\"") && is("autocomplete=\""), "{path}: {field}");
        }
    }
}

#[tokio::test]
async fn configured_values_are_shown() {
    let browser = Browser::new().await;

    let terms = browser.get("/conditions", &[]).await;
    let register = browser.get("/inscription", &[]).await;

    assert!(terms.text().contains("Version 2031-07"));
    assert!(terms.text().replace('\n', " ").contains("au moins 11\u{a0}caractères"));
    assert!(register.text().contains("value=\"2031-07\""));
    assert!(register.text().contains("data-min=\"11\""));
}

#[tokio::test]
async fn the_cookie_page_lists_every_cookie() {
    let browser = Browser::new().await;
    let page = browser.get("/cookies", &[]).await;

    let listed: BTreeSet<_> = between(page.text(), "data-cookie=\"", "\"").into_iter().collect();
    let expected =
        ["__Host-device", "__Host-registration", "__Host-session", "identifier", "language"];
    assert_eq!(listed, BTreeSet::from(expected));
}

#[tokio::test]
async fn a_slash_at_the_end_changes_nothing_and_head_is_answered() {
    let browser = Browser::new().await;

    assert_eq!(browser.get("/conditions/", &[]).await.status, 200);
    assert_eq!(browser.ask("HEAD", "/", &[]).await.status, 200);
    let robots = browser.get("/robots.txt", &[]).await;
    assert!(robots.text().contains("Disallow: /api/"));
}
