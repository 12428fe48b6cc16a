//! How well two kinds of times can be told apart.

/// The share of pairs in which the first took longer: the area under the ROC curve. Where nobody can
/// tell two apart it is 0.5.
#[must_use]
pub fn area(one: &[f64], other: &[f64]) -> f64 {
    let mut all: Vec<(f64, bool)> = one.iter().map(|time| (*time, true)).collect();
    all.extend(other.iter().map(|time| (*time, false)));
    all.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    let (mut shorter, mut pairs) = (0.0, 0.0);
    for (_, is_one) in all {
        if is_one {
            pairs += shorter;
        } else {
            shorter += 1.0;
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
    let count = (one.len() * other.len()) as f64;
    pairs / count
}

#[cfg(test)]
mod tests {
    use super::area;

    #[test]
    fn the_area_tells_how_well_two_can_be_told_apart() {
        let near = |one: f64, other: f64| (one - other).abs() < 1e-9;
        assert!(near(area(&[3.0, 4.0], &[1.0, 2.0]), 1.0));
        assert!(near(area(&[1.0, 2.0], &[3.0, 4.0]), 0.0));
        assert!(near(area(&[1.0, 4.0], &[2.0, 3.0]), 0.5));
    }
}
