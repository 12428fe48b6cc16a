//! The only reader of the environment.

use std::collections::BTreeMap;
use std::str::FromStr;

/// The variables a function is started with.
#[derive(Clone, Debug, Default)]
pub struct Variables(BTreeMap<String, String>);

impl Variables {
    /// Those of this process.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the one reader of the environment")]
    pub fn of_this_process() -> Self {
        Self(std::env::vars().collect())
    }

    /// The value of `name`, unless it is missing or empty.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

impl FromIterator<(String, String)> for Variables {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

/// Reads variables and remembers each that is missing or malformed, so that all are named at once.
#[derive(Debug)]
pub struct Reader<'a> {
    variables: &'a Variables,
    faults: Vec<String>,
}

/// Every variable that is missing or malformed.
#[derive(Debug, thiserror::Error)]
#[error("configuration: {}", .0.join("; "))]
pub struct ConfigError(Vec<String>);

impl<'a> Reader<'a> {
    /// A reader of `variables`.
    #[must_use]
    pub fn new(variables: &'a Variables) -> Self {
        Self { variables, faults: Vec::new() }
    }

    /// The text of `name`, which must be there.
    pub fn text(&mut self, name: &str) -> String {
        let Some(value) = self.variables.find(name) else {
            self.faults.push(format!("{name} is missing"));
            return String::new();
        };
        value.to_owned()
    }

    /// The number in `name`, or `default` where it is missing.
    pub fn number<T: FromStr>(&mut self, name: &str, default: T) -> T {
        let Some(value) = self.variables.find(name) else {
            return default;
        };
        value.parse().unwrap_or_else(|_| {
            self.faults.push(format!("{name} is not a number in range"));
            default
        })
    }

    /// `config`, unless a variable was missing or malformed.
    ///
    /// # Errors
    ///
    /// Names every such variable.
    pub fn finish<T>(self, config: T) -> Result<T, ConfigError> {
        if self.faults.is_empty() { Ok(config) } else { Err(ConfigError(self.faults)) }
    }
}

/// What every operation is configured with; `template.yaml` sets each variable.
#[derive(Clone, Debug)]
pub struct Config {
    /// `TENANTS_TABLE`: the name of the table of what lasts.
    pub tenants_table: String,
    /// `TOKENS_TABLE`: the name of the table of what expires.
    pub tokens_table: String,
    /// `ISSUER`: the `iss` of access tokens.
    pub issuer: String,
    /// `AUDIENCE`: the `aud` of access tokens.
    pub audience: String,
    /// `TERMS_VERSION`: the terms one accepts today.
    pub terms_version: String,
    /// `PASSWORD_MIN_LENGTH`: characters, 8 by default (the landlord's page).
    pub password_min_length: usize,
    /// `ERASE_AFTER_MONTHS`: from deactivation to erasure, 12 by default.
    pub erase_after_months: i32,
    /// How passwords are hashed.
    pub argon2: Argon2Config,
    /// How often is too often.
    pub limits: Limits,
}

/// Argon2id's parameters; by default those of OWASP's password storage cheat sheet.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Argon2Config {
    /// `ARGON2_MEMORY_KIB`: 19456 by default.
    pub memory_kib: u32,
    /// `ARGON2_ITERATIONS`: 2 by default.
    pub iterations: u32,
    /// `ARGON2_PARALLELISM`: 1 by default.
    pub parallelism: u32,
}

/// How many times something may be asked for in its window.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// `LIMIT_SIGN_INS_PER_DEVICE`, per 15 minutes, with the browser's device cookie.
    pub sign_ins_per_device: u32,
    /// `LIMIT_SIGN_INS_PER_ADDRESS_AND_SOURCE`, per 15 minutes, without it.
    pub sign_ins_per_address_and_source: u32,
    /// `LIMIT_SIGN_INS_PER_ADDRESS`, per 15 minutes, without it.
    pub sign_ins_per_address: u32,
    /// `LIMIT_SIGN_INS_PER_SOURCE`, per 15 minutes, without it.
    pub sign_ins_per_source: u32,
    /// `LIMIT_REGISTRATIONS_PER_LEASE`, per hour.
    pub registrations_per_lease: u32,
    /// `LIMIT_REGISTRATIONS_PER_SOURCE`, per hour.
    pub registrations_per_source: u32,
    /// `LIMIT_MAILS_PER_SOURCE`: asked for, per hour.
    pub mails_per_source: u32,
    /// `LIMIT_RESENDS_PER_REGISTRATION`, per hour.
    pub resends_per_registration: u32,
    /// `LIMIT_MAILS_PER_ADDRESS`: sent, of those an outsider can cause, per hour.
    pub mails_per_address: u32,
}

impl Config {
    /// Reads the configuration.
    ///
    /// # Errors
    ///
    /// Names every variable that is missing or malformed.
    pub fn read(variables: &Variables) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(variables);
        let config = Self {
            tenants_table: reader.text("TENANTS_TABLE"),
            tokens_table: reader.text("TOKENS_TABLE"),
            issuer: reader.text("ISSUER"),
            audience: reader.text("AUDIENCE"),
            terms_version: reader.text("TERMS_VERSION"),
            password_min_length: reader.number("PASSWORD_MIN_LENGTH", 8),
            erase_after_months: reader.number("ERASE_AFTER_MONTHS", 12),
            argon2: Argon2Config {
                memory_kib: reader.number("ARGON2_MEMORY_KIB", 19_456),
                iterations: reader.number("ARGON2_ITERATIONS", 2),
                parallelism: reader.number("ARGON2_PARALLELISM", 1),
            },
            limits: Limits {
                sign_ins_per_device: reader.number("LIMIT_SIGN_INS_PER_DEVICE", 10),
                sign_ins_per_address_and_source: reader
                    .number("LIMIT_SIGN_INS_PER_ADDRESS_AND_SOURCE", 10),
                sign_ins_per_address: reader.number("LIMIT_SIGN_INS_PER_ADDRESS", 100),
                sign_ins_per_source: reader.number("LIMIT_SIGN_INS_PER_SOURCE", 100),
                registrations_per_lease: reader.number("LIMIT_REGISTRATIONS_PER_LEASE", 10),
                registrations_per_source: reader.number("LIMIT_REGISTRATIONS_PER_SOURCE", 20),
                mails_per_source: reader.number("LIMIT_MAILS_PER_SOURCE", 30),
                resends_per_registration: reader.number("LIMIT_RESENDS_PER_REGISTRATION", 3),
                mails_per_address: reader.number("LIMIT_MAILS_PER_ADDRESS", 5),
            },
        };
        reader.finish(config)
    }
}
