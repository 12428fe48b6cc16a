//! Changes the account's settings that need no password.

use shared::app::App;
use shared::domain::FieldCode;
use shared::domain::{Language, Paperless, Terms};
use shared::error::Error;
use shared::http::operation::{Body, Group, Operation, Route, Success, optional, truth, words};
use shared::http::{Call, FromCall, Function, Reply, SignedIn, signed_in};
use shared::mail::{Mail, paperless_started};
use shared::store::{AccountChange, Notice};
use shared::view::{self, AccountView};

/// The description of this operation.
pub static OPERATION: Operation = Operation {
    name: env!("CARGO_PKG_NAME"),
    summary: env!("CARGO_PKG_DESCRIPTION"),
    description: "All changes are made, or none. To leave paperless delivery, the tenant has to ask the \
    agency.",
    group: Group::Account,
    route: Route::patch("/api/account"),
    parameters: &[],
    body: Body::Json(&[
        optional("language", words::LANGUAGE),
        optional("terms", words::TERMS_VERSION.saying("The version that is accepted: today’s")),
        optional("paperless", truth("True: rent notices come without paper from now on", true)),
    ]),
    successes: &[Success::ok("The account as it is now", view::ACCOUNT)],
    problems: &[],
};

/// This operation, ready to be started.
#[must_use]
pub fn function() -> impl Function {
    signed_in(&OPERATION, handle)
}

/// The changes.
#[derive(Debug)]
pub struct Request {
    language: Option<Language>,
    terms: Option<String>,
    paperless: bool,
}

impl FromCall for Request {
    fn parse(call: &Call) -> Result<Self, Error> {
        let mut form = call.form()?;
        let language = form.optional("language");
        let terms = form.optional("terms");
        let paperless = form.flag("paperless");
        // Only the agency can end paperless delivery, so the tenant has to ask it.
        if paperless == Some(false) {
            form.reject("paperless", FieldCode::NotAllowed);
        }
        form.finish(|| Some(Self { language, terms, paperless: paperless == Some(true) }))
    }
}

/// Makes all the changes, or none.
async fn handle(app: App, tenant: SignedIn, request: Request) -> Result<Reply, Error> {
    if request.terms.as_ref().is_some_and(|terms| *terms != app.config.terms_version) {
        return Err(Error::field("terms", FieldCode::TermsNotCurrent));
    }
    let (account, now) = (&tenant.account, app.clock.now());
    // Granting it again would change its date.
    let paperless = (request.paperless && !account.paperless.granted).then(|| {
        let occasion = Some(tenant.occasion(now));
        let mail = Mail::PaperlessStarted(paperless_started::Payload { occasion });
        (Paperless::by_tenant(true, now), Notice::to(account, mail))
    });
    let change = AccountChange {
        language: request.language,
        terms: request.terms.map(|version| Terms { version, accepted_at: now }),
        paperless,
    };
    if change.is_empty() {
        return Reply::ok(&AccountView::of(&tenant.account, &app.config));
    }
    let changed = app.store.change_account(tenant.account.id, &change).await?;
    let changed = changed.ok_or(Error::Unauthenticated)?;
    Reply::ok(&AccountView::of(&changed, &app.config))
}
