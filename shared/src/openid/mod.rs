//! Signing in the landlord's staff with the landlord's own identity provider: `OpenID` Connect,
//! authorization code with PKCE.
//!
//! The crate `openidconnect` reads what the provider publishes, writes the requests and verifies
//! the identity token. This room adds what is ours: where the settings come from, how requests
//! travel, what a claim means.

mod claims;
mod member;
mod refusal;
mod settings;
mod web;

use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreClientAuthMethod, CoreErrorResponseType, CoreIdToken,
    CoreJwsSigningAlgorithm, CoreProviderMetadata,
};
use openidconnect::{
    AuthType, AuthenticationContextClass, AuthorizationCode, ClaimsVerificationError, ClientSecret,
    CsrfToken, EndpointMaybeSet, EndpointNotSet, EndpointSet, IssuerUrl, LanguageTag, Nonce,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope, TokenResponse,
};

pub use self::refusal::{AGENCY_PAGE, Refusal};
pub use self::settings::Settings;
use self::web::{Web, WebError};
use crate::app::App;
use crate::clock::Clock;
use crate::domain::{Language, StaffMember};
use crate::environment::{Context, Environment, OpenError};
use crate::error::{self, Error};
use crate::keys::{ClientSecretSource, Keys, StaffSignInSecrets};

/// What the provider publishes is read again when the copy is this old.
const MAX_AGE: SignedDuration = SignedDuration::from_hours(1);
/// A key that is not in the copy is looked for at most once in this time.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_mins(1);

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// The landlord's identity provider. Clones share what they have read of it.
#[derive(Clone, Debug)]
pub struct Provider(Option<Arc<Parts>>);

#[derive(Debug)]
struct Parts {
    settings: Settings,
    secret: Option<ClientSecretSource>,
    web: Web,
    clock: Clock,
    published: Mutex<Option<Published>>,
}

/// What the provider publishes, and when it was read.
#[derive(Clone, Debug)]
struct Published {
    metadata: Arc<CoreProviderMetadata>,
    at: Timestamp,
}

/// What leads a member of staff to the landlord's identity provider.
#[derive(Clone, Debug)]
pub struct ToProvider {
    /// The clock.
    pub clock: Clock,
    /// The keys derived from the secret.
    pub keys: Keys,
    /// The landlord's identity provider.
    pub provider: Provider,
}

impl Context for ToProvider {
    /// Whoever cannot be led there reads so on a page.
    const CAN_BE_UNAVAILABLE: bool = false;

    async fn open(environment: &Environment) -> Result<Self, OpenError> {
        let provider = Provider::open(environment)?;
        let keys = Keys::open(environment).await?;
        Ok(Self { clock: environment.clock.clone(), keys, provider })
    }

    fn begin_invocation(&self) {
        self.keys.refresh_beside();
    }
}

/// An [`App`] that also knows the landlord's identity provider.
#[derive(Clone, Debug)]
pub struct StaffSignIn {
    app: App,
    /// The landlord's identity provider.
    pub provider: Provider,
}

impl Deref for StaffSignIn {
    type Target = App;

    fn deref(&self) -> &App {
        &self.app
    }
}

impl Context for StaffSignIn {
    async fn open(environment: &Environment) -> Result<Self, OpenError> {
        let provider = Provider::open(environment)?;
        Ok(Self { app: App::open(environment).await?, provider })
    }

    fn begin_invocation(&self) {
        self.app.begin_invocation();
    }
}

impl Provider {
    /// The provider that the configuration names, if it names one. Makes no call.
    fn open(environment: &Environment) -> Result<Self, OpenError> {
        let Some(settings) = Settings::read(&environment.variables)? else {
            return Ok(Self(None));
        };
        let secret = ClientSecretSource::open(environment)?;
        let (clock, published) = (environment.clock.clone(), Mutex::default());
        Ok(Self(Some(Arc::new(Parts { settings, secret, web: Web::new(), clock, published }))))
    }

    /// Where the person signs in. `secrets` are those of this sign-in.
    ///
    /// # Errors
    ///
    /// `not_found` without a provider; `unavailable`.
    pub async fn sign_in_at(
        &self,
        secrets: StaffSignInSecrets,
        language: Language,
    ) -> Result<String, Error> {
        let parts = self.0.as_ref().ok_or(Error::NotFound)?;
        let metadata = parts.metadata(MAX_AGE).await?;
        let client = parts.client(&metadata, None)?;
        let verifier = PkceCodeVerifier::new(secrets.verifier);
        let mut request = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                || CsrfToken::new(secrets.state),
                || Nonce::new(secrets.nonce),
            )
            .add_scope(Scope::new("profile".to_owned()))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .add_ui_locale(LanguageTag::new(language.tag().to_owned()));
        for class in parts.settings.second_factor.classes() {
            request =
                request.add_auth_context_value(AuthenticationContextClass::new(class.to_owned()));
        }
        if let Some(claims) = parts.settings.second_factor.asked_claims() {
            request = request.add_extra_param("claims", claims);
        }
        let (url, ..) = request.url();
        Ok(url.into())
    }

    /// Who signed in, as the provider says in exchange for `code`.
    ///
    /// # Errors
    ///
    /// Why nobody is signed in.
    pub async fn member(
        &self,
        code: String,
        secrets: StaffSignInSecrets,
    ) -> Result<StaffMember, Refusal> {
        let parts = self.0.as_ref().ok_or(Refusal::Unavailable)?;
        let failed = |error: &dyn std::error::Error| {
            tracing::error!(error = error::chain(error), "the identity provider fails");
            Refusal::Unavailable
        };
        let metadata = parts.metadata(MAX_AGE).await.map_err(|error| failed(&error))?;
        let secret = match &parts.secret {
            Some(source) => Some(source.read().await.map_err(|error| failed(&*error))?),
            None => None,
        };
        let client = parts.client(&metadata, secret.clone()).map_err(|error| failed(&error))?;
        let exchange = client.exchange_code(AuthorizationCode::new(code));
        let exchange = exchange.map_err(|error| failed(&error))?;
        let exchange = exchange.set_pkce_verifier(PkceCodeVerifier::new(secrets.verifier));
        let answer = exchange.request_async(&parts.web).await.map_err(|error| match error {
            // A code is good once, and not for long.
            RequestTokenError::ServerResponse(answer)
                if *answer.error() == CoreErrorResponseType::InvalidGrant =>
            {
                Refusal::Expired
            }
            error => failed(&error),
        })?;
        let token = answer
            .id_token()
            .ok_or_else(|| failed(&WebError::Unexpected("an answer without an identity token")))?;
        let nonce = Nonce::new(secrets.nonce);
        let claims = match parts.verify(&client, token, &nonce) {
            Err(ClaimsVerificationError::SignatureVerification(_)) => {
                // The provider may have new keys.
                let metadata = parts.metadata(LOOK_AGAIN).await.map_err(|error| failed(&error))?;
                let client = parts.client(&metadata, secret).map_err(|error| failed(&error))?;
                parts.verify(&client, token, &nonce)
            }
            verified => verified,
        };
        let claims = claims.map_err(|error| failed(&error))?;
        parts.settings.member(&claims)
    }
}

impl Parts {
    /// What the provider publishes, not older than `max_age`.
    async fn metadata(&self, max_age: SignedDuration) -> Result<Arc<CoreProviderMetadata>, Error> {
        let now = self.clock.now();
        let read = self.published.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let fresh = |read: &Published| now.duration_since(read.at).abs() < max_age;
        if let Some(read) = read.filter(fresh) {
            return Ok(read.metadata);
        }
        let issuer = IssuerUrl::new(self.settings.issuer.clone());
        let issuer = issuer.map_err(|error| Error::Unavailable(error.into()))?;
        let metadata = CoreProviderMetadata::discover_async(issuer, &self.web).await;
        let metadata = Arc::new(metadata.map_err(|error| Error::Unavailable(error.into()))?);
        let read = Published { metadata: Arc::clone(&metadata), at: now };
        *self.published.lock().unwrap_or_else(PoisonError::into_inner) = Some(read);
        Ok(metadata)
    }

    fn client(
        &self,
        metadata: &CoreProviderMetadata,
        secret: Option<String>,
    ) -> Result<Client, Error> {
        let redirect = RedirectUrl::new(self.settings.redirect.clone());
        let redirect = redirect.map_err(|error| Error::Unavailable(error.into()))?;
        let id = self.settings.client_id.clone();
        let client =
            CoreClient::from_provider_metadata(metadata.clone(), id, secret.map(ClientSecret::new));
        let client = client.set_redirect_uri(redirect);
        let methods = metadata.token_endpoint_auth_methods_supported();
        // The default, where the provider names none.
        let basic = methods
            .is_none_or(|methods| methods.contains(&CoreClientAuthMethod::ClientSecretBasic));
        Ok(client.set_auth_type(if basic { AuthType::BasicAuth } else { AuthType::RequestBody }))
    }

    /// The claims of `token`, whole, once its signature, issuer, audience, time and nonce are right.
    fn verify(
        &self,
        client: &Client,
        token: &CoreIdToken,
        nonce: &Nonce,
    ) -> Result<serde_json::Map<String, serde_json::Value>, ClaimsVerificationError> {
        let clock = self.clock.clone();
        let verifier = client
            .id_token_verifier()
            .set_allowed_algs(ALGORITHMS)
            .set_time_fn(move || web::at(clock.now()));
        token.claims(&verifier, nonce)?;
        claims::of(&token.to_string())
            .ok_or_else(|| ClaimsVerificationError::Other("no claims".to_owned()))
    }
}

/// The signatures that are believed: those that only the provider can make.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];
