//! A tenant's browser, as far as the API sees it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};

use crate::{Answer, Household};

/// A tenant's browser. It keeps cookies and the access token, as the portal's pages do.
#[derive(Debug)]
pub struct Browser {
    http: Client,
    address: String,
    state: Mutex<State>,
}

#[derive(Clone, Debug, Default)]
struct State {
    cookies: BTreeMap<String, String>,
    access_token: Option<String>,
    source: Option<String>,
    language: Option<String>,
    user_agent: Option<String>,
}

impl Browser {
    pub(crate) fn new(http: Client, address: String) -> Self {
        Self { http, address, state: Mutex::default() }
    }

    /// A copy of the browser with its cookies: a second tab, or a thief's copy.
    #[must_use]
    pub fn copy(&self) -> Self {
        let state = Mutex::new(self.state(|state| state.clone()));
        Self { http: self.http.clone(), address: self.address.clone(), state }
    }

    /// The browser, calling from the IP address `source`.
    #[must_use]
    pub fn from_source(self, source: &str) -> Self {
        let believed = cfg!(not(feature = "deployed"));
        assert!(believed, "only the local stack accepts a source");
        self.state(|state| state.source = Some(source.to_owned()));
        self
    }

    /// The browser, with this `Accept-Language`.
    #[must_use]
    pub fn in_language(self, language: &str) -> Self {
        self.state(|state| state.language = Some(language.to_owned()));
        self
    }

    /// The browser, with this `User-Agent`.
    #[must_use]
    pub fn calling_itself(self, user_agent: &str) -> Self {
        self.state(|state| state.user_agent = Some(user_agent.to_owned()));
        self
    }

    /// The value of a cookie.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.state(|state| state.cookies.get(name).cloned())
    }

    /// Sets a cookie, or removes it.
    pub fn set_cookie(&self, name: &str, value: Option<&str>) {
        self.state(|state| match value {
            Some(value) => state.cookies.insert(name.to_owned(), value.to_owned()),
            None => state.cookies.remove(name),
        });
    }

    /// The access token.
    #[must_use]
    pub fn access_token(&self) -> Option<String> {
        self.state(|state| state.access_token.clone())
    }

    /// Sets the access token.
    pub fn set_access_token(&self, token: &str) {
        self.state(|state| state.access_token = Some(token.to_owned()));
    }

    /// Registers `household`.
    pub async fn register(&self, household: &Household) -> Answer {
        self.post("/api/registrations", &registration(household)).await
    }

    /// Follows an activation link, without a password.
    pub async fn activate(&self, token: &str) -> Answer {
        self.post("/api/activations", &json!({"token": token})).await
    }

    /// Signs in without "remember me".
    pub async fn sign_in(&self, household: &Household) -> Answer {
        let Household { email, password, .. } = household;
        self.post("/api/sessions", &json!({"email": email, "password": password})).await
    }

    /// Signs in with "remember me".
    pub async fn sign_in_to_stay(&self, household: &Household) -> Answer {
        let Household { email, password, .. } = household;
        let body = json!({"email": email, "password": password, "remember": true});
        self.post("/api/sessions", &body).await
    }

    /// Refreshes the session.
    pub async fn refresh(&self) -> Answer {
        let request = self.request(Method::POST, "/api/sessions/refresh");
        self.keep(request.header("sec-fetch-site", "same-origin")).await
    }

    /// Signs out.
    pub async fn sign_out(&self) -> Answer {
        let request = self.request(Method::DELETE, "/api/sessions/current");
        self.keep(request.header("sec-fetch-site", "same-origin")).await
    }

    /// The answer of `get-account`.
    pub async fn account(&self) -> Answer {
        self.get("/api/account").await
    }

    /// Gets `path`.
    pub async fn get(&self, path: &str) -> Answer {
        self.keep(self.request(Method::GET, path)).await
    }

    /// Posts `body` to `path`.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, body).await
    }

    /// Sends `body` to `path`.
    pub async fn send(&self, method: Method, path: &str, body: &Value) -> Answer {
        self.keep(self.request(method, path).json(body)).await
    }

    /// Sends a request from [`request`](Self::request) and keeps the answer's cookies and token.
    pub async fn keep(&self, request: RequestBuilder) -> Answer {
        let answer = Answer::of_api(request).await;
        self.state(|state| {
            for cookie in answer.headers.get_all("set-cookie") {
                let text = cookie.to_str().unwrap_or_default();
                let (pair, attributes) = text.split_once(';').unwrap_or((text, ""));
                let (name, value) = pair.split_once('=').unwrap_or_default();
                if attributes.contains("Max-Age=0") {
                    state.cookies.remove(name);
                } else {
                    state.cookies.insert(name.to_owned(), value.to_owned());
                }
            }
            if let Some(token) = answer.json["access_token"].as_str() {
                state.access_token = Some(token.to_owned());
            }
        });
        answer
    }

    /// A request with the browser's headers, cookies and token.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let state = self.state(|state| state.clone());
        let mut request = self.http.request(method, format!("{}{path}", self.address));
        if !state.cookies.is_empty() {
            let pairs = state.cookies.iter().map(|(name, value)| format!("{name}={value}"));
            request = request.header("cookie", pairs.collect::<Vec<_>>().join("; "));
        }
        if let Some(token) = state.access_token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if let Some(source) = state.source {
            request = request.header("x-forwarded-for", source);
        }
        if let Some(language) = state.language {
            request = request.header("accept-language", language);
        }
        request.header("user-agent", state.user_agent.as_deref().unwrap_or("Journey/1.0"))
    }

    fn state<T>(&self, with: impl FnOnce(&mut State) -> T) -> T {
        with(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The form with which `household` registers.
#[must_use]
pub fn registration(household: &Household) -> Value {
    json!({
        "lease": household.lease,
        "last_name": household.last_name,
        "email": household.email,
        "password": household.password,
        "terms": "2026-01",
    })
}
