use std::fs;
use std::path::{Path, PathBuf};

use super::build::write::landlords;
use super::*;

/// A new folder with the example, and with `own` if it is given.
fn folder(name: &str, own: Option<&str>) -> PathBuf {
    let root = Path::new(env!("OUT_DIR")).join("tests").join(name);
    let _ = fs::remove_dir_all(&root);
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("example");
    for folder in ["example", "own", "out"] {
        fs::create_dir_all(root.join(folder)).unwrap();
    }
    for file in ["landlord.toml", "logo.svg"] {
        fs::copy(example.join(file), root.join("example").join(file)).unwrap();
    }
    if let Some(own) = own {
        fs::copy(example.join("logo.svg"), root.join("own/logo.svg")).unwrap();
        fs::write(root.join("own/landlord.toml"), own).unwrap();
    }
    root
}

fn refusal(name: &str, wanted: &str, own: Option<&str>) -> String {
    let root = folder(name, own);
    landlords(&root, wanted, &root.join("out")).unwrap_err().to_string()
}

fn example() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("example/landlord.toml")).unwrap()
}

#[test]
fn an_agency_is_found_by_its_address_in_any_case() {
    let lyon = EXAMPLE.find_agency("Agence.Lyon@bailleur.example").unwrap();

    assert_eq!(lyon.phone.uri, "tel:+33465712010");
    assert!(EXAMPLE.find_agency("agence.paris@bailleur.example").is_none());
}

#[test]
fn colours_for_dark_backgrounds_are_derived_from_the_given_one() {
    let Palette { accent, accent_strong, accent_on_dark, accent_strong_on_dark } = EXAMPLE.palette;

    assert_eq!(accent, "#17507f");
    assert!(accent_strong < accent && accent < accent_on_dark);
    assert!(accent_on_dark < accent_strong_on_dark);
}

#[test]
fn the_logo_is_drawn_in_every_size() {
    let png = |bytes: &[u8], side: u32| {
        bytes.starts_with(b"\x89PNG") && bytes[16..20] == side.to_be_bytes()
    };

    let logo = &EXAMPLE.logo;

    assert!(png(logo.mail_png, 96) && png(logo.touch_png, 180) && png(logo.large_png, 512));
    assert_eq!(logo.favicon_ico[..6], [0, 0, 1, 0, 3, 0]);
}

#[test]
fn a_deployment_without_a_landlord_fails_with_instructions() {
    let refusal = refusal("none", "own", None);

    assert!(refusal.contains("Copy infra/landlord/example to infra/landlord/own"), "{refusal}");
    for name in ["name", "colour", "publication.director", "help.fr", "agencies"] {
        assert!(refusal.contains(name), "{name}: {refusal}");
    }
}

#[test]
fn a_deployment_names_each_value_that_is_still_the_examples() {
    let own = example()
        .replace("Habitat des Deux Rives", "Logis de la Plaine")
        .replace("#17507f", "#7a1f3d")
        .replace("Hélène Vasseur", "Paul Roche");

    let refusal = refusal("same", "own", Some(&own));

    for name in ["short_name", "phone", "data_protection.email", "agencies", "logo"] {
        assert!(refusal.contains(&format!("- {name} is still the example's")), "{name}: {refusal}");
    }
    for name in ["- name", "colour", "publication.director", "hosting"] {
        assert!(!refusal.contains(name), "{name}: {refusal}");
    }
}

#[test]
fn the_own_landlord_replaces_the_example() {
    let own = example().replace("Habitat des Deux Rives", "Logis de la Plaine");
    let root = folder("own", Some(&format!("\u{feff}{own}")));

    let code = landlords(&root, "", &root.join("out")).unwrap();
    let forced = landlords(&root, "example", &root.join("out")).unwrap();

    assert!(code.contains("Logis de la Plaine") && code.contains("LANDLORD: &Landlord = &OWN"));
    assert!(!forced.contains("Logis de la Plaine"));
}

#[test]
fn one_error_names_every_fault() {
    let own = example()
        .replace("#17507f", "#f3b95f")
        .replace("\"04 65 71 20 00\"", "\"appelez-nous\"")
        .replace("contact@deux-rives.example", "deux-rives.example")
        .replace("director = ", "directeur = ")
        .replace("phone = \"04 65 71 30 10\"", "")
        .replace("mailto:securite", "securite");

    let refusal = refusal("wrong", "", Some(&own));

    for fault in [
        "colour has a contrast of 1.7",
        "phone is not a telephone number",
        "email is not an e-mail address",
        "publication.director is missing",
        "agencies[2].phone is missing",
        "security.contact does not begin with",
    ] {
        assert!(refusal.contains(fault), "{fault}: {refusal}");
    }
}

#[test]
fn a_file_that_is_not_toml_is_named_with_its_line() {
    let refusal = refusal("broken", "", Some("name = Habitat"));

    assert!(refusal.contains("infra/landlord/own/landlord.toml"), "{refusal}");
    assert!(refusal.contains("line 1"), "{refusal}");
}
