//! Changes the account's settings that need no password.

use shared::app::App;
use shared::domain::{Account, FieldCode, Language, Paperless, Terms};
use shared::error::Error;
use shared::http::operation::{Body, Group, Operation, Route, Success, optional, truth, words};
use shared::http::{Call, FromCall, Function, Reply, SignedIn, signed_in};
use shared::mail::{Mail, paperless_started};
use shared::store::{AccountChange, Notice, retry_stale};
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
    let (app, tenant, request) = (&app, &tenant, &request);
    let account = retry_stale(|attempt| change(app, tenant, request, attempt)).await?;
    Reply::ok(&AccountView::of(&account, &app.config))
}

/// The account with the changes; `None` if another call has changed it meanwhile.
async fn change(
    app: &App,
    tenant: &SignedIn,
    request: &Request,
    attempt: u32,
) -> Result<Option<Account>, Error> {
    let account = if attempt == 0 {
        tenant.account.clone()
    } else {
        let account = app.store.find_account(tenant.account.id).await?;
        account.filter(Account::is_active).ok_or(Error::Unauthenticated)?
    };
    let change = request.change_of(app, tenant, &account);
    if change.is_empty() {
        return Ok(Some(account));
    }
    let changed = app.store.change_account(&account, &change).await?;
    if changed.is_done() { app.store.find_account(account.id).await } else { Ok(None) }
}

impl Request {
    /// What this request changes of `account`.
    fn change_of(&self, app: &App, tenant: &SignedIn, account: &Account) -> AccountChange {
        let now = app.clock.now();
        let accepted = self.terms.clone().map(|version| Terms::accepted(version, now));
        // Granting it again would change its date.
        let paperless = (self.paperless && !account.paperless.granted).then(|| {
            let occasion = Some(tenant.occasion(now));
            let mail = Mail::PaperlessStarted(paperless_started::Payload { occasion });
            (Paperless::by_tenant(true, now), Notice::to(account, mail))
        });
        AccountChange {
            language: self.language.filter(|language| *language != account.language),
            terms: accepted.filter(|terms| *terms != account.terms),
            paperless,
        }
    }
}
