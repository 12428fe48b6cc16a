//! A member of staff in a browser. On the local stack a small provider signs them in; a deployed one
//! is given their sessions.

use reqwest::Method;
use serde_json::Value;

#[cfg(feature = "deployed")]
use crate::stack::Stack;
use crate::{Answer, Browser};

impl Browser {
    /// Signs in the member of staff that the local stack's identity provider calls `member`:
    /// `reader`, `agent`, `supervisor` and others. Returns the last answer: where it leads.
    #[cfg(not(feature = "deployed"))]
    pub async fn sign_in_as_staff(&self, member: &str) -> Answer {
        let provider = self.begin_staff_sign_in().await;
        self.end_staff_sign_in(&provider, member).await
    }

    /// Signs in the member of staff that the local stack's identity provider calls `member`.
    #[cfg(feature = "deployed")]
    pub async fn sign_in_as_staff(&self, member: &str) -> Answer {
        let cookie = Stack::of_this_process().begin_staff_session(member).await;
        self.set_cookie("__Host-staff", Some(&cookie));
        self.staff_get("/api/staff/session").await.expect_status(200)
    }

    /// The address of the identity provider's page.
    pub async fn begin_staff_sign_in(&self) -> String {
        let answer = self.get("/api/staff/sign-in").await.expect_status(303);
        let provider = answer.header("location").to_owned();
        assert!(provider.contains("/_local/openid/authorize?"), "{provider}");
        provider
    }

    /// Chooses `member` on the page `provider` and comes back.
    pub async fn end_staff_sign_in(&self, provider: &str, member: &str) -> Answer {
        let back = self.chosen(provider, member).await;
        self.get(&back).await.expect_status(303)
    }

    /// Where the identity provider leads whoever chooses `member`: the path and the query.
    pub async fn chosen(&self, provider: &str, member: &str) -> String {
        let (_, query) = provider.split_once('?').expect("a query");
        let page = format!("/_local/openid/authorize?{query}&member={member}");
        let answer = Answer::of(self.request(Method::GET, &page)).await.expect_status(303);
        let back = answer.header("location").to_owned();
        let (_, path) = back.split_once("/api/").expect("the callback");
        format!("/api/{path}")
    }

    /// Gets `path`, as one of the agency's pages does.
    pub async fn staff_get(&self, path: &str) -> Answer {
        let request = self.request(Method::GET, path);
        self.keep(request.header("sec-fetch-site", "same-origin")).await
    }

    /// Sends `body` to `path`, as one of the agency's pages does.
    pub async fn staff_send(&self, method: Method, path: &str, body: &Value) -> Answer {
        let request = self.request(method, path).json(body);
        self.keep(request.header("sec-fetch-site", "same-origin")).await
    }
}
