//! Requests of tenants to the agency, and the agency's answers.

use super::action::Action;
use super::asked::{ask, ask_no_more, attribute, no_longer_asked, other_request};
use super::links::use_link;
use super::rules;
use super::{Link, Notice, Store, Table, Write, key};
use crate::domain::{
    Account, AgencyRequest, AgencyRequestKind, Asked, By, Message, Paperless, Settlement, What,
};
use crate::error::Error;
use crate::mail::MailName;

impl Store {
    /// Opens a request of `account` and queues its mail to the agency, in one transaction. Stale:
    /// such a request is already open, or the account has changed.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn ask_agency(
        &self,
        account: &Account,
        request: &Link<AgencyRequest>,
        mail: MailName,
    ) -> Result<Write, Error> {
        let (kind, now) = (request.payload.kind, self.clock.now());
        let asked = Asked { link: request.id, until: request.expires_at };
        let other = other_request(account, kind);
        let none = rules::no_open_request(account, attribute(kind), now, other)?;
        let update = Action::update(Table::Tenants, key::tenant(account.id), none);
        let ask = ask(update, account, kind, asked, now);
        let made = What::RequestMade.by(&By::Tenant).with(Some(kind.name()));
        self.act(account.id, made, vec![ask, request.insertion(mail)?]).await
    }

    /// Has `by` return the rent notices of `account` to paper, and queues the mail to the tenant. `answer`
    /// is the link of the request, if this answers one.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn stop_paperless(
        &self,
        account: &Account,
        paper: &Paperless,
        by: &By,
        answer: Option<&Link<AgencyRequest>>,
        notice: &Notice,
    ) -> Result<Write, Error> {
        let kind = AgencyRequestKind::StopPaperless;
        let granted = rules::paperless_on(account, other_request(account, kind))?;
        let change = Action::update(Table::Tenants, key::tenant(account.id), granted)
            .set("paperless", paper);
        let change = ask_no_more(change, account, kind, paper.since);
        let asked = account.open_request(kind, paper.since).is_some();
        let as_asked = (asked || answer.is_some()).then_some("as_asked");
        let mut actions = vec![change, self.tell(notice)?];
        if let Some(link) = answer {
            let settled = Settlement::done(paper.since);
            actions.push(use_link(link, paper.since).set("payload.settled", &settled));
        }
        self.act(account.id, What::PaperlessStopped.by(by).with(as_asked), actions).await
    }

    /// Has `by` refuse the request of `account` with the link `answer`, and queues the mail to the tenant.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn refuse_request(
        &self,
        account: &Account,
        answer: &Link<AgencyRequest>,
        by: &By,
        reason: Option<&Message>,
        notice: &Notice,
    ) -> Result<Write, Error> {
        let now = self.clock.now();
        let settled = Settlement::refused(now, reason.cloned());
        let refused = What::RequestRefused.by(by).with(Some(answer.payload.kind.name()));
        let actions = vec![
            no_longer_asked(account, answer.payload.kind, answer.id, now)?,
            use_link(answer, now).set("payload.settled", &settled),
            self.tell(notice)?,
        ];
        self.act(account.id, refused, actions).await
    }
}
