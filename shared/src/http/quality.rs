//! Quality values, the weights of a caller's preferences (RFC 9110, 12.4.2).

/// The ranges of a header such as `Accept-Language` or `Accept-Encoding`, each with its weight in
/// thousandths, 0 to 1000. A range with a malformed weight is left out.
pub fn ranges(accepted: &str) -> impl Iterator<Item = (&str, u16)> {
    accepted.split(',').filter_map(|element| {
        let mut parts = element.split(';').map(str::trim);
        let range = parts.next().filter(|range| !range.is_empty())?;
        let weight = parts.filter_map(|part| part.split_once('=')).find_map(|(name, value)| {
            name.trim().eq_ignore_ascii_case("q").then_some(value.trim())
        });
        Some((range, weight.map_or(Some(1000), thousandths)?))
    })
}

/// A weight in thousandths: `0` to `1` with at most three decimals. Old clients omit the zero
/// before the point.
fn thousandths(weight: &str) -> Option<u16> {
    let (whole, decimals) = weight.split_once('.').unwrap_or((weight, ""));
    let digits = [whole, decimals].concat();
    if digits.is_empty() || decimals.len() > 3 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let value: u16 = format!("{whole}{decimals:0<3}").parse().ok()?;
    (value <= 1000).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_range_is_read_with_its_weight() {
        for (header, expected) in [
            ("", &[][..]),
            (" , ;q=1,,", &[]),
            ("fr", &[("fr", 1000)]),
            ("fr-FR, en;q=0.8 ,*;q=0", &[("fr-FR", 1000), ("en", 800), ("*", 0)]),
            (
                "a;q=0.123,b;Q=1.000,c;q=1.,d;q=.5",
                &[("a", 123), ("b", 1000), ("c", 1000), ("d", 500)],
            ),
            ("a;level=1 ; q = 0.5", &[("a", 500)]),
            ("\u{fffd}é\u{1},en;q=0.1", &[("\u{fffd}é\u{1}", 1000), ("en", 100)]),
        ] {
            assert_eq!(ranges(header).collect::<Vec<_>>(), expected, "{header}");
        }
    }

    #[test]
    fn a_range_with_a_malformed_weight_is_left_out() {
        for weight in ["", ".", "2", "1.001", "0.1234", "+1", "-0", "1e-1", "é", "nan", "0.5.1"] {
            let header = format!("en;q={weight}");
            assert!(ranges(&header).all(|(range, _)| range != "en"), "{weight}");
        }
    }
}
