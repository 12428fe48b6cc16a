//! The only reader of the random generator.

/// `N` bytes from the operating system's generator.
///
/// # Panics
///
/// When the operating system's generator fails. Nothing here may go on without randomness.
#[must_use]
#[expect(clippy::disallowed_methods, clippy::expect_used, reason = "this is the one reader")]
pub fn bytes<const N: usize>() -> [u8; N] {
    #[cfg(debug_assertions)]
    if let Some(bytes) = repeated::bytes() {
        return bytes;
    }
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system's random generator works");
    bytes
}

/// A new identifier: 128 random bits.
#[must_use]
pub fn id<T: From<[u8; 16]>>() -> T {
    T::from(bytes())
}

/// A new secret: 256 random bits.
#[must_use]
pub fn secret<T: From<[u8; 32]>>() -> T {
    T::from(bytes())
}

#[cfg(debug_assertions)]
pub use repeated::repeatable;

/// Repeatable randomness for the model. Not in a release.
#[cfg(debug_assertions)]
mod repeated {
    use std::future::Future;
    use std::sync::atomic::{AtomicU64, Ordering};

    use ring::digest::{Context, SHA256};

    tokio::task_local! {
        static DRAWS: (u64, AtomicU64);
    }

    /// Runs `future` with the same bytes in every run with this `seed`.
    pub async fn repeatable<F: Future>(seed: u64, future: F) -> F::Output {
        DRAWS.scope((seed, AtomicU64::new(0)), future).await
    }

    pub(super) fn bytes<const N: usize>() -> Option<[u8; N]> {
        let (seed, draw) =
            DRAWS.try_with(|(seed, draws)| (*seed, draws.fetch_add(1, Ordering::Relaxed))).ok()?;
        let mut bytes = [0; N];
        for (part, chunk) in bytes.chunks_mut(32).enumerate() {
            let mut digest = Context::new(&SHA256);
            for number in [seed, draw, part as u64] {
                digest.update(&number.to_be_bytes());
            }
            let digest = digest.finish();
            chunk.iter_mut().zip(digest.as_ref()).for_each(|(byte, drawn)| *byte = *drawn);
        }
        Some(bytes)
    }
}
