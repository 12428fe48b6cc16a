//! How each operation is called, for journeys that try every operation.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Browser, HEADER, Household, Portal, bounce_of};

/// The data of a call.
pub(crate) struct Given<'a> {
    pub(crate) portal: &'a Portal,
    /// The browser that calls. Operations of the agency and of schedules need none.
    pub(crate) browser: &'a Browser,
    /// The household, with its present address and password.
    pub(crate) household: Household,
    /// The token of the link, the id of the session or the reference of the registration.
    pub(crate) token: &'a str,
    /// The password that it chooses.
    pub(crate) new_password: &'a str,
    /// The address that it chooses.
    pub(crate) new_email: &'a str,
    /// The reference of the lease that it moves to.
    pub(crate) next_lease: &'a str,
    /// Whether it goes paperless.
    pub(crate) paperless: bool,
}

/// Calls `operation`. Panics for an operation that this file does not know.
pub(crate) async fn call(operation: &str, given: &Given<'_>) -> Answer {
    let Given { portal, browser, household, token, new_password, new_email, .. } = *given;
    let password = household.password;
    let link = json!({"token": token});
    match operation {
        "register" => browser.register(&household).await,
        "resend-activation" => {
            browser.post(&format!("/api/registrations/{token}/resend"), &json!({})).await
        }
        "activate" => browser.activate(token).await,
        "show-link" => browser.post("/api/links/show", &link).await,
        "login" => browser.sign_in(&household).await,
        "logout" => browser.sign_out().await,
        "refresh-session" => browser.refresh().await,
        "list-sessions" => browser.get("/api/sessions").await,
        "revoke-session" => {
            let path = format!("/api/sessions/{token}");
            browser.keep(browser.request(Method::DELETE, &path)).await
        }
        "forgot-password" => {
            browser.post("/api/password-resets", &json!({"email": household.email})).await
        }
        "reset-password" => {
            let body = json!({"token": token, "password": new_password});
            browser.post("/api/password-resets/confirm", &body).await
        }
        "forgot-identifier" => {
            let body = json!({"lease": household.lease, "last_name": household.last_name});
            browser.post("/api/identifier-reminders", &body).await
        }
        "get-account" => browser.account().await,
        "update-account" => {
            let body = json!({"language": "en", "paperless": given.paperless});
            browser.send(Method::PATCH, "/api/account", &body).await
        }
        "change-lease" => {
            let body = json!({
                "lease": given.next_lease, "last_name": household.last_name, "password": password,
            });
            browser.send(Method::PUT, "/api/account/lease", &body).await
        }
        "change-password" => {
            let body = json!({"current_password": password, "new_password": new_password});
            browser.send(Method::PUT, "/api/account/password", &body).await
        }
        "change-email" => {
            let body = json!({"email": new_email, "password": password});
            browser.post("/api/account/email-changes", &body).await
        }
        "confirm-email" => browser.post("/api/email-changes/confirm", &link).await,
        "revert-email" => browser.post("/api/email-changes/revert", &link).await,
        "request-agency" => {
            browser.post("/api/account/agency-requests", &json!({"kind": "close-account"})).await
        }
        "list-requests" => browser.get("/api/account/agency-requests").await,
        "answer-request" => browser.post("/api/agency-requests/answer", &link).await,
        "export-account" => browser.get("/api/account/export").await,
        _ => call_for_others(operation, portal, household, token).await,
    }
}

/// Calls an operation that no tenant's browser calls.
async fn call_for_others(
    operation: &str,
    portal: &Portal,
    household: Household,
    token: &str,
) -> Answer {
    let agency = async |path: &str, body: Value| {
        let body = body.to_string().into_bytes();
        portal.agency(Method::POST, path, "application/json", body).await
    };
    match operation {
        "import-leases" => portal.import(&[household.row("2099-12-31")]).await,
        "get-lease" => portal.lease(household.lease).await,
        "allow-mail" => {
            agency("/api/agency/mail-permissions", json!({"lease": household.lease})).await
        }
        "close-account" => {
            let body = json!({"lease": household.lease, "reason": "Départ"});
            agency("/api/agency/closures", body).await
        }
        "record-mail-feedback" => {
            let mail = portal.mails_to(household.email).await.remove(0);
            portal.try_to_report(&bounce_of(&mail)).await
        }
        "expire-accounts" => {
            let now = portal.local_get("/_local/clock").await["now"].clone();
            portal.invoke(operation, &json!({"time": now})).await
        }
        "watch-household" => portal.invoke(operation, &json!({})).await,
        _ => call_as_staff(operation, portal, household, token).await,
    }
}

/// Calls an operation as a supervisor.
async fn call_as_staff(
    operation: &str,
    portal: &Portal,
    household: Household,
    token: &str,
) -> Answer {
    let staff = portal.browser();
    staff.sign_in_as_staff("supervisor").await;
    let of_household = async |what: &str, body: Value| {
        let path = format!("/api/staff/households/{}/{what}", household.lease);
        staff.staff_send(Method::POST, &path, &body).await
    };
    let file = format!("{HEADER}\n{}\n", household.row("2099-12-31"));
    let send_file = async |path: &str| {
        let request = staff.request(Method::POST, path).header("sec-fetch-site", "same-origin");
        staff.keep(request.header("content-type", "text/csv").body(file.clone())).await
    };
    match operation {
        "staff-callback" => portal.browser().sign_in_as_staff("supervisor").await,
        "staff-sign-out" => {
            staff.staff_send(Method::DELETE, "/api/staff/session", &json!({})).await
        }
        "show-staff" => staff.staff_get("/api/staff/session").await,
        "show-household" => {
            staff.staff_get(&format!("/api/staff/households/{}", household.lease)).await
        }
        "list-imports" => staff.staff_get("/api/staff/imports").await,
        "preview-import" => send_file("/api/staff/imports").await,
        "apply-import" => {
            let preview = send_file("/api/staff/imports").await.expect_status(200).json;
            send_file(&format!("/api/staff/imports/{}", preview["id"].as_str().unwrap())).await
        }
        "search-households" => {
            staff.staff_get(&format!("/api/staff/households?q={}", household.email)).await
        }
        "list-open-requests" => staff.staff_get("/api/staff/requests").await,
        "settle-request" => {
            let path = format!("/api/staff/requests/{token}");
            staff.staff_send(Method::POST, &path, &json!({"answer": "done"})).await
        }
        "send-again" => of_household("mails", json!({"mail": "password-reset"})).await,
        "lift-stop" => of_household("mail-permission", json!({})).await,
        "close-household" => of_household("closure", json!({"reason": "Départ"})).await,
        other => panic!("calls.rs does not say how {other} is called"),
    }
}
