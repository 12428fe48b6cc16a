//! The routes of the `OpenID` provider of `crate::openid`.

use std::sync::Arc;

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
use serde_json::json;
use shared::random;

use crate::aws::{Fail, Service};
use crate::endpoint::now_ms;
use crate::machine::Machine;
use crate::openid::{Asked, CLIENT, Exchange, MEMBERS, Member, PATH};
use crate::server;

#[derive(Template)]
#[template(path = "openid.html")]
struct Page {
    /// Each choice with its address.
    choices: Vec<(&'static Member, String)>,
    refusal: String,
}

/// The provider's routes, below [`PATH`].
pub(super) fn router() -> Router<Arc<Machine>> {
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
    Json(machine.openid.keys()).into_response()
}

/// The page with the members of staff; once one is chosen, the way back with a code.
async fn authorize(
    State(machine): State<Arc<Machine>>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    if let Err(fault) = asked.check(host(&headers)) {
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
        return back(&asked, &[("error", "access_denied")]);
    };
    let code = machine.openid.grant(member, asked.clone(), machine.clock.now());
    back(&asked, &[("code", &code)])
}

/// Leads the browser back to the application.
fn back(asked: &Asked, answer: &[(&str, &str)]) -> Response {
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(answer)
        .append_pair("state", &asked.state)
        .finish();
    Redirect::to(&format!("{}?{query}", asked.redirect_uri)).into_response()
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
    let issuer = issuer(&headers);
    let Some(token) = machine.openid.exchange(&exchange, &issuer, machine.clock.now()) else {
        return refused(StatusCode::BAD_REQUEST, "invalid_grant");
    };
    Json(json!({
        "access_token": URL_SAFE_NO_PAD.encode(random::bytes::<16>()),
        "token_type": "Bearer",
        "expires_in": 300,
        "id_token": token,
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

/// The answer in place of the right one, if a fault strikes.
async fn failure(machine: &Machine, action: &str) -> Option<Response> {
    let strike = machine.faults.strike(Service::OpenId, "", action, now_ms())?;
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
