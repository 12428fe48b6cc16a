//! The statements of docs/INVARIANTS.md, as far as they are about tables and answers.
//!
//! Some statements are about the rows, others about the changes of a step. A step marks the state
//! that it leads to with the statements that it breaks.

use std::collections::{HashMap, HashSet};

use jiff::{Timestamp, ToSpan};
use shared::domain::in_paris;

use crate::facts::{Account, Fact, Lease, Mail};
use crate::tables::Tables;

/// Statement 1.
pub const CREDENTIALS: u16 = 1;
/// Statement 2.
pub const LEASES: u16 = 1 << 1;
/// Statement 3.
pub const CLOSED: u16 = 1 << 2;
/// Statement 4: no session has a later epoch than its account.
pub const SESSIONS: u16 = 1 << 3;
/// Statement 4: no epoch goes back.
pub const EPOCH: u16 = 1 << 4;
/// Statement 5.
pub const LINK: u16 = 1 << 5;
/// Statement 6: a mail has one final state.
pub const END: u16 = 1 << 6;
/// Statement 6: each cause has its mail.
pub const CAUSE: u16 = 1 << 7;
/// Statement 6: no mail is sent more than once.
pub const SENT: u16 = 1 << 8;
/// Statement 7: the next step.
pub const STEPS: u16 = 1 << 9;
/// Statement 7: account and lease agree.
pub const AGREEMENT: u16 = 1 << 10;
/// Statement 7: nobody is deactivated without a warning.
pub const UNWARNED: u16 = 1 << 11;
/// An operation failed, and no answer was lost.
pub const ANSWERS: u16 = 1 << 12;

/// The statements that `rows` break.
pub fn broken_in(tables: &Tables, rows: &[u32]) -> u16 {
    let seen = Seen::of(tables, rows);
    [
        (credentials(&seen), CREDENTIALS),
        (leases(&seen), LEASES),
        (closed(&seen), CLOSED),
        (sessions(&seen), SESSIONS),
        (steps(&seen), STEPS),
        (agreement(&seen), AGREEMENT),
    ]
    .into_iter()
    .filter(|(holds, _)| !holds)
    .fold(0, |broken, (_, statement)| broken | statement)
}

/// The statements that a step breaks: it changes these rows of `before`, at `now`.
pub fn broken_by(tables: &Tables, before: &[u32], left: &[(usize, u32)], now: Timestamp) -> u16 {
    let mut broken = 0;
    let mut is_told = false;
    let mut has_cause = false;
    for (key, row) in left {
        let old = before.get(*key).and_then(|row| tables.known(*row));
        let new = tables.known(*row);
        let (old, new) = (old.as_deref().map(|k| &k.fact), new.as_deref().map(|k| &k.fact));
        let mail = |fact: Option<&Fact>| fact.and_then(Fact::mail).cloned();
        if let (Some(old), Some(new)) = (mail(old), mail(new)) {
            broken |= links(&old, &new, now) | ends(&old, &new);
        }
        is_told |= old.is_none() && mail(new).is_some_and(|mail| mail.waits);
        match (old.and_then(Fact::account), new) {
            (None, Some(Fact::Account(_))) => has_cause = true,
            (Some(old), Some(Fact::Account(new))) => {
                has_cause |= (&old.address, old.epoch, old.active, &old.lease)
                    != (&new.address, new.epoch, new.active, &new.lease);
                broken |= u16::from(new.epoch < old.epoch) * EPOCH;
                if old.active && !new.active && !is_warned(old, new) {
                    broken |= UNWARNED;
                }
            }
            _ => {}
        }
    }
    if has_cause && !is_told {
        broken |= CAUSE;
    }
    broken
}

/// Statement 5: the use of a link.
fn links(old: &Mail, new: &Mail, now: Timestamp) -> u16 {
    let is_used = old.used_at != new.used_at;
    let wrongly = old.used_at.is_some() || old.expires_at <= now.as_second();
    u16::from(is_used && wrongly) * LINK
}

/// Statement 6: the end of a mail.
fn ends(old: &Mail, new: &Mail) -> u16 {
    let again = old.settled.is_some() && old.settled != new.settled;
    let revived = !old.waits && new.waits;
    u16::from(again || revived) * END
}

/// Statement 7: the daily job closes an account only after a warning.
fn is_warned(old: &Account, new: &Account) -> bool {
    let Some((by, at)) = &new.closure else {
        return false;
    };
    if by != "schedule" {
        return true;
    }
    let day = in_paris(Timestamp::from_second(*at).unwrap_or_default());
    let warned = old.warned_on.is_some_and(|on| on.saturating_add(7.days()) <= day);
    let due = old.ends_on.is_some_and(|on| on.saturating_add(3.months()) <= day);
    warned && due
}

/// Every account and lease by its id, and every address with the account that it opens.
struct Seen {
    accounts: HashMap<String, Account>,
    leases: HashMap<String, Lease>,
    credentials: Vec<(String, String, u64)>,
    sessions: Vec<(String, u64)>,
}

impl Seen {
    fn of(tables: &Tables, rows: &[u32]) -> Self {
        let mut seen = Self {
            accounts: HashMap::new(),
            leases: HashMap::new(),
            credentials: Vec::new(),
            sessions: Vec::new(),
        };
        for known in tables.all(rows) {
            match &known.fact {
                Fact::Lease(lease) => {
                    seen.leases.insert(lease.reference.clone(), lease.clone());
                }
                Fact::Account(account) => {
                    seen.accounts.insert(account.id.clone(), (**account).clone());
                }
                Fact::Credentials { address, tenant, epoch } => {
                    seen.credentials.push((address.clone(), tenant.clone(), *epoch));
                }
                Fact::Session { tenant, epoch } => seen.sessions.push((tenant.clone(), *epoch)),
                Fact::Trace { .. } | Fact::Mail(_) | Fact::Other => {}
            }
        }
        seen
    }

    fn active(&self) -> impl Iterator<Item = &Account> {
        self.accounts.values().filter(|account| account.active)
    }
}

fn credentials(seen: &Seen) -> bool {
    let opens = |(address, tenant, epoch): &(String, String, u64)| {
        let account = seen.accounts.get(tenant).filter(|account| account.active);
        account.is_some_and(|account| account.address == *address && account.epoch == *epoch)
    };
    let known: HashSet<&str> = seen.credentials.iter().map(|(_, tenant, _)| &**tenant).collect();
    seen.credentials.iter().all(opens)
        && known.len() == seen.credentials.len()
        && seen.active().all(|account| known.contains(&*account.id))
}

fn leases(seen: &Seen) -> bool {
    let held = |lease: &Lease| {
        let Some(tenant) = &lease.tenant else { return true };
        let account = seen.accounts.get(tenant).filter(|account| account.active);
        account.is_some_and(|account| account.lease == lease.reference)
    };
    let holds = |account: &Account| {
        let lease = seen.leases.get(&account.lease);
        lease.is_some_and(|lease| lease.tenant.as_ref() == Some(&account.id))
    };
    seen.leases.values().all(held) && seen.active().all(holds)
}

fn closed(seen: &Seen) -> bool {
    let is_closed = |tenant: &str| seen.accounts.get(tenant).is_none_or(|account| !account.active);
    let opens = |(tenant, epoch): &(String, u64)| {
        seen.accounts.get(tenant).is_some_and(|account| account.epoch == *epoch)
    };
    seen.credentials.iter().all(|(_, tenant, _)| !is_closed(tenant))
        && seen.leases.values().all(|lease| !lease.tenant.as_deref().is_some_and(is_closed))
        && !seen.sessions.iter().any(|session| is_closed(&session.0) && opens(session))
}

fn sessions(seen: &Seen) -> bool {
    seen.sessions.iter().all(|(tenant, epoch)| {
        seen.accounts.get(tenant).is_none_or(|account| *epoch <= account.epoch)
    })
}

fn steps(seen: &Seen) -> bool {
    seen.active().all(|account| {
        let Some(ends_on) = account.ends_on else {
            return account.step.is_none() && account.closes_on.is_none();
        };
        let (Some(step), Some(due_on), Some(closes_on)) =
            (&account.step, account.due_on, account.closes_on)
        else {
            return false;
        };
        let step = step.split('#').next().unwrap_or_default();
        closes_on >= ends_on.saturating_add(3.months())
            && match step {
                "first-warning" => due_on <= closes_on.saturating_sub(30.days()),
                "second-warning" => due_on <= closes_on.saturating_sub(7.days()),
                "deactivate" => due_on == closes_on,
                _ => false,
            }
    })
}

fn agreement(seen: &Seen) -> bool {
    seen.active().all(|account| {
        seen.leases
            .get(&account.lease)
            .is_some_and(|lease| lease.ends_on == account.ends_on && lease.names == account.names)
    })
}
