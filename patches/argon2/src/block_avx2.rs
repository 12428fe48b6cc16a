//! Argon2 compression function for AVX2.
//!
//! The portable one is written word by word. Compilers find its vectors in part only.

use crate::Block;

#[cfg(target_arch = "x86")]
use core::arch::x86::*;
#[cfg(target_arch = "x86_64")]
use core::arch::x86_64::*;

/// Two halves of the mixing function, independent of each other, on four columns each.
macro_rules! half_round {
    (
        $q:ident, [$a0:expr, $a1:expr], [$b0:expr, $b1:expr], [$c0:expr, $c1:expr],
        [$d0:expr, $d1:expr], $rotate_d:ident, $rotate_b:ident $(,)?
    ) => {
        $q[$a0] = add_mul($q[$a0], $q[$b0]);
        $q[$a1] = add_mul($q[$a1], $q[$b1]);
        $q[$d0] = $rotate_d(_mm256_xor_si256($q[$d0], $q[$a0]));
        $q[$d1] = $rotate_d(_mm256_xor_si256($q[$d1], $q[$a1]));
        $q[$c0] = add_mul($q[$c0], $q[$d0]);
        $q[$c1] = add_mul($q[$c1], $q[$d1]);
        $q[$b0] = $rotate_b(_mm256_xor_si256($q[$b0], $q[$c0]));
        $q[$b1] = $rotate_b(_mm256_xor_si256($q[$b1], $q[$c1]));
    };
}

/// Two mixing functions, independent of each other, on four columns each.
macro_rules! round {
    ($q:ident, $a:tt, $b:tt, $c:tt, $d:tt $(,)?) => {
        half_round!($q, $a, $b, $c, $d, rotr32, rotr24);
        half_round!($q, $a, $b, $c, $d, rotr16, rotr63);
    };
}

/// Computes what [`Block::compress`] computes.
///
/// # Safety
/// The processor must have AVX2.
#[target_feature(enable = "avx2")]
pub(crate) unsafe fn compress(rhs: &Block, lhs: &Block) -> Block {
    let mut out = Block::new();
    let x = rhs.as_ref().as_ptr().cast::<__m256i>();
    let y = lhs.as_ref().as_ptr().cast::<__m256i>();
    let z = out.as_mut().as_mut_ptr().cast::<__m256i>();

    // SAFETY: a block is 32 vectors, aligned to 64 bytes, and the caller has checked for AVX2.
    unsafe {
        // Vectors 8 * i + j: rows 2 * i and 2 * i + 1.
        let mut q = [[_mm256_setzero_si256(); 8]; 4];

        // Apply permutations rowwise, two rows at once. A vector is a row of the 4x4 matrix.
        for (i, q) in q.iter_mut().enumerate() {
            for (j, vector) in q.iter_mut().enumerate() {
                let (x, y) = (x.add(8 * i + j), y.add(8 * i + j));
                *vector = _mm256_xor_si256(_mm256_load_si256(x), _mm256_load_si256(y));
            }
            round!(q, [0, 4], [1, 5], [2, 6], [3, 7]);
            for row in [0, 4] {
                q[row + 1] = _mm256_permute4x64_epi64::<0b00_11_10_01>(q[row + 1]);
                q[row + 2] = _mm256_permute4x64_epi64::<0b01_00_11_10>(q[row + 2]);
                q[row + 3] = _mm256_permute4x64_epi64::<0b10_01_00_11>(q[row + 3]);
            }
            round!(q, [0, 4], [1, 5], [2, 6], [3, 7]);
            for row in [0, 4] {
                q[row + 1] = _mm256_permute4x64_epi64::<0b10_01_00_11>(q[row + 1]);
                q[row + 2] = _mm256_permute4x64_epi64::<0b01_00_11_10>(q[row + 2]);
                q[row + 3] = _mm256_permute4x64_epi64::<0b00_11_10_01>(q[row + 3]);
            }
        }

        // Apply permutations columnwise, two columns at once. A row of the 4x4 matrix is the same
        // half of two vectors.
        for i in 0..4 {
            let mut v = [
                q[0][i],
                q[0][4 + i],
                q[1][i],
                q[1][4 + i],
                q[2][i],
                q[2][4 + i],
                q[3][i],
                q[3][4 + i],
            ];
            round!(v, [0, 1], [2, 3], [4, 5], [6, 7]);
            let [a0, a1, b0, b1, c0, c1, d0, d1] = v;
            let mut v = [
                a0,
                a1,
                _mm256_alignr_epi8::<8>(b1, b0),
                _mm256_alignr_epi8::<8>(b0, b1),
                c1,
                c0,
                _mm256_alignr_epi8::<8>(d0, d1),
                _mm256_alignr_epi8::<8>(d1, d0),
            ];
            round!(v, [0, 1], [2, 3], [4, 5], [6, 7]);
            let [a0, a1, b0, b1, c0, c1, d0, d1] = v;
            let v = [
                a0,
                a1,
                _mm256_alignr_epi8::<8>(b0, b1),
                _mm256_alignr_epi8::<8>(b1, b0),
                c1,
                c0,
                _mm256_alignr_epi8::<8>(d1, d0),
                _mm256_alignr_epi8::<8>(d0, d1),
            ];
            for (row, vector) in v.into_iter().enumerate() {
                let (x, y, z) = (x.add(4 * row + i), y.add(4 * row + i), z.add(4 * row + i));
                let r = _mm256_xor_si256(_mm256_load_si256(x), _mm256_load_si256(y));
                _mm256_store_si256(z, _mm256_xor_si256(vector, r));
            }
        }
    }

    out
}

/// `a + b + 2 * low(a) * low(b)`
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn add_mul(a: __m256i, b: __m256i) -> __m256i {
    let product = _mm256_mul_epu32(a, b);
    _mm256_add_epi64(_mm256_add_epi64(a, b), _mm256_add_epi64(product, product))
}

#[inline]
#[target_feature(enable = "avx2")]
unsafe fn rotr32(x: __m256i) -> __m256i {
    _mm256_shuffle_epi32::<0b10_11_00_01>(x)
}

#[inline]
#[target_feature(enable = "avx2")]
unsafe fn rotr24(x: __m256i) -> __m256i {
    let bytes = _mm_setr_epi8(3, 4, 5, 6, 7, 0, 1, 2, 11, 12, 13, 14, 15, 8, 9, 10);
    _mm256_shuffle_epi8(x, _mm256_broadcastsi128_si256(bytes))
}

#[inline]
#[target_feature(enable = "avx2")]
unsafe fn rotr16(x: __m256i) -> __m256i {
    let bytes = _mm_setr_epi8(2, 3, 4, 5, 6, 7, 0, 1, 10, 11, 12, 13, 14, 15, 8, 9);
    _mm256_shuffle_epi8(x, _mm256_broadcastsi128_si256(bytes))
}

#[inline]
#[target_feature(enable = "avx2")]
unsafe fn rotr63(x: __m256i) -> __m256i {
    _mm256_xor_si256(_mm256_srli_epi64::<63>(x), _mm256_add_epi64(x, x))
}

#[cfg(test)]
mod tests {
    use super::compress;
    use crate::{Block, avx2_cpuid};

    /// Numbers without a pattern (xorshift64*).
    fn fill(block: &mut Block, seed: &mut u64) {
        for word in block.as_mut() {
            *seed ^= *seed >> 12;
            *seed ^= *seed << 25;
            *seed ^= *seed >> 27;
            *word = seed.wrapping_mul(0x2545_f491_4f6c_dd1d);
        }
    }

    #[test]
    fn same_as_portable() {
        if !avx2_cpuid::get() {
            return;
        }
        let (mut rhs, mut lhs) = (Block::new(), Block::new());
        let mut seed = 0x9e37_79b9_7f4a_7c15;
        for _ in 0..10_000 {
            // SAFETY: checked that AVX2 was detected.
            let compressed = unsafe { compress(&rhs, &lhs) };
            assert_eq!(compressed.as_ref(), Block::compress(&rhs, &lhs).as_ref());
            fill(&mut rhs, &mut seed);
            fill(&mut lhs, &mut seed);
        }
        // Every bit set: the largest products and carries.
        rhs.as_mut().fill(u64::MAX);
        for word in [0, 1, u64::MAX] {
            lhs.as_mut().fill(word);
            // SAFETY: checked that AVX2 was detected.
            let compressed = unsafe { compress(&rhs, &lhs) };
            assert_eq!(compressed.as_ref(), Block::compress(&rhs, &lhs).as_ref());
        }
    }
}
