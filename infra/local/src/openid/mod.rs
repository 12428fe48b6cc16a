//! A small OpenID provider, which stands in for the landlord's own. Its page lets one choose a member
//! of staff; there are no passwords.

mod members;
mod tokens;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use askama::Template;
use axum::Form;
use axum::Json;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use ring::digest::{SHA256, digest};
use serde::Deserialize;
use serde_json::{Value, json};
use shared::random;

use self::members::{MEMBERS, Member};
use self::tokens::Signer;
use crate::aws::{Fail, Service};
use crate::machine::Machine;
use crate::server;

/// Where the provider is, below the address of the portal.
pub(crate) const PATH: &str = "/_local/openid";

/// What the provider calls the application.
pub(crate) const CLIENT: &str = "espace-locataire";

/// How long a code may be exchanged.
const CODE_LIFETIME: SignedDuration = SignedDuration::from_mins(1);

/// The provider: its key, and the codes that were not exchanged yet.
#[derive(Debug, Default)]
pub(crate) struct OpenId {
    signer: Signer,
    codes: Mutex<BTreeMap<String, Granted>>,
}

/// What a code stands for.
#[derive(Debug)]
struct Granted {
    member: &'static Member,
    asked: Asked,
    at: Timestamp,
}

/// The request of an application that wants somebody to sign in.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    client_id: String,
    redirect_uri: String,
    response_type: String,
    scope: String,
    state: String,
    nonce: String,
    code_challenge: String,
    code_challenge_method: String,
    /// The member of staff who was chosen on the page; `nobody` refuses.
    member: Option<String>,
}

#[derive(Template)]
#[template(path = "openid.html")]
struct Page {
    /// Each choice with its address.
    choices: Vec<(&'static Member, String)>,
    refusal: String,
}

/// The provider's routes, below [`PATH`].
pub(crate) fn router() -> Router<Arc<Machine>> {
    Router::new()
        .route("/.well-known/openid-configuration", get(configuration))
        .route("/keys", get(keys))
        .route("/authorize", get(authorize))
        .route("/token", post(token))
}

async fn configuration(State(machine): State<Arc<Machine>>, headers: HeaderMap) -> Response {
    if let Some(failed) = failure(&machine, "configuration").await {
        return failed;
    }
    let issuer = issuer(&headers);
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["EdDSA"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        "claims_supported": ["sub", "name", "email", "amr", "roles", "agencies"],
    }))
    .into_response()
}

async fn keys(State(machine): State<Arc<Machine>>) -> Response {
    if let Some(failed) = failure(&machine, "keys").await {
        return failed;
    }
    Json(machine.openid.signer.published()).into_response()
}

/// The page with the members of staff; once one is chosen, the way back with a code.
async fn authorize(
    State(machine): State<Arc<Machine>>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    if let Err(fault) = asked.check(&headers) {
        return (StatusCode::BAD_REQUEST, fault).into_response();
    }
    let Some(chosen) = &asked.member else {
        let choose = |id: &str| format!("{PATH}/authorize?{}", asked.with(id));
        let choices = MEMBERS.iter().map(|member| (member, choose(member.id))).collect();
        return match (Page { choices, refusal: choose("nobody") }).render() {
            Ok(page) => Html(page).into_response(),
            Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
        };
    };
    let Some(member) = MEMBERS.iter().find(|member| member.id == chosen) else {
        return asked.back(&[("error", "access_denied")]);
    };
    let code = URL_SAFE_NO_PAD.encode(random::bytes::<16>());
    let granted = Granted { member, asked: asked.clone(), at: machine.clock.now() };
    let mut codes = machine.openid.codes.lock().unwrap_or_else(PoisonError::into_inner);
    codes.insert(code.clone(), granted);
    asked.back(&[("code", &code)])
}

impl Asked {
    fn check(&self, headers: &HeaderMap) -> Result<(), String> {
        let callback = format!("http://{}/api/staff/callback", host(headers));
        for (parameter, is, wanted) in [
            ("client_id", &self.client_id, CLIENT),
            ("redirect_uri", &self.redirect_uri, &callback),
            ("response_type", &self.response_type, "code"),
            ("code_challenge_method", &self.code_challenge_method, "S256"),
        ] {
            if is != wanted {
                return Err(format!("{parameter} has to be {wanted}"));
            }
        }
        if !self.scope.split(' ').any(|scope| scope == "openid") {
            return Err("scope has to contain openid".to_owned());
        }
        if self.code_challenge.is_empty() {
            return Err("code_challenge is missing".to_owned());
        }
        Ok(())
    }

    /// The parameters of this request, with a choice.
    fn with(&self, member: &str) -> String {
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs([
                ("client_id", self.client_id.as_str()),
                ("redirect_uri", &self.redirect_uri),
                ("response_type", &self.response_type),
                ("scope", &self.scope),
                ("state", &self.state),
                ("nonce", &self.nonce),
                ("code_challenge", &self.code_challenge),
                ("code_challenge_method", &self.code_challenge_method),
                ("member", member),
            ])
            .finish()
    }

    fn back(&self, answer: &[(&str, &str)]) -> Response {
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(answer)
            .append_pair("state", &self.state)
            .finish();
        Redirect::to(&format!("{}?{query}", self.redirect_uri)).into_response()
    }
}

/// What an application sends for a token.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Exchange {
    grant_type: String,
    code: String,
    redirect_uri: String,
    code_verifier: String,
}

async fn token(
    State(machine): State<Arc<Machine>>,
    headers: HeaderMap,
    Form(exchange): Form<Exchange>,
) -> Response {
    if let Some(failed) = failure(&machine, "token").await {
        return failed;
    }
    if !is_the_application(&machine, &headers) {
        return refused(StatusCode::UNAUTHORIZED, "invalid_client");
    }
    let now = machine.clock.now();
    // A code is good once, right or wrong.
    let granted = machine.openid.codes.lock().unwrap_or_else(PoisonError::into_inner);
    let granted = { granted }.remove(&exchange.code);
    let is_right = |granted: &Granted| {
        exchange.grant_type == "authorization_code"
            && granted.asked.redirect_uri == exchange.redirect_uri
            && granted.asked.code_challenge == challenge(&exchange.code_verifier)
            && now.duration_since(granted.at).abs() < CODE_LIFETIME
    };
    let Some(granted) = granted.filter(is_right) else {
        return refused(StatusCode::BAD_REQUEST, "invalid_grant");
    };
    let Granted { member, asked, at } = granted;
    let claims = member.claims(&issuer(&headers), CLIENT, &asked.nonce, at, now);
    Json(json!({
        "access_token": URL_SAFE_NO_PAD.encode(random::bytes::<16>()),
        "token_type": "Bearer",
        "expires_in": 300,
        "id_token": machine.openid.signer.sign(&claims),
    }))
    .into_response()
}

fn refused(status: StatusCode, error: &str) -> Response {
    (status, Json(json!({"error": error}))).into_response()
}

/// Whether the request has the application's name and secret.
fn is_the_application(machine: &Machine, headers: &HeaderMap) -> bool {
    let shown = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let shown = shown.and_then(|shown| shown.strip_prefix("Basic "));
    let secret = machine.secrets.current("staff-secret").unwrap_or_default();
    shown == Some(&STANDARD.encode(format!("{CLIENT}:{secret}")))
}

/// PKCE's challenge of `verifier`.
fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()))
}

/// The answer in place of the right one, if a fault strikes.
async fn failure(machine: &Machine, action: &str) -> Option<Response> {
    let strike = machine.faults.strike(Service::OpenId, "", action)?;
    tokio::time::sleep(strike.delay).await;
    match strike.fail {
        Fail::Throttle => Some(StatusCode::TOO_MANY_REQUESTS.into_response()),
        Fail::Slow => None,
        _ => Some(server::dropped()),
    }
}

fn issuer(headers: &HeaderMap) -> String {
    format!("http://{}{PATH}", host(headers))
}

fn host(headers: &HeaderMap) -> &str {
    headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default()
}

impl Member {
    fn claims(
        &self,
        issuer: &str,
        audience: &str,
        nonce: &str,
        signed_in_at: Timestamp,
        now: Timestamp,
    ) -> Value {
        json!({
            "iss": issuer,
            "aud": audience,
            "sub": format!("staff-{}", self.id),
            "iat": now.as_second(),
            "exp": now.as_second() + 300,
            "auth_time": signed_in_at.as_second(),
            "nonce": nonce,
            "name": self.name,
            "email": format!("{}@bailleur.example", self.id),
            "amr": self.amr,
            "roles": self.roles,
            "agencies": self.agencies,
        })
    }
}
