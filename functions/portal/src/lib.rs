//! Serves the pages of the portal and their assets.

mod assets;
mod document;
mod encoding;
mod mended_links;
mod messages;
mod page;
mod render;
mod security_headers;
mod security_txt;
mod typography;

use std::sync::Arc;

use cookie::time::Duration;
use cookie::{Cookie, SameSite};
use landlord::LANDLORD;
use shared::clock::Clock;
use shared::config::Config;
use shared::domain::Language;
use shared::environment::{Context, Environment};
use shared::error::{Error, Problem};
use shared::http::operation::{Body, Content, Group, Operation, Route, Success};
use shared::http::{self, Call, FromCall, Function, Reply, cookies, public};

use crate::assets::Asset;
use crate::encoding::{Encoded, Encoding};
use crate::mended_links::Mended;
use crate::page::Page;
use crate::render::{Pages, Rendered, Session, Variant};

/// The name of the cookie for the chosen language.
const LANGUAGE: &str = "language";

/// The path at which password managers look for the page that changes a password (W3C, "A
/// Well-Known URL for Changing Passwords").
const CHANGE_PASSWORD: &str = "/.well-known/change-password";

/// Allows search engines only the pages that are useful to strangers.
const ROBOTS: &str = "User-agent: *\n\
                      Disallow: /api/\n\
                      Disallow: /mon-compte\n\
                      Disallow: /activation\n\
                      Disallow: /verifiez-vos-mails\n\
                      Disallow: /nouveau-mot-de-passe\n\
                      Disallow: /confirmation-adresse\n\
                      Disallow: /retablir-adresse\n\
                      Disallow: /reponse-agence\n";

/// The description of this operation.
pub static OPERATION: Operation = Operation {
    name: env!("CARGO_PKG_NAME"),
    summary: env!("CARGO_PKG_DESCRIPTION"),
    description: "Pages in French and English, their assets, and this document. An unknown path is \
    answered with a page, under /api with a problem.",
    group: Group::Published,
    route: Route::Default,
    parameters: &[],
    body: Body::None,
    successes: &[
        Success::of(200, "A page, what it is made of, or the document of the API", TEXT),
        Success::of(
            303,
            "Elsewhere: the page in the language chosen, that of a link whose # was encoded, the one \
             that changes the password",
            Content::None,
        ),
        Success::of(304, "The browser has that very text", Content::None),
        Success::of(404, "The page that says that there is none", TEXT),
    ],
    problems: &[(Problem::NotFound, "Under /api, and for methods other than GET and HEAD")],
};

const TEXT: Content = Content::Text(&["text/html; charset=utf-8"]);

/// This operation, ready to be started.
#[must_use]
pub fn function() -> impl Function {
    public(&OPERATION, handle)
}

/// How long pictures of the logo may be cached, in seconds. Their paths do not change with the
/// logo.
const LOGO_KEPT_S: u32 = 86_400;

/// The path of each page.
pub fn paths() -> impl Iterator<Item = &'static str> {
    Page::ALL.into_iter().filter_map(Page::path)
}

/// The context of this function: the pages and the clock, without tables.
#[derive(Clone, Debug)]
struct Portal {
    pages: Arc<Pages>,
    clock: Clock,
}

impl Context for Portal {
    const CAN_BE_UNAVAILABLE: bool = false;

    async fn open(environment: &Environment) -> Result<Self, http::Error> {
        let pages = Arc::new(Pages::new(Config::read(&environment.variables)?));
        Ok(Self { pages, clock: environment.clock.clone() })
    }
}

/// A request for a page or an asset.
#[derive(Debug)]
pub struct Request {
    path: String,
    mended: Option<Mended>,
    variant: Variant,
    chosen: Option<Language>,
    encoding: Encoding,
    known: String,
}

impl FromCall for Request {
    fn parse(call: &Call) -> Result<Self, Error> {
        let is_read = matches!(call.method(), "GET" | "HEAD");
        let is_api = call.path() == "/api" || call.path().starts_with("/api/");
        if !is_read || is_api && call.path() != document::PATH {
            return Err(Error::NotFound);
        }
        let language = |tag: &str| Language::try_from(tag.to_owned()).ok();
        let variant = Variant {
            language: call.cookie(LANGUAGE).and_then(language).unwrap_or_else(|| call.language()),
            session: session(call),
        };
        let mended = Mended::read(call.path());
        // The path of an encoded link contains the token, so the path is not kept.
        let path = if mended.is_some() { String::new() } else { call.path().to_owned() };
        Ok(Self {
            path,
            mended,
            variant,
            chosen: call.query_parameter(LANGUAGE).as_deref().and_then(language),
            encoding: Encoding::preferred(call.header("accept-encoding").unwrap_or_default()),
            known: call.header("if-none-match").unwrap_or_default().to_owned(),
        })
    }
}

/// Whether the browser sends a session cookie. The cookie is `SameSite=Strict`: a browser that
/// follows a link from a mail or another site does not send it.
fn session(call: &Call) -> Session {
    let shows_cookies = matches!(call.header("sec-fetch-site"), Some("same-origin" | "none"));
    match call.cookie(cookies::SESSION) {
        Some(_) => Session::Shown,
        None if shows_cookies => Session::None,
        None => Session::Unknown,
    }
}

/// Answers with a page, in the chosen language or else in the one that the browser prefers; with an
/// asset; or with the page for unknown paths.
async fn handle(Portal { pages, clock }: Portal, request: Request) -> Result<Reply, Error> {
    if let Some(link) = &request.mended {
        return Ok(see_other(&link.location()).with_header("cache-control", "no-store"));
    }
    if request.path == CHANGE_PASSWORD {
        return Ok(see_other(Page::ChangePassword.path().unwrap_or("/")));
    }
    if let Some(asset) = Asset::find(&request.path) {
        return Ok(send(asset, asset.media_type, request.encoding)
            .with_header("cache-control", "public, max-age=31536000, immutable")
            .with_header("vary", "accept-encoding")
            .with_header("cross-origin-resource-policy", "same-origin"));
    }
    if let Some((media_type, picture)) = picture_of_logo(&request.path) {
        // Mail clients load it from other origins.
        return Ok(Reply::content(media_type, picture.to_vec())
            .cached_for(LOGO_KEPT_S)
            .with_header("cross-origin-resource-policy", "cross-origin"));
    }
    let text = match request.path.as_str() {
        "/robots.txt" => Some(ROBOTS.to_owned()),
        security_txt::PATH => Some(security_txt::text(clock.now())),
        _ => None,
    };
    if let Some(text) = text {
        return Ok(Reply::content("text/plain; charset=utf-8", text.into()).cached_for(86_400));
    }
    if request.path == document::PATH {
        let reply = send_unless_known(&request, document::rendered()?, document::MEDIA_TYPE);
        return Ok(reply.with_header("vary", "accept-encoding"));
    }
    let page = Page::at(&request.path);
    // The pages of the agency know nothing of a tenant's session.
    let session = if page.is_of_agency() { Session::Unknown } else { request.variant.session };
    let variant = Variant { session, ..request.variant };
    if let (Some(language), Some(path)) = (request.chosen, page.path()) {
        return Ok(see_other(path).with_cookie(&remembered(language)));
    }
    let rendered = pages.rendered(page, variant);
    let rendered = rendered.map_err(|error| Error::Unavailable(error.into()))?;
    let media_type = "text/html; charset=utf-8";
    let reply = if page == Page::NotFound {
        revalidated(send(&*rendered, media_type, request.encoding), &rendered)
    } else {
        send_unless_known(&request, &rendered, media_type)
    };
    let reply = reply
        .with_header("content-language", request.variant.language.tag())
        .with_header("vary", "accept-encoding, accept-language, cookie, sec-fetch-site");
    let headers = security_headers::of(page);
    let reply = headers.fold(reply, |reply, (name, value)| reply.with_header(name, &value));
    Ok(if page == Page::NotFound { reply.as_not_found() } else { reply })
}

/// The picture of the logo at `path`: the paths that browsers, phones and our mails use.
fn picture_of_logo(path: &str) -> Option<(&'static str, &'static [u8])> {
    let logo = &LANDLORD.logo;
    Some(match path {
        "/favicon.ico" => ("image/x-icon", logo.favicon_ico),
        "/apple-touch-icon.png" | "/apple-touch-icon-precomposed.png" => {
            ("image/png", logo.touch_png)
        }
        "/logo.png" => ("image/png", logo.mail_png),
        "/logo-512.png" => ("image/png", logo.large_png),
        _ => return None,
    })
}

/// Redirects to `location` without a referrer.
fn see_other(location: &str) -> Reply {
    Reply::see_other(location).with_header("referrer-policy", "no-referrer")
}

/// Whether one of the tags in `if_none_match` is `etag`, weakly compared (RFC 9110, 13.1.2).
fn is_known(if_none_match: &str, etag: &str) -> bool {
    let mut tags = if_none_match.split(',').map(str::trim);
    tags.any(|tag| tag == "*" || opaque(tag) == opaque(etag))
}

/// `tag` without the prefix `W/` of a weak tag.
fn opaque(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag)
}

/// `rendered`, or 304 if the browser has the same text.
fn send_unless_known(request: &Request, rendered: &Rendered, media_type: &'static str) -> Reply {
    let reply = if is_known(&request.known, &rendered.etag) {
        Reply::not_modified()
    } else {
        send(rendered, media_type, request.encoding)
    };
    revalidated(reply, rendered)
}

/// `reply`, which a browser may cache but has to revalidate.
fn revalidated(reply: Reply, rendered: &Rendered) -> Reply {
    reply.with_header("etag", &rendered.etag).with_header("cache-control", "no-cache")
}

fn send(content: &impl Encoded, media_type: &'static str, encoding: Encoding) -> Reply {
    let reply = Reply::content(media_type, content.body(encoding).to_vec());
    match encoding.name() {
        Some(name) => reply.with_header("content-encoding", name),
        None => reply,
    }
}

/// The cookie for the chosen language. It is `SameSite=Lax`, so that it also works for links in
/// mails.
fn remembered(language: Language) -> Cookie<'static> {
    Cookie::build((LANGUAGE, language.tag()))
        .path("/")
        .secure(true)
        .same_site(SameSite::Lax)
        .max_age(Duration::days(365))
        .build()
}

// Includes the code of the build script, so that its tests run.
#[cfg(test)]
#[path = "../build/catalogue.rs"]
mod catalogue;
#[cfg(test)]
#[path = "../build/script.rs"]
mod script;
#[cfg(test)]
#[path = "../build/style.rs"]
mod style;
#[cfg(test)]
#[path = "../build/template.rs"]
mod template;
#[cfg(test)]
#[path = "../build/token.rs"]
mod token;

#[cfg(test)]
mod tests;
