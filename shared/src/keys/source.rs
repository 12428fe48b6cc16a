//! Where the secret is kept, and how it is read.

use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueInput;

use super::ring::{KeyRing, Previous, Rings};
use crate::aws::{Client, Failure, Patience, Service};
use crate::config::Reader;
use crate::environment::{Environment, OpenError};

const SECRETS_MANAGER: Service =
    Service { variable: "SECRETS_MANAGER", signed: "secretsmanager", host: "secretsmanager" };

crate::aws_operations! {
    aws_sdk_secretsmanager:
    GetSecretValue in get_secret_value {
        GetSecretValueInput, GetSecretValueOutput, GetSecretValueError
    }
}

/// Where the secret is kept.
#[derive(Debug)]
pub(super) enum Source {
    /// In Secrets Manager.
    SecretsManager {
        /// The client of Secrets Manager.
        client: Client,
        /// The secret's name or ARN.
        secret: String,
    },
    /// In a test.
    #[cfg(test)]
    Held(Held),
}

/// Where the secret is kept that the landlord's identity provider has given this application. It is
/// read for each sign-in of staff, of which there are few.
#[derive(Debug)]
pub struct ClientSecretSource {
    client: Client,
    secret: String,
}

impl ClientSecretSource {
    /// The secret that `STAFF_SECRET_ID` names; `None` for an application without one.
    ///
    /// # Errors
    ///
    /// Names every variable that is missing.
    pub fn open(environment: &Environment) -> Result<Option<Self>, OpenError> {
        let Some(secret) = environment.variables.find("STAFF_SECRET_ID").map(str::to_owned) else {
            return Ok(None);
        };
        let client = environment.client(SECRETS_MANAGER, Patience::default())?;
        Ok(Some(Self { client, secret }))
    }

    /// The secret.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub async fn read(&self) -> Result<String, OpenError> {
        let get = GetSecretValueInput::builder().secret_id(&self.secret).build()?;
        let answer = self.client.call::<GetSecretValue>(get).await?;
        answer.secret_string.ok_or_else(|| "the secret has no text".into())
    }
}

/// Which versions of the secret are read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Wanted {
    /// The present one. Nothing else is needed until something shows up that it did not make.
    Present,
    /// The previous one, too.
    Both,
}

/// Versions of the secret.
struct Versions {
    present: String,
    previous: Previous<String>,
}

impl Source {
    /// The secret that the variables name.
    ///
    /// # Errors
    ///
    /// Names every variable that is missing.
    pub fn open(environment: &Environment) -> Result<Self, OpenError> {
        let mut reader = Reader::new(&environment.variables);
        let secret = reader.text("SECRET_ID");
        let secret = reader.finish(secret)?;
        let client = environment.client(SECRETS_MANAGER, Patience::default())?;
        Ok(Self::SecretsManager { client, secret })
    }

    /// The rings of the versions that are `wanted`.
    ///
    /// # Errors
    ///
    /// When the secret cannot be read or is too short.
    pub async fn read(&self, wanted: Wanted) -> Result<Rings, OpenError> {
        let versions = match self {
            Self::SecretsManager { client, secret } => fetch(client, secret, wanted).await?,
            #[cfg(test)]
            Self::Held(held) => held.versions(wanted)?,
        };
        let previous = match versions.previous {
            Previous::Unread => Previous::Unread,
            // If the secret was rotated between the two calls, both return the same version.
            Previous::Read(previous) if previous != versions.present => {
                Previous::Read(KeyRing::derive(&previous)?)
            }
            Previous::Read(_) | Previous::Absent => Previous::Absent,
        };
        Ok(Rings { present: KeyRing::derive(&versions.present)?, previous })
    }
}

async fn fetch(client: &Client, secret: &str, wanted: Wanted) -> Result<Versions, OpenError> {
    let version = |stage| GetSecretValueInput::builder().secret_id(secret).version_stage(stage);
    let present = client.call::<GetSecretValue>(version("AWSCURRENT").build()?);
    if wanted == Wanted::Present {
        let present = present.await?.secret_string.unwrap_or_default();
        return Ok(Versions { present, previous: Previous::Unread });
    }
    let previous = client.call::<GetSecretValue>(version("AWSPREVIOUS").build()?);
    let (present, previous) = futures_util::join!(present, previous);
    let present = present?.secret_string.unwrap_or_default();
    let previous = match previous {
        Ok(previous) => Previous::Read(previous.secret_string.unwrap_or_default()),
        Err(Failure::Refused { error, .. }) if error.is_resource_not_found_exception() => {
            Previous::Absent
        }
        Err(failure) => return Err(failure.into()),
    };
    Ok(Versions { present, previous })
}

#[cfg(test)]
pub(super) use held::Held;

#[cfg(test)]
mod held {
    use std::sync::{Arc, Mutex};

    use super::{Previous, Versions, Wanted};
    use crate::environment::OpenError;

    /// A secret that a test rotates.
    #[derive(Clone, Debug)]
    pub struct Held(Arc<Mutex<State>>);

    #[derive(Debug)]
    struct State {
        present: String,
        previous: Option<String>,
        is_down: bool,
        reads: usize,
    }

    impl Held {
        /// A secret whose first version is `name`, repeated until it is long enough.
        pub fn of(name: &str) -> Self {
            let present = name.repeat(32);
            let state = State { present, previous: None, is_down: false, reads: 0 };
            Self(Arc::new(Mutex::new(state)))
        }

        /// Makes `name` the present version, and the present one the previous.
        pub fn rotate(&self, name: &str) {
            let mut state = self.0.lock().unwrap();
            state.previous = Some(std::mem::replace(&mut state.present, name.repeat(32)));
        }

        /// Makes every read fail until [`rise`](Self::rise).
        pub fn fall(&self) {
            self.0.lock().unwrap().is_down = true;
        }

        pub fn rise(&self) {
            self.0.lock().unwrap().is_down = false;
        }

        /// How often a read was tried.
        pub fn reads(&self) -> usize {
            self.0.lock().unwrap().reads
        }

        pub(super) fn versions(&self, wanted: Wanted) -> Result<Versions, OpenError> {
            let mut state = self.0.lock().unwrap();
            state.reads += 1;
            if state.is_down {
                return Err("down".into());
            }
            let previous = match (wanted, &state.previous) {
                (Wanted::Present, _) => Previous::Unread,
                (Wanted::Both, None) => Previous::Absent,
                (Wanted::Both, Some(previous)) => Previous::Read(previous.clone()),
            };
            Ok(Versions { present: state.present.clone(), previous })
        }
    }
}
