//! How the SDK writes the request of an operation and reads its answer.

use std::error::Error;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{self, Input};
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::runtime_plugin::RuntimePlugin;
use aws_smithy_runtime_api::client::ser_de::{
    DeserializeResponse, SerializeRequest, SharedRequestSerializer, SharedResponseDeserializer,
};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::{ConfigBag, FrozenLayer, Storable, StoreReplace};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use bytes::Bytes;
use http::HeaderMap;
use http::header::{HeaderName, HeaderValue};

use super::failure::Failure;
use super::transport::Response;

/// An operation of a service.
pub trait Operation {
    /// What it takes.
    type Input: std::fmt::Debug + Send + Sync + 'static;
    /// What it answers.
    type Output: std::fmt::Debug + Send + Sync + 'static;
    /// How the service refuses it.
    type Error: Error + ProvideErrorMetadata + Send + Sync + 'static;

    /// Its codec, made once in a process.
    fn codec() -> &'static Codec;
}

/// The SDK's serialiser and deserialiser of an operation.
#[derive(Debug)]
pub struct Codec(Option<FrozenLayer>);

/// A request that is neither signed nor addressed.
#[derive(Debug)]
pub(super) struct Unsigned {
    pub method: &'static str,
    pub path: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Codec {
    /// The codec of the operation `plugin`.
    #[must_use]
    pub fn of(plugin: &impl RuntimePlugin) -> Self {
        Self(plugin.config())
    }

    /// The request for `input`.
    pub(super) fn write<O: Operation>(&self, input: O::Input) -> Result<Unsigned, BoxError> {
        let mut config = ConfigBag::base();
        let serializer = self.find::<SharedRequestSerializer>().ok_or("no serialiser")?;
        let request = serializer.serialize_input(Input::erase(input), &mut config)?;
        let method = match request.method() {
            "POST" => "POST",
            other => return Err(format!("{other} is not sent").into()),
        };
        let mut headers = HeaderMap::with_capacity(10);
        for (name, value) in request.headers() {
            headers.insert(HeaderName::try_from(name)?, HeaderValue::try_from(value)?);
        }
        let path = request.uri().to_owned();
        let body = request.body().bytes().ok_or("a body that is a stream")?;
        Ok(Unsigned { method, path, headers, body: Bytes::copy_from_slice(body) })
    }

    fn find<T: Storable<Storer = StoreReplace<T>>>(&self) -> Option<&T> {
        self.0.as_ref()?.load::<T>()
    }

    /// The output in `response`, or why there is none.
    pub(super) fn read<O: Operation>(
        &self,
        response: Response,
    ) -> Result<O::Output, Failure<O::Error>> {
        let status = response.status().as_u16();
        let unreadable = |error: BoxError| Failure::Unanswered(error);
        let response = response.map(SdkBody::from);
        let response =
            HttpResponse::try_from(response).map_err(|error| unreadable(error.into()))?;
        let deserializer = self.find::<SharedResponseDeserializer>();
        let deserializer = deserializer.ok_or_else(|| unreadable("no deserialiser".into()))?;
        match deserializer.deserialize_nonstreaming_with_config(&response, &ConfigBag::base()) {
            Ok(output) => output
                .downcast::<O::Output>()
                .map_err(|_| unreadable("an answer of another operation".into())),
            Err(error) => Err(refusal(error, status)),
        }
    }
}

/// The output in `body`, as if a service had answered it now.
#[must_use]
pub fn output_in<O: Operation>(body: &'static str) -> Option<O::Output> {
    O::codec().read::<O>(Response::new(Bytes::from_static(body.as_bytes()))).ok()
}

fn refusal<E>(error: OrchestratorError<context::Error>, status: u16) -> Failure<E>
where
    E: Error + Send + Sync + 'static,
{
    let mut refusal = None;
    let other = error.map_operation_error(|error| refusal = Some(error));
    match refusal.map(context::Error::downcast::<E>) {
        Some(Ok(error)) => Failure::Refused { status, error },
        Some(Err(_)) => Failure::Unanswered("a refusal of another operation".into()),
        None => Failure::Unanswered(format!("status {status}: {other:?}").into()),
    }
}
