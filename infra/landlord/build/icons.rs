//! Draws the logo in the sizes that browsers, phones and mails need.

use resvg::tiny_skia::{Color, Pixmap, PremultipliedColorU8, Transform};
use resvg::usvg::{Options, Tree};

/// The largest drawing accepted, in bytes, because every page contains it.
const LARGEST: usize = 8_192;

/// The name of the field of `Logo` and the bytes, for each size.
pub(crate) fn draw(svg: &str) -> Result<Vec<(&'static str, Vec<u8>)>, String> {
    if svg.len() > LARGEST {
        return Err(format!("has more than {LARGEST} bytes"));
    }
    let tree = Tree::from_str(svg, &Options::default())
        .map_err(|error| format!("is not a drawing in SVG: {error}"))?;
    let size = tree.size();
    if (size.width() - size.height()).abs() > f32::EPSILON * size.width() {
        return Err(format!("is not square: {} by {}", size.width(), size.height()));
    }
    if svg.contains("<script") || svg.contains("<text") || svg.contains("href=\"http") {
        return Err("has a script, text, or a reference to elsewhere".to_owned());
    }
    let mut favicon = ico::IconDir::new(ico::ResourceType::Icon);
    for side in [16, 32, 48] {
        let image = ico::IconImage::from_rgba_data(side, side, pixels(&tree, side)?);
        favicon.add_entry(ico::IconDirEntry::encode(&image).map_err(|error| error.to_string())?);
    }
    let mut favicon_ico = Vec::new();
    favicon.write(&mut favicon_ico).map_err(|error| error.to_string())?;
    Ok(vec![
        ("mail_png", png(&tree, 96, None)?),
        ("touch_png", png(&tree, 180, Some(Color::WHITE))?),
        ("large_png", png(&tree, 512, None)?),
        ("favicon_ico", favicon_ico),
    ])
}

fn png(tree: &Tree, side: u32, ground: Option<Color>) -> Result<Vec<u8>, String> {
    drawn(tree, side, ground)?.encode_png().map_err(|error| error.to_string())
}

/// The pixels: red, green, blue and opacity.
fn pixels(tree: &Tree, side: u32) -> Result<Vec<u8>, String> {
    let drawn = drawn(tree, side, None)?;
    let pixels = drawn.pixels().iter().map(PremultipliedColorU8::demultiply);
    Ok(pixels.flat_map(|c| [c.red(), c.green(), c.blue(), c.alpha()]).collect())
}

fn drawn(tree: &Tree, side: u32, ground: Option<Color>) -> Result<Pixmap, String> {
    let mut drawn = Pixmap::new(side, side).ok_or("cannot be drawn")?;
    if let Some(ground) = ground {
        drawn.fill(ground);
    }
    #[expect(clippy::cast_precision_loss, reason = "a side has few pixels")]
    let scale = side as f32 / tree.size().width();
    resvg::render(tree, Transform::from_scale(scale, scale), &mut drawn.as_mut());
    Ok(drawn)
}
