//! Takes the pictures of the README: `make screens`.

use std::fs;
use std::path::Path;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;
use tests::Household;

use crate::device::Device;
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

#[expect(clippy::print_stdout, reason = "what was made")]
#[ignore = "it writes to docs/screens: `make screens`"]
#[tokio::test]
async fn the_pages_are_photographed() {
    let (household, newcomer) = (Household::MARTIN, Household::LEFEVRE);
    let portal = with_account(&household).await;
    let device = Device::new(&portal).await;
    let tab = device.tab().await;
    tab.hide_scrollbars().await;
    let mut cameras = [
        Camera { name: "phone", width: 360, height: 740, scale: 0.5, columns: 6, pictures: vec![] },
        Camera {
            name: "desktop",
            width: 1280,
            height: 800,
            scale: 0.375,
            columns: 3,
            pictures: vec![],
        },
    ];
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

    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/screens");
    fs::create_dir_all(&folder).unwrap();
    for camera in cameras {
        let sheet = camera.sheet(&device.tab().await).await;
        println!("docs/screens/{}.png: {} bytes", camera.name, sheet.len());
        assert!(sheet.len() <= WEIGHT, "{}: {} bytes", camera.name, sheet.len());
        fs::write(folder.join(format!("{}.png", camera.name)), sheet).unwrap();
    }
}
