//! The only reader of the random generator.

/// `N` bytes from the operating system's generator.
///
/// # Panics
///
/// When the operating system has no randomness to give: nothing here may go on without.
#[must_use]
#[expect(clippy::disallowed_methods, clippy::expect_used, reason = "this is the one reader")]
pub fn bytes<const N: usize>() -> [u8; N] {
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
