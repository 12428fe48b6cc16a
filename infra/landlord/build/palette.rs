//! The landlord's colour, and the colours derived from it.
//!
//! Contrast is the ratio of relative luminances of WCAG 2.2; text needs 4.5 (success criterion
//! 1.4.3).

use std::fmt;

/// The least contrast of text (WCAG 2.2, 1.4.3).
const FOR_TEXT: f64 = 4.5;

/// The contrast of the accent on dark backgrounds. It is higher than needed because a colour glares
/// less than white.
const ON_DARK: f64 = 7.0;

const WHITE: Colour = Colour([255, 255, 255]);
const BLACK: Colour = Colour([0, 0, 0]);

/// The darkest of the light backgrounds, `--page` of the portal's colours.
const LIGHT_GROUND: Colour = Colour([0xf2, 0xf4, 0xf6]);

/// The lightest of the dark backgrounds, `--panel` of the portal's dark colours.
const DARK_GROUND: Colour = Colour([0x26, 0x2e, 0x37]);

/// A colour: red, green and blue.
#[derive(Clone, Copy, Default)]
struct Colour([u8; 3]);

/// The colours. `Display` writes their Rust code.
#[derive(Default)]
pub(crate) struct Palette([Colour; 4]);

/// The colours derived from `accent`.
pub(crate) fn of(accent: &str) -> Result<Palette, String> {
    let accent = parse(accent).ok_or("is not a colour like #17507f")?;
    for (ground, name) in [(WHITE, "white"), (LIGHT_GROUND, "the page’s grey, #f2f4f6")] {
        let contrast = contrast(accent, ground);
        if contrast < FOR_TEXT {
            return Err(format!(
                "has a contrast of {contrast:.2} on {name}, and text needs {FOR_TEXT} (WCAG 2.2, \
                 1.4.3): choose a darker one"
            ));
        }
    }
    let on_dark = (0..=100)
        .map(|share| mix(accent, WHITE, f64::from(share) / 100.0))
        .find(|colour| contrast(*colour, DARK_GROUND) >= ON_DARK)
        .unwrap_or(WHITE);
    Ok(Palette([accent, mix(accent, BLACK, 0.28), on_dark, mix(on_dark, WHITE, 0.4)]))
}

fn parse(text: &str) -> Option<Colour> {
    let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii())?;
    let part = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
    Some(Colour([part(0)?, part(2)?, part(4)?]))
}

/// Mixes `share` of `to` with the rest of `from`.
fn mix(from: Colour, to: Colour, share: f64) -> Colour {
    let mut mixed = [0; 3];
    for ((mixed, from), to) in mixed.iter_mut().zip(from.0).zip(to.0) {
        let value = f64::from(from) + (f64::from(to) - f64::from(from)) * share;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the value is between two bytes"
        )]
        let value = value.round() as u8;
        *mixed = value;
    }
    Colour(mixed)
}

/// The contrast of two colours, from 1 to 21.
fn contrast(one: Colour, other: Colour) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// The relative luminance of a colour, from 0 to 1.
fn luminance(colour: Colour) -> f64 {
    let [red, green, blue] = colour.0.map(|part| {
        let part = f64::from(part) / 255.0;
        if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

impl fmt::Display for Palette {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [accent, strong, on_dark, strong_on_dark] = self.0;
        write!(
            f,
            "Palette {{ accent: \"{accent}\", accent_strong: \"{strong}\", \
             accent_on_dark: \"{on_dark}\", accent_strong_on_dark: \"{strong_on_dark}\" }}"
        )
    }
}
