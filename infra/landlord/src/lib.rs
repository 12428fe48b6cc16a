//! The landlord of the portal: name, logo, colour, contacts and agencies.
//!
//! The data is read at build from `own/landlord.toml`, or else from `example/landlord.toml`. The
//! build fails if values are missing or invalid, and names them all. With `LANDLORD=own` in its
//! environment, as for a deployment, it also fails while a value is still the example's.

/// The landlord's data on pages and in mails.
#[derive(Debug)]
pub struct Landlord {
    /// The name.
    pub name: &'static str,
    /// The short name, at most 12 characters.
    pub short_name: &'static str,
    /// The colours of buttons and links.
    pub palette: Palette,
    /// The lines of the head office's address.
    pub address: &'static [&'static str],
    /// The telephone number of the head office.
    pub phone: Phone,
    /// The e-mail address of the head office.
    pub email: &'static str,
    /// The opening hours of the head office.
    pub hours: Text,
    /// The first text of the help page.
    pub help: Text,
    /// The publisher, for the legal notice.
    pub publication: Publication,
    /// The host, for the legal notice.
    pub hosting: Hosting,
    /// The contact for questions about personal data.
    pub data_protection: DataProtection,
    /// The URI for reports of vulnerabilities, in `security.txt` (RFC 9116).
    pub security_contact: &'static str,
    /// The agencies.
    pub agencies: &'static [Agency],
    /// The logo, a square.
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
    /// The number for reading: `04 65 71 20 00`.
    pub text: &'static str,
    /// The URI for calling: `tel:+33465712000` (RFC 3966).
    pub uri: &'static str,
}

/// The landlord's colour, and the colours derived from it. Each has the contrast on its background
/// that WCAG 2.2 asks of text (4.5). The build checks it.
#[derive(Debug)]
pub struct Palette {
    /// For white and light backgrounds.
    pub accent: &'static str,
    /// The same colour, pressed or hovered.
    pub accent_strong: &'static str,
    /// For dark backgrounds.
    pub accent_on_dark: &'static str,
    /// The same colour, pressed or hovered.
    pub accent_strong_on_dark: &'static str,
}

/// The publisher, for the legal notice.
#[derive(Debug)]
pub struct Publication {
    /// The legal form and the capital.
    pub legal_form: Text,
    /// The number in the register of companies.
    pub registration: &'static str,
    /// The publication director.
    pub director: &'static str,
}

/// The host, for the legal notice.
#[derive(Debug)]
pub struct Hosting {
    /// The name.
    pub name: &'static str,
    /// The lines of the address.
    pub address: &'static [&'static str],
    /// The telephone number.
    pub phone: Phone,
}

/// The contact for questions about personal data.
#[derive(Debug)]
pub struct DataProtection {
    /// The name or the function.
    pub name: Text,
    /// The e-mail address.
    pub email: &'static str,
}

/// An agency of the landlord's directory.
#[derive(Debug)]
pub struct Agency {
    /// The name.
    pub name: &'static str,
    /// The e-mail address, as in the file of leases.
    pub email: &'static str,
    /// The telephone number.
    pub phone: Phone,
    /// The lines of the address.
    pub address: &'static [&'static str],
    /// The opening hours.
    pub hours: Text,
}

/// The logo in its formats.
#[derive(Debug)]
pub struct Logo {
    /// The drawing.
    pub svg: &'static str,
    /// 96 pixels wide, for mails, which show it at 48.
    pub mail_png: &'static [u8],
    /// 180 pixels wide, on white, for the home screen of a phone.
    pub touch_png: &'static [u8],
    /// 512 pixels wide, for the manifest.
    pub large_png: &'static [u8],
    /// 16, 32 and 48 pixels wide, for browsers that ask for `/favicon.ico`.
    pub favicon_ico: &'static [u8],
}

impl Landlord {
    /// The agency with the address `email`.
    #[must_use]
    pub fn find_agency(&self, email: &str) -> Option<&'static Agency> {
        self.agencies.iter().find(|agency| agency.email.eq_ignore_ascii_case(email))
    }
}

include!(concat!(env!("OUT_DIR"), "/landlord.rs"));

/// The modules of the build script, for their tests.
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
