//! What several transactions do to one item, each under the condition it relies on.

use aws_sdk_dynamodb::types::TransactWriteItem;
use jiff::Timestamp;

use super::expression::{Values, delete, n, put_new, s, update};
use super::{Credentials, Store, item, key, value};
use crate::domain::{Account, EmailAddress, Lease, LeaseReference, LinkId, Status, TenantId};
use crate::error::Error;
use crate::passwords::PasswordHash;

impl Store {
    /// Gives `lease`, which must be free and as it was seen, to `tenant`.
    pub(super) fn claim_lease(
        &self,
        lease: &Lease,
        tenant: TenantId,
    ) -> Result<TransactWriteItem, Error> {
        let mut values = vec![
            (":tenant", s(tenant)),
            (":last_name", value(&lease.last_name)?),
            (":first_name", value(&lease.first_name)?),
            (":agency", value(&lease.agency)?),
        ];
        let end = match lease.ends_on {
            Some(ends_on) => {
                values.push((":ends_on", value(&ends_on)?));
                "ends_on = :ends_on"
            }
            None => "attribute_exists(pk) AND attribute_not_exists(ends_on)",
        };
        update(
            &self.tenants,
            key::lease(&lease.reference),
            "SET tenant = :tenant REMOVE pending_mail_state",
            &format!(
                "attribute_not_exists(tenant) AND last_name = :last_name \
                 AND first_name = :first_name AND agency = :agency AND {end}"
            ),
            values,
        )
    }

    /// Marks the link `id`, unused and unexpired, as used, and does what `and` says.
    pub(super) fn use_link(
        &self,
        id: LinkId,
        now: Timestamp,
        and: &str,
    ) -> Result<TransactWriteItem, Error> {
        update(
            &self.tokens,
            key::link(id),
            &format!("SET used_at = :now {and}"),
            "attribute_exists(pk) AND attribute_not_exists(used_at) AND expires_at > :now",
            vec![(":now", n(now.as_second()))],
        )
    }

    /// Changes `account`, which must be active and as it was read, as `set` says.
    pub(super) fn change_tenant(
        &self,
        account: &Account,
        set: &str,
        mut values: Values,
    ) -> Result<TransactWriteItem, Error> {
        values.extend([
            (":active", value(&Status::Active)?),
            (":read_epoch", n(account.epoch)),
            (":read_email", value(&account.email)?),
            (":read_lease", value(&account.lease)?),
        ]);
        update(
            &self.tenants,
            key::tenant(account.id),
            set,
            "#status = :active AND epoch = :read_epoch AND email = :read_email \
             AND lease = :read_lease",
            values,
        )
    }

    /// Ends every session and link made under the account's epoch.
    pub(super) fn move_epoch(&self, account: &Account) -> Result<TransactWriteItem, Error> {
        let next = vec![(":next", n(account.epoch + 1))];
        self.change_tenant(account, "SET epoch = :next", next)
    }

    /// Sets the password under the account's address, of the next epoch; `read` is the password
    /// that this relies on, if it does.
    pub(super) fn set_password(
        &self,
        account: &Account,
        read: Option<&PasswordHash>,
        password: &PasswordHash,
    ) -> Result<TransactWriteItem, Error> {
        let mut condition = "tenant = :tenant AND epoch = :epoch".to_owned();
        let mut values = vec![
            (":password", value(password)?),
            (":tenant", s(account.id)),
            (":epoch", n(account.epoch)),
            (":next", n(account.epoch + 1)),
        ];
        if let Some(read) = read {
            condition.push_str(" AND password = :read");
            values.push((":read", value(read)?));
        }
        let pk = key::email(&account.email.folded());
        update(&self.tenants, pk, "SET password = :password, epoch = :next", &condition, values)
    }

    /// Puts the credentials of `account` under another address, of the next epoch.
    pub(super) fn put_credentials(
        &self,
        account: &Account,
        email: &EmailAddress,
        password: &PasswordHash,
    ) -> Result<TransactWriteItem, Error> {
        let credentials = Credentials {
            tenant: account.id,
            epoch: account.epoch + 1,
            password: password.clone(),
        };
        put_new(&self.tenants, item(key::email(&email.folded()), &credentials)?)
    }

    /// Deletes the credentials under the account's address; `read` is the password that this
    /// relies on, if it does.
    pub(super) fn delete_credentials(
        &self,
        account: &Account,
        read: Option<&PasswordHash>,
    ) -> Result<TransactWriteItem, Error> {
        let mut condition = "tenant = :tenant".to_owned();
        let mut values = vec![(":tenant", s(account.id))];
        if let Some(read) = read {
            condition.push_str(" AND password = :read");
            values.push((":read", value(read)?));
        }
        delete(&self.tenants, key::email(&account.email.folded()), &condition, values)
    }

    /// Takes the lease `reference` from `tenant`, whose it must be, and remembers whose
    /// it was if that is to be seen.
    pub(super) fn free_lease(
        &self,
        reference: &LeaseReference,
        tenant: TenantId,
        remember: bool,
    ) -> Result<TransactWriteItem, Error> {
        let change =
            if remember { "SET last_tenant = tenant REMOVE tenant" } else { "REMOVE tenant" };
        let values = vec![(":tenant", s(tenant))];
        update(&self.tenants, key::lease(reference), change, "tenant = :tenant", values)
    }
}
