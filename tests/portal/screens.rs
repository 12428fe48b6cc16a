//! Takes the pictures of the README: `make screens`.

use std::fs;
use std::path::Path;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;
use tests::{Household, Portal, bounce_of};

use crate::device::Device;
use crate::staff;
use crate::story::{fill_registration, link_in, sign_in, with_account};
use crate::tab::Tab;

/// The largest size of a picture, in bytes: a reader of the README waits for it.
const WEIGHT: usize = 150_000;

/// A picture to take: the name of its file, the screen, and the scale.
struct Camera {
    name: &'static str,
    width: u32,
    height: u32,
    scale: f64,
    columns: u32,
    pictures: Vec<(&'static str, String)>,
}

impl Camera {
    async fn takes(&mut self, page: &'static str, tab: &Tab) {
        tab.resize_to(self.width, self.height).await;
        // By then, the focused element has scrolled into view.
        tokio::time::sleep(Duration::from_millis(300)).await;
        tab.until("(scrollTo({ top: 0, behavior: 'instant' }), scrollY === 0)").await;
        let picture = tab.picture(self.width, self.height, self.scale).await;
        self.pictures.push((page, picture));
    }

    /// The pictures of all pages side by side, as a PNG.
    async fn sheet(&self, tab: &Tab) -> Vec<u8> {
        let width = f64::from(self.width) * self.scale;
        let figures = self.pictures.iter().map(|(page, picture)| {
            format!(
                "<figure><img src='data:image/png;base64,{picture}' width={width} alt=''>\
                 <figcaption>{page}</figcaption></figure>"
            )
        });
        let figures: String = figures.collect();
        let style = format!(
            "body {{ margin: 0; padding: 16px; width: max-content; background: #e6e9ed; \
             display: grid; gap: 16px; grid-template-columns: repeat({}, {width}px) }} \
             figure {{ margin: 0 }} img {{ display: block }} \
             figcaption {{ font: 14px sans-serif; padding-top: 6px; text-align: center }}",
            self.columns
        );
        tab.shows(&format!("<!doctype html><style>{style}</style>{figures}")).await;
        let size = "[document.body.offsetWidth, document.body.offsetHeight]";
        tab.until("[...document.images].every(({ complete }) => complete)").await;
        let size = tab.evaluate(size).await;
        let [width, height] =
            [0, 1].map(|side| u32::try_from(size[side].as_u64().expect("a size")).expect("pixels"));
        tab.resize_to(width, height).await;
        BASE64_STANDARD.decode(tab.picture(width, height, 1.0).await).expect("a picture")
    }
}

#[ignore = "it writes to docs/screens: `make screens`"]
#[tokio::test]
async fn the_pages_are_photographed() {
    let (household, newcomer) = (Household::MARTIN, Household::LEFEVRE);
    let portal = with_account(&household).await;
    let device = Device::new(&portal).await;
    let tab = device.tab().await;
    tab.hide_scrollbars().await;
    let mut cameras = cameras(["phone", "desktop"]);
    let mut takes = async |page, tab: &Tab| {
        for camera in &mut cameras {
            camera.takes(page, tab).await;
        }
    };

    tab.visit("/").await;
    takes("Accueil", &tab).await;
    tab.visit("/inscription").await;
    fill_registration(&tab, &newcomer).await;
    takes("Inscription", &tab).await;
    tab.click("Créer mon compte").await;
    tab.is_at("/verifiez-vos-mails").await;
    takes("Vérifiez vos e-mails", &tab).await;
    let body = json!({"email": household.email});
    portal.browser().post("/api/password-resets", &body).await.expect_status(202);
    tab.follow_mailed(&link_in(&portal.mail_to(household.email, 3).await)).await;
    tab.fill("Nouveau mot de passe", "sept oies grises 7").await;
    takes("Nouveau mot de passe", &tab).await;
    sign_in(&tab, &household).await;
    takes("Mon compte", &tab).await;
    tab.visit("/mon-compte/demandes").await;
    tab.fill("Message (facultatif)", "Nous partons en mai.").await;
    takes("Mes demandes", &tab).await;

    keep(cameras, &device).await;
}

#[ignore = "it writes to docs/screens: `make screens`"]
#[tokio::test]
async fn the_pages_of_the_agency_are_photographed() {
    let household = Household::MARTIN;
    let portal = Portal::open().await;
    let tenant = portal.tenant(&household).await;
    let request = json!({"kind": "close-account", "message": "Nous partons en mai."});
    tenant.post("/api/account/agency-requests", &request).await.expect_status(202);
    portal.settle().await;
    portal.report(&bounce_of(&portal.mails_to(household.email).await[0])).await;
    let device = Device::new(&portal).await;
    let tab = device.tab().await;
    tab.hide_scrollbars().await;
    let mut cameras = cameras(["agency-phone", "agency-desktop"]);
    let mut takes = async |page, tab: &Tab| {
        for camera in &mut cameras {
            camera.takes(page, tab).await;
        }
    };

    tab.visit("/agence").await;
    tab.offers("Me connecter").await;
    takes("Connexion", &tab).await;
    staff::sign_in(&tab, staff::SUPERVISOR).await;
    tab.fill("Référence client", "Mart").await;
    tab.click("Chercher").await;
    tab.says("1 foyer").await;
    takes("Recherche", &tab).await;
    tab.click("Martin Camille").await;
    tab.says("Ce qui s’est passé").await;
    takes("Foyer", &tab).await;
    tab.visit("/agence/demandes").await;
    tab.click("Refuser").await;
    tab.fill("Motif du refus", "Un loyer reste dû.").await;
    takes("Demandes", &tab).await;
    tab.visit("/agence/imports").await;
    let rows = [household.row("2031-03-31"), Household::LEFEVRE.row("2027-02-30")];
    tab.choose("Fichier de baux", &staff::file_of("baux-2031.csv", &rows)).await;
    tab.says("Ce que ce fichier changerait").await;
    takes("Imports, avant", &tab).await;
    tab.click("Importer ce changement").await;
    tab.says("L’import est terminé").await;
    takes("Imports, après", &tab).await;

    keep(cameras, &device).await;
}

/// A phone and a desktop, under these names.
fn cameras([phone, desktop]: [&'static str; 2]) -> [Camera; 2] {
    let camera = |name, (width, height), scale, columns| Camera {
        name,
        width,
        height,
        scale,
        columns,
        pictures: vec![],
    };
    [camera(phone, (360, 740), 0.5, 6), camera(desktop, (1280, 800), 0.375, 3)]
}

/// Writes what the cameras have taken to `docs/screens`.
#[expect(clippy::print_stdout, reason = "what was made")]
async fn keep(cameras: [Camera; 2], device: &Device) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/screens");
    fs::create_dir_all(&folder).unwrap();
    for camera in cameras {
        let sheet = camera.sheet(&device.tab().await).await;
        println!("docs/screens/{}.png: {} bytes", camera.name, sheet.len());
        assert!(sheet.len() <= WEIGHT, "{}: {} bytes", camera.name, sheet.len());
        fs::write(folder.join(format!("{}.png", camera.name)), sheet).unwrap();
    }
}
