//! Writes the Rust code of the landlord's file.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::fields::Fields;
use super::{icons, palette};

/// The folder of the example landlord.
pub(crate) const EXAMPLE: &str = "example";

/// The folder of the portal's own landlord.
pub(crate) const OWN: &str = "own";

/// The code of the landlords in the folders of `root`. `wanted` is `own` if the example must not be
/// used, as for a deployment, `example` if only the example may be used, and else empty. Icons are
/// written to `out`.
pub(crate) fn landlords(root: &Path, wanted: &str, out: &Path) -> Result<String, Box<dyn Error>> {
    if !["", EXAMPLE, OWN].contains(&wanted) {
        return Err("LANDLORD is neither \"own\" nor \"example\"".into());
    }
    let example = Fields::open(root, EXAMPLE)?;
    let mut code = statics("EXAMPLE", &example, out)?;
    let has_own = root.join(OWN).join("landlord.toml").exists();
    if has_own && wanted != EXAMPLE {
        let own = Fields::open(root, OWN)?;
        let own = if wanted == OWN { own.unlike(&example) } else { own };
        code += &statics("OWN", &own, out)?;
        code += "/// The landlord whose portal this is.\npub static LANDLORD: &Landlord = &OWN;\n";
    } else if wanted == OWN {
        let names = example.names().join(", ");
        return Err(format!(
            "There is no landlord to deploy for. Copy infra/landlord/{EXAMPLE} to \
             infra/landlord/{OWN} and replace in it: {names}."
        )
        .into());
    } else {
        code += "/// The landlord that stands in, for want of another.\n\
                 pub static LANDLORD: &Landlord = &EXAMPLE;\n";
    }
    Ok(code)
}

/// The code of the static `name`, the landlord of `fields`.
fn statics(name: &str, fields: &Fields, out: &Path) -> Result<String, Box<dyn Error>> {
    let mut fields = fields.reader();
    let accent = fields.text("colour");
    let palette = palette::of(&accent).unwrap_or_else(|fault| {
        fields.fault("colour", &fault);
        palette::Palette::default()
    });
    let svg = fields.file("logo");
    let agencies = fields.tables("agencies", |agency| {
        format!(
            "Agency {{ name: {:?}, email: {:?}, phone: {}, address: {}, hours: {} }}",
            agency.short_text("name", 200),
            agency.email("email"),
            agency.phone("phone"),
            agency.lines("address"),
            agency.both("hours"),
        )
    });
    let mut code = String::new();
    write!(
        code,
        "/// The landlord of `{folder}`.\n\
         pub static {name}: Landlord = Landlord {{\n\
         name: {:?}, short_name: {:?}, palette: {palette},\n\
         address: {}, phone: {}, email: {:?}, hours: {}, help: {},\n",
        fields.short_text("name", 60),
        fields.short_text("short_name", 12),
        fields.lines("address"),
        fields.phone("phone"),
        fields.email("email"),
        fields.both("hours"),
        fields.both("help"),
        folder = fields.folder(),
    )?;
    write!(
        code,
        "publication: Publication {{ legal_form: {}, registration: {:?}, director: {:?} }},\n\
         hosting: Hosting {{ name: {:?}, address: {}, phone: {} }},\n\
         data_protection: DataProtection {{ name: {}, email: {:?} }},\n\
         security_contact: {:?},\n\
         agencies: &[{agencies}],\n",
        fields.both("publication.legal_form"),
        fields.text("publication.registration"),
        fields.text("publication.director"),
        fields.text("hosting.name"),
        fields.lines("hosting.address"),
        fields.phone("hosting.phone"),
        fields.both("data_protection.name"),
        fields.email("data_protection.email"),
        fields.uri("security.contact"),
    )?;
    let drawn = icons::draw(&svg).map_err(|fault| fields.fault("logo", &fault));
    fields.finish()?;
    let Ok(icons) = drawn else { return Err("the logo cannot be drawn".into()) };
    write!(code, "logo: Logo {{ svg: {svg:?},")?;
    for (field, bytes) in icons {
        let file = format!("{name}.{field}");
        fs::write(out.join(&file), bytes)?;
        write!(code, " {field}: include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{file}\")),")?;
    }
    code += " },\n};\n";
    Ok(code)
}
