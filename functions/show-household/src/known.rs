//! What is known of a household.

use jiff::Timestamp;
use shared::app::App;
use shared::domain::{Account, Lease};
use shared::error::Error;
use shared::limits;
use shared::links::Registration;
use shared::store::{Bounce, Held, HeldLink, Refused};

/// What is known of a household.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) now: Timestamp,
    pub(crate) lease: Lease,
    /// The account that holds the lease or held it last.
    pub(crate) account: Option<Account>,
    /// What was made for the account.
    pub(crate) held: Held,
    pub(crate) way_in: WayIn,
}

/// The way by which the household gets in.
#[derive(Debug)]
pub(crate) enum WayIn {
    /// It has an active account, and signs in.
    SignIn(SignIn),
    /// It has to register.
    Registration(Box<Registering>),
}

/// What is known of the sign-in to an account.
#[derive(Debug)]
pub(crate) struct SignIn {
    pub(crate) has_password: bool,
    /// How mails to the account's address come back.
    pub(crate) bounce: Option<Bounce>,
    /// Whether sign-ins are refused now, for whom, and until when.
    pub(crate) refused: Option<(Refused, Timestamp)>,
}

/// What is known of registrations with a lease.
#[derive(Debug)]
pub(crate) struct Registering {
    /// The newest registration that waits to be activated.
    pub(crate) waiting: Option<Waiting>,
    /// Whether registrations are refused now, for whom, and until when.
    pub(crate) refused: Option<(Refused, Timestamp)>,
}

/// A registration that waits to be activated.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) link: HeldLink,
    /// How mails to its address come back.
    pub(crate) bounce: Option<Bounce>,
    /// The account that has its address already.
    pub(crate) owner: Option<Account>,
    /// Whether the password that activates it elsewhere is refused now, for whom, and until when.
    pub(crate) refused: Option<(Refused, Timestamp)>,
}

impl Known {
    /// Reads what is known of the household with `lease` and `account`.
    pub(crate) async fn read(
        app: &App,
        lease: Lease,
        account: Option<Account>,
    ) -> Result<Self, Error> {
        let held = async {
            match &account {
                Some(account) => app.store.held(account.id).await,
                None => Ok(Held::default()),
            }
        };
        let way_in = async {
            match account.as_ref().filter(|account| account.is_active()) {
                Some(account) => SignIn::read(app, account).await.map(WayIn::SignIn),
                None => Registering::read(app, &lease).await.map(Box::new).map(WayIn::Registration),
            }
        };
        let (held, way_in) = futures_util::try_join!(held, way_in)?;
        Ok(Self { now: app.clock.now(), lease, account, held, way_in })
    }

    /// The registration that waits to be activated.
    pub(crate) fn waiting(&self) -> Option<&Waiting> {
        match &self.way_in {
            WayIn::Registration(registering) => registering.waiting.as_ref(),
            WayIn::SignIn(_) => None,
        }
    }
}

impl SignIn {
    async fn read(app: &App, account: &Account) -> Result<Self, Error> {
        let subject = app.subjects.hash(&account.email.folded());
        let (credentials, bounce, refused) = futures_util::try_join!(
            app.store.find_credentials(&account.email),
            app.store.find_bounce(&subject),
            limits::refused_sign_ins(app, account),
        )?;
        let has_password = credentials.is_some_and(|credentials| credentials.password.is_usable());
        Ok(Self { has_password, bounce, refused })
    }
}

impl Registering {
    async fn read(app: &App, lease: &Lease) -> Result<Self, Error> {
        let (waiting, refused) = futures_util::try_join!(
            Waiting::find(app, lease),
            limits::refused_registrations(app, &lease.terms.reference),
        )?;
        Ok(Self { waiting, refused })
    }
}

impl Waiting {
    /// The newest registration with `lease` that waits to be activated. One with an unreadable row
    /// is passed over.
    async fn find(app: &App, lease: &Lease) -> Result<Option<Self>, Error> {
        let waiting = app.store.waiting(&lease.terms.reference).await?;
        let read = |link: HeldLink| {
            let registration = serde_json::from_value(link.row.payload.clone()).ok()?;
            Some((link, registration))
        };
        let newest = waiting.into_iter().rev().find_map(read);
        let Some((link, Registration { email, .. })) = newest else {
            return Ok(None);
        };
        let subject = app.subjects.hash(&email.folded());
        let (bounce, owner, refused) = futures_util::try_join!(
            app.store.find_bounce(&subject),
            app.store.find_owner(&email),
            limits::refused_passwords(app, &email),
        )?;
        Ok(Some(Self { link, bounce, owner, refused }))
    }
}
