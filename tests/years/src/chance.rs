//! Chance that is the same in every run of a seed (`SplitMix64`).

/// What is drawn from a seed.
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// That of `seed`.
    #[must_use]
    pub fn of(seed: u64) -> Self {
        Self(seed)
    }

    fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// A number below `bound`; 0 where that is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.draw() % bound).unwrap_or_default()
    }

    /// A number from `least` to below `beyond`.
    pub fn between(&mut self, least: i64, beyond: i64) -> i64 {
        let width = usize::try_from(beyond - least).unwrap_or_default();
        least + i64::try_from(self.below(width)).unwrap_or_default()
    }

    /// What happens once in so many times.
    pub fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }
}
