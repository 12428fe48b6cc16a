//! The index `listed`: leases by the name of their household, and accounts with an open request to
//! the agency by how long they have waited.
//!
//! The index says which rows there are, and their agency. What is shown of a row is read from the
//! table. A page is one query, however many rows the table has.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::action::Action;
use super::query::{Page, Query, Range};
use super::{Item, Store, Table, key, pk, read, s};
use crate::domain::{
    Account, Agencies, AgencyRequest, AgencyRequestKind, Contact, Lease, LeaseTerms, LinkId,
    ListedName, Message, Purpose, TenantId,
};
use crate::error::{self, Error};

/// How many rows a page shows.
const SHOWN: usize = 50;
/// How many rows of the index are read for a page of somebody who sees some agencies only, among
/// which their rows may be few: about 250 KB, and 32 read units.
const READ: usize = 2000;
/// How long ago the oldest request of an account that is in the queue was made at most. A request is
/// open for 30 days, and an account is at the place of its oldest, also once that one has expired.
const LONGEST_QUEUED: SignedDuration =
    SignedDuration::from_secs(2 * AgencyRequest::OPEN_FOR.as_secs());

/// Where a row is in the index.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Listed {
    list: String,
    place: String,
}

/// Leases whose household's name begins as it was searched for.
#[derive(Debug)]
pub struct FoundLeases {
    /// The leases, by name.
    pub leases: Vec<Lease>,
    /// The place after which the next page begins; absent on the last page.
    pub next: Option<String>,
}

/// A request that waits for its answer.
#[derive(Debug)]
pub struct OpenRequest {
    /// The link by which the agency answers.
    pub id: LinkId,
    /// The kind of request.
    pub kind: AgencyRequestKind,
    /// When the tenant asked.
    pub asked_at: Timestamp,
    /// The tenant's message, if there is one.
    pub message: Option<Message>,
    /// The account that waits.
    pub account: Account,
}

/// Requests that wait for their answers.
#[derive(Debug)]
pub struct OpenRequests {
    /// The requests, oldest first.
    pub requests: Vec<OpenRequest>,
    /// The place after which the next page begins; absent on the last page.
    pub next: Option<String>,
}

/// A row of the index.
#[derive(Deserialize)]
struct Row {
    place: String,
    agency: Contact,
}

/// The part of a link's row that has the tenant's message.
#[derive(Deserialize)]
struct Link {
    payload: AgencyRequest,
}

impl Listed {
    /// The place of a lease, by the name of its household.
    pub(super) fn by_name(terms: &LeaseTerms) -> Self {
        let name = ListedName::of(&terms.last_name, terms.first_name.as_ref());
        let place = key::place_by_name(&name, &terms.reference);
        Self { list: key::names(&name), place }
    }

    /// The place of an account that waits for a request since `asked_at`.
    pub(super) fn requests(tenant: TenantId, asked_at: Timestamp) -> Self {
        let place = key::place_in_queue(asked_at, tenant);
        Self { list: key::REQUESTS.to_owned(), place }
    }

    /// Where `item` is in the index, if it is.
    pub(super) fn of(item: &Item) -> Option<Self> {
        let text = |name: &str| Some(item.get(name)?.as_s().ok()?.clone());
        Some(Self { list: text("list")?, place: text("place")? })
    }

    /// `item`, at this place.
    pub(super) fn in_item(self, mut item: Item) -> Item {
        item.insert("list".to_owned(), s(self.list));
        item.insert("place".to_owned(), s(self.place));
        item
    }

    /// Adds to `update` that the row is at this place.
    pub(super) fn put_into(self, update: Action) -> Action {
        update.set("list", &self.list).set("place", &self.place)
    }

    /// Adds to `update` that the row is not in the index.
    pub(super) fn remove_from(update: Action) -> Action {
        update.remove("list").remove("place")
    }

    /// The key of the row here, as a query of the index continues after it.
    fn key(self) -> Option<Item> {
        let pk = key::of_place(&self.list, &self.place)?;
        Some(self.in_item(Item::from([("pk".to_owned(), s(pk))])))
    }
}

impl Store {
    /// A page of the leases of these `agencies` whose household's name begins with `beginning`,
    /// after the place `after` if it is given. A page may show fewer than its next one, or none.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn find_leases_by_name(
        &self,
        beginning: &ListedName,
        agencies: &Agencies,
        after: Option<String>,
    ) -> Result<FoundLeases, Error> {
        let range = Range::BeginsWith(beginning.as_str().to_owned());
        let (keys, next) = self.listed(key::names(beginning), range, agencies, after).await?;
        let mut leases = Vec::new();
        leases.extend(self.find_listed(keys).await?.into_iter().filter_map(readable::<Lease>));
        // An import may have given them to another agency since.
        leases.retain(|lease| agencies.cover(&lease.terms.agency));
        Ok(FoundLeases { leases, next })
    }

    /// A page of the open requests to these `agencies`, after the place `after` if it is given: those
    /// of at most 50 accounts, whose oldest requests are older than those of the next page.
    ///
    /// # Errors
    ///
    /// `unavailable`.
    pub async fn open_requests(
        &self,
        agencies: &Agencies,
        after: Option<String>,
    ) -> Result<OpenRequests, Error> {
        let now = self.clock.now();
        let oldest = now.saturating_sub(LONGEST_QUEUED).unwrap_or(Timestamp::MIN);
        let oldest = key::queued_at(oldest);
        // A key outside of the range of a query is refused.
        let after = after.filter(|after| *after >= oldest);
        let range = Range::From(s(oldest));
        let list = key::REQUESTS.to_owned();
        let (keys, next) = self.listed(list, range, agencies, after).await?;
        let mut requests = Vec::new();
        let accounts = self.find_listed(keys).await?.into_iter().filter_map(readable::<Account>);
        for account in accounts {
            // It may have been closed since, and its lease given to another agency.
            if account.is_active() && agencies.cover(&account.agency) {
                for (kind, asked) in account.open_requests(now) {
                    let (id, asked_at, account) = (asked.link, asked.at(), account.clone());
                    requests.push(OpenRequest { id, kind, asked_at, message: None, account });
                }
            }
        }
        self.add_messages(&mut requests).await?;
        requests.sort_by_key(|request| request.asked_at);
        Ok(OpenRequests { requests, next })
    }

    /// Adds the tenants' messages, which stand in the rows of the links.
    async fn add_messages(&self, requests: &mut [OpenRequest]) -> Result<(), Error> {
        let purpose = Purpose::AgencyRequest;
        let keys = requests.iter().map(|request| key::link(purpose, request.id)).collect();
        let mut messages: HashMap<LinkId, Message> = HashMap::new();
        for item in self.find_all(Table::Tokens, keys).await? {
            let Some((_, id)) = key::read_link(pk(&item)) else { continue };
            let link = readable::<Link>(item);
            messages.extend(link.and_then(|it| it.payload.message).map(|message| (id, message)));
        }
        for request in requests {
            request.message = messages.remove(&request.id);
        }
        Ok(())
    }

    /// The keys of a page of `list`, and the place after which the next page begins. One query.
    async fn listed(
        &self,
        list: String,
        range: Range,
        agencies: &Agencies,
        after: Option<String>,
    ) -> Result<(Vec<String>, Option<String>), Error> {
        // One row more than is shown tells whether there is a next page.
        let read_at_most = if agencies.are_all() { SHOWN + 1 } else { READ };
        let query = Query {
            table: Table::Tenants,
            index: key::LISTED,
            hash: ("list", s(&list)),
            range: Some(("place", range)),
            page: i32::try_from(read_at_most).ok(),
        };
        let after = after.and_then(|place| Listed { list: list.clone(), place }.key());
        let Page { items, next } = self.page(&query, after).await?;
        let (mut keys, mut reached) = (Vec::new(), None);
        for item in items {
            let key = pk(&item).to_owned();
            let Some(Row { place, agency }) = readable(item) else { continue };
            if agencies.cover(&agency) {
                if keys.len() == SHOWN {
                    return Ok((keys, reached));
                }
                keys.push(key);
                reached = Some(place);
            }
        }
        let place = |key: Item| Listed::of(&key).map(|listed| listed.place);
        Ok((keys, next.and_then(place)))
    }

    /// The rows of `keys`, in this order.
    async fn find_listed(&self, keys: Vec<String>) -> Result<Vec<Item>, Error> {
        let mut found: HashMap<String, Item> = HashMap::new();
        for item in self.find_all(Table::Tenants, keys.clone()).await? {
            found.insert(pk(&item).to_owned(), item);
        }
        Ok(keys.iter().filter_map(|key| found.remove(key)).collect())
    }
}

/// The content of `item`. One that cannot be read must not hide the others.
fn readable<T: DeserializeOwned>(item: Item) -> Option<T> {
    let read = read(item).inspect_err(|error| {
        tracing::warn!(error = error::chain(error), "a row cannot be read");
    });
    read.ok()
}
