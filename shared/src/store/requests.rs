//! What tenants ask of the agency, and its answers.

use super::expression::{n, put_new, update};
use super::{AgencyRequest, Link, Notice, Store, item, key, value};
use crate::domain::{Account, AgencyRequestKind, Asked, LinkId, Paperless, Status};
use crate::error::Error;

/// The attribute of an account that holds its open request of a kind.
fn attribute(kind: AgencyRequestKind) -> &'static str {
    match kind {
        AgencyRequestKind::CloseAccount => "asked_to_close",
        AgencyRequestKind::StopPaperless => "asked_for_paper",
    }
}

impl Store {
    /// Keeps what `account` asks of the agency, in one transaction with the mail to the agency
    /// and the one to the tenant. Whether it was done; not when the same is open already, or the
    /// account is no longer as it was read.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn ask_agency(
        &self,
        account: &Account,
        id: LinkId,
        request: &Link<AgencyRequest>,
        receipt: &Notice,
    ) -> Result<bool, Error> {
        let now = self.clock.now();
        let attribute = attribute(request.payload.kind);
        let ask = update(
            &self.tenants,
            key::tenant(account.id),
            &format!("SET {attribute} = :asked"),
            &format!(
                "#status = :active AND lease = :lease \
                 AND (attribute_not_exists({attribute}) OR {attribute}.#until <= :now)"
            ),
            vec![
                (":asked", value(&Asked { link: id, until: request.expires_at })?),
                (":active", value(&Status::Active)?),
                (":lease", value(&account.lease)?),
                (":now", n(now.as_second())),
            ],
        )?;
        let actions = vec![
            ask,
            put_new(&self.tokens, item(key::link(id), request)?)?,
            put_new(&self.tokens, self.notice(receipt)?)?,
        ];
        Ok(self.transact(actions).await?.is_empty())
    }

    /// Has rent notices of `account` come on paper again, by the link `answer` if it is the answer
    /// to a request, and tells the tenant. Whether it was done; not when the link or the account
    /// is no longer what it was.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn stop_paperless(
        &self,
        account: &Account,
        paper: &Paperless,
        answer: Option<LinkId>,
        notice: &Notice,
    ) -> Result<bool, Error> {
        let change = update(
            &self.tenants,
            key::tenant(account.id),
            "SET paperless = :paperless REMOVE asked_for_paper",
            "#status = :active AND lease = :lease",
            vec![
                (":paperless", value(paper)?),
                (":active", value(&Status::Active)?),
                (":lease", value(&account.lease)?),
            ],
        )?;
        let mut actions = vec![change, put_new(&self.tokens, self.notice(notice)?)?];
        if let Some(answer) = answer {
            actions.push(self.use_link(answer, paper.since, "REMOVE outbox")?);
        }
        Ok(self.transact(actions).await?.is_empty())
    }
}
