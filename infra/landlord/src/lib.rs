//! The landlord whose portal this is: name, logo, colour, contacts and agencies.
//!
//! They are read at build from `own/landlord.toml`, or from `example/landlord.toml` where there is
//! no other. The build fails when a value is missing or cannot be used, and names all such values
//! at once; with `LANDLORD=own` in its environment, as for a deployment, also while a value is still
//! the example's.

/// What pages and mails say of the landlord.
#[derive(Debug)]
pub struct Landlord {
    /// The name.
    pub name: &'static str,
    /// The name where there is little room: 12 characters at most.
    pub short_name: &'static str,
    /// The colours of buttons and links.
    pub palette: Palette,
    /// The lines of the head office's address.
    pub address: &'static [&'static str],
    /// The telephone number of the head office.
    pub phone: Phone,
    /// The e-mail address of the head office.
    pub email: &'static str,
    /// When the head office answers.
    pub hours: Text,
    /// What the help page says first.
    pub help: Text,
    /// What the legal notice says of the publisher.
    pub publication: Publication,
    /// What the legal notice says of the host.
    pub hosting: Hosting,
    /// Whom one asks about one's personal data.
    pub data_protection: DataProtection,
    /// Where a weakness is reported: a URI, for `security.txt` (RFC 9116).
    pub security_contact: &'static str,
    /// The agencies.
    pub agencies: &'static [Agency],
    /// The logo, drawn: a square.
    pub logo: Logo,
}

/// A text in both languages.
#[derive(Clone, Copy, Debug)]
pub struct Text {
    /// In French.
    pub french: &'static str,
    /// In English.
    pub english: &'static str,
}

/// A telephone number.
#[derive(Clone, Copy, Debug)]
pub struct Phone {
    /// As it is read: `04 65 71 20 00`.
    pub text: &'static str,
    /// As it is called: `tel:+33465712000` (RFC 3966).
    pub uri: &'static str,
}

/// The landlord's colour, and those that follow from it. Each has the contrast that WCAG 2.2 asks
/// of text (4.5) on what it stands on; the build checks it.
#[derive(Debug)]
pub struct Palette {
    /// On white and on the light grounds.
    pub accent: &'static str,
    /// The same, pressed or pointed at.
    pub accent_strong: &'static str,
    /// On the dark grounds.
    pub accent_on_dark: &'static str,
    /// The same, pressed or pointed at.
    pub accent_strong_on_dark: &'static str,
}

/// What the legal notice says of the publisher.
#[derive(Debug)]
pub struct Publication {
    /// The legal form and the capital.
    pub legal_form: Text,
    /// The number in the register of companies.
    pub registration: &'static str,
    /// The publication director.
    pub director: &'static str,
}

/// What the legal notice says of the host.
#[derive(Debug)]
pub struct Hosting {
    /// The name.
    pub name: &'static str,
    /// The lines of the address.
    pub address: &'static [&'static str],
    /// The telephone number.
    pub phone: Phone,
}

/// Whom one asks about one's personal data.
#[derive(Debug)]
pub struct DataProtection {
    /// The name or the function.
    pub name: Text,
    /// The e-mail address.
    pub email: &'static str,
}

/// An agency, as the landlord's directory has it.
#[derive(Debug)]
pub struct Agency {
    /// The name.
    pub name: &'static str,
    /// The e-mail address, which it also has in the file of leases.
    pub email: &'static str,
    /// The telephone number.
    pub phone: Phone,
    /// The lines of the address.
    pub address: &'static [&'static str],
    /// When it is open.
    pub hours: Text,
}

/// The logo, drawn.
#[derive(Debug)]
pub struct Logo {
    /// The drawing itself.
    pub svg: &'static str,
    /// 96 pixels wide, for mails: shown at 48.
    pub mail_png: &'static [u8],
    /// 180 pixels wide, on white, for the home screen of a phone.
    pub touch_png: &'static [u8],
    /// 512 pixels wide, for the manifest.
    pub large_png: &'static [u8],
    /// 16, 32 and 48 pixels wide, for browsers that ask for `/favicon.ico`.
    pub favicon_ico: &'static [u8],
}

impl Landlord {
    /// The agency that has `email` in the file of leases.
    #[must_use]
    pub fn find_agency(&self, email: &str) -> Option<&'static Agency> {
        self.agencies.iter().find(|agency| agency.email.eq_ignore_ascii_case(email))
    }
}

include!(concat!(env!("OUT_DIR"), "/landlord.rs"));

/// What the build script is made of, for its tests.
#[cfg(test)]
#[path = "../build"]
mod build {
    mod fields;
    mod icons;
    mod palette;
    pub(crate) mod write;
}

#[cfg(test)]
mod tests;
