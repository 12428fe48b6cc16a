//! The household of one run, and its place among the leases.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use shared::audit::{self, By};
use shared::domain::{Contact, EmailAddress, Lease, LeaseReference, LeaseTerms, Name};
use shared::error::Error;
use shared::random;
use shared::store::{SyntheticLease, retry_stale};

use crate::context::Context;
use crate::failure::Failure;

/// What the references of synthetic leases begin with, as `policy.yaml` has it. Two digits follow,
/// so that none can be longer.
const BEGINNING: &str = "999999999999999999";
/// How many leases are taken in turn, and for how long each. So a lease has one registration an hour;
/// strangers, whom its limit of 10 is about, know none.
const LEASES: i64 = 12;
const TURN_S: i64 = 5 * 60;
/// The agency of synthetic leases. A lease of another one is the landlord's.
const AGENCY: &str = "Synthetic household";
const AGENCY_ADDRESS: &str = "success@simulator.amazonses.com";
/// A lease that was made so recently is of a run that goes on. Longer than the function may run.
const UNDER_WAY: SignedDuration = SignedDuration::from_mins(4);

/// A household that nobody else can name: its name, address and password are drawn for one run.
#[derive(Debug)]
pub(crate) struct Household {
    pub(crate) lease: LeaseReference,
    pub(crate) last_name: Name,
    pub(crate) email: EmailAddress,
    pub(crate) password: String,
}

impl Household {
    /// A new household with the lease whose turn is `now`.
    pub(crate) fn draw(now: Timestamp) -> Result<Self, Error> {
        let turn = now.as_second().div_euclid(TURN_S).rem_euclid(LEASES);
        // Words of letters from a to p, which are no titles and no separators of names.
        let word: String =
            random::bytes::<24>().iter().map(|byte| char::from(b'a' + byte % 16)).collect();
        let (name, label) = word.split_at(12);
        let secret = BASE64_URL_SAFE_NO_PAD.encode(random::bytes::<24>());
        Ok(Self {
            lease: parsed(format!("{BEGINNING}{turn:02}"))?,
            last_name: parsed(name.to_owned())?,
            // SES's mailbox simulator takes it and forgets it.
            email: parsed(format!("success+{label}@simulator.amazonses.com"))?,
            // A letter and a digit are demanded.
            password: format!("z9{secret}"),
        })
    }

    fn lease(&self, now: Timestamp) -> Result<SyntheticLease, Error> {
        let agency =
            Contact { name: parsed(AGENCY.to_owned())?, email: parsed(AGENCY_ADDRESS.to_owned())? };
        let terms = LeaseTerms {
            reference: self.lease.clone(),
            last_name: self.last_name.clone(),
            first_name: None,
            agency,
            adviser: None,
            ends_on: None,
        };
        let lease = Lease { terms, tenant: None, last_tenant: None, pending_mail_state: None };
        Ok(SyntheticLease { lease, made_at: Some(now) })
    }
}

/// Takes the place of `household`: erases what an earlier run has left there, and puts the lease.
/// Returns `false` if another run is under way there.
pub(crate) async fn take(context: &Context, household: &Household) -> Result<bool, Failure> {
    let (store, now) = (&context.app.store, context.app.clock.now());
    if let Some(found) = find(context, &household.lease).await? {
        if found.made_at.is_some_and(|at| now.duration_since(at).abs() < UNDER_WAY) {
            return Ok(false);
        }
        erase(context, &household.lease).await?;
    }
    if store.put_synthetic_lease(&household.lease(now)?).await?.is_done() {
        return Ok(true);
    }
    // Another run has come between, or the answer to this one was lost.
    let found = find(context, &household.lease).await?;
    Ok(found.is_some_and(|found| found.lease.terms.last_name == household.last_name))
}

/// Erases the synthetic household of the lease `reference`, with all that is kept of it.
pub(crate) async fn erase(context: &Context, reference: &LeaseReference) -> Result<(), Failure> {
    let store = &context.app.store;
    let is_ours = retry_stale(|_| async {
        let Some(found) = store.find_synthetic_lease(reference).await? else {
            return Ok(Some(true));
        };
        if !is_synthetic(&found) {
            return Ok(Some(false));
        }
        let account = match found.lease.tenant {
            Some(tenant) => store.find_account(tenant).await?,
            None => None,
        };
        let erased = store.erase_synthetic(&found.lease, account.as_ref()).await;
        let outcome = match &erased {
            Ok(write) => write.is_done().then_some("erased"),
            Err(_) => Some("failed"),
        };
        if let (Some(account), Some(outcome)) = (&account, outcome) {
            audit::record(env!("CARGO_PKG_NAME"), &By::Schedule, account.id, outcome);
        }
        Ok(erased?.is_done().then_some(true))
    });
    if is_ours.await? { Ok(()) } else { Err(not_ours(reference)) }
}

/// The lease `reference`, which must be a synthetic one.
async fn find(
    context: &Context,
    reference: &LeaseReference,
) -> Result<Option<SyntheticLease>, Failure> {
    let found = context.app.store.find_synthetic_lease(reference).await?;
    if found.as_ref().is_some_and(|found| !is_synthetic(found)) {
        return Err(not_ours(reference));
    }
    Ok(found)
}

/// Whether a run has made the lease `found`, and the landlord has not taken it over since.
fn is_synthetic(found: &SyntheticLease) -> bool {
    found.lease.terms.agency.name.as_str() == AGENCY
}

fn not_ours(reference: &LeaseReference) -> Failure {
    Failure::NotOurs(reference.as_str().trim_start_matches(BEGINNING).to_owned())
}

fn parsed<T: TryFrom<String>>(text: String) -> Result<T, Error> {
    T::try_from(text).map_err(|_| Error::Unavailable("a drawn value breaks a rule".into()))
}
