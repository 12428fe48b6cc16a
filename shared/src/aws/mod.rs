//! The one place where AWS is called.
//!
//! The SDK's operations say how a request is written and how an answer is read. Connections,
//! signatures and retries are ours: `docs/decisions/0019-calls-to-aws.md` has the figures.
//!
//! `aws-config` is not used. A function's credentials and region are in its environment, so a chain
//! of other providers would only cost size and time at cold start. TLS is rustls on ring: aws-lc
//! spends 25 ms of CPU on its first random draw.

mod client;
mod connections;
mod failure;
mod operation;
mod signature;
mod transport;

pub use client::{Client, Patience, Service};
pub use connections::Connections;
pub use failure::Failure;
pub use operation::{Codec, Operation, output_in};
pub use transport::{Request, Response, Transport, TransportError};

/// Declares operations of an SDK under their own names: `GetItem in get_item`.
#[macro_export]
macro_rules! aws_operations {
    ($sdk:ident: $($name:ident in $module:ident { $input:ident, $output:ident, $error:ident })+) => {$(
        /// The operation of this name.
        #[derive(Debug)]
        pub(crate) enum $name {}

        impl $crate::aws::Operation for $name {
            type Input = $sdk::operation::$module::$input;
            type Output = $sdk::operation::$module::$output;
            type Error = $sdk::operation::$module::$error;

            fn codec() -> &'static $crate::aws::Codec {
                static CODEC: std::sync::LazyLock<$crate::aws::Codec> =
                    std::sync::LazyLock::new(|| {
                        $crate::aws::Codec::of(&$sdk::operation::$module::$name::new())
                    });
                &CODEC
            }
        }
    )+};
}
