//! The layout of a page does not shift while it loads.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::json;
use tests::{Household, Portal};

use crate::device::Device;
use crate::staff;
use crate::story::{sign_in, with_account};
use crate::tab::Tab;

const MARTIN: Household = Household::MARTIN;

/// The largest cumulative layout shift: a fifth of the limit for "good" (0.1, web.dev/cls).
const GOAL: f64 = 0.02;

/// A phone and a desktop, in CSS pixels.
const WIDTHS: [u32; 2] = [320, 1440];

/// The added duration of each call if the API is slow: a cold start and a phone's network.
const DELAY: Duration = Duration::from_millis(600);

/// States that sometimes shift more than [`GOAL`], each with its own limit: a busy machine paints
/// the home page before all of its HTML has come, and the last part pushes the rest away.
const AT_TIMES: [(&str, u32, f64); 4] = [
    ("/", 320, 0.15),
    ("/", 1440, 0.15),
    ("home: session ended", 320, 0.31),
    ("home: session ended", 1440, 0.31),
];

/// The measurements: for each state and width, the largest shift and the elements that moved.
type Figures = BTreeMap<(String, u32), (f64, String)>;

/// One reader's screen, in two tabs: in one the API answers at once, in the other it is slow.
struct Reader {
    width: u32,
    prompt: Tab,
    slow: Tab,
    figures: Figures,
}

impl Reader {
    async fn new(device: &Device, width: u32) -> Self {
        let (prompt, slow) = (device.tab().await, device.tab().await);
        for tab in [&prompt, &slow] {
            tab.watch_shifts().await;
            tab.resize(width).await;
        }
        slow.delay_calls(DELAY).await;
        Self { width, prompt, slow, figures: Figures::new() }
    }

    /// Opens a page that does not call the API.
    async fn opens_still(&mut self, state: &str, path: &str) {
        self.prompt.bring_to_front().await;
        self.prompt.visit(path).await;
        self.notes(state, false).await;
    }

    /// Opens a page in both tabs and waits until each `says` its words.
    async fn opens(&mut self, state: &str, path: &str, says: &str) {
        for is_slow in [false, true] {
            let tab = if is_slow { &self.slow } else { &self.prompt };
            tab.bring_to_front().await;
            tab.visit(path).await;
            tab.says(says).await;
            self.notes(state, is_slow).await;
        }
    }

    /// Follows a mailed link in both tabs and waits until each `says` its words.
    async fn follows(&mut self, state: &str, link: &str, says: &str) {
        for is_slow in [false, true] {
            let tab = if is_slow { &self.slow } else { &self.prompt };
            tab.bring_to_front().await;
            tab.follow_mailed(link).await;
            tab.says(says).await;
            self.notes(state, is_slow).await;
        }
    }

    /// Records the shifts, once nothing moves any more.
    #[expect(clippy::print_stdout, reason = "the figures, where one asks for them")]
    async fn notes(&mut self, state: &str, is_slow: bool) {
        let (tab, quiet) =
            if is_slow { (&self.slow, DELAY.as_millis() + 100) } else { (&self.prompt, 250) };
        tab.until(&format!("isSettled({quiet})")).await;
        let shift = tab.evaluate("shift()").await;
        let (largest, of) = (shift["largest"].as_f64().unwrap(), shift["of"].as_str().unwrap());
        let speed = if is_slow { "slow" } else { "prompt" };
        println!("{state}, {} px, {speed}: {largest:.3} {of}", self.width);
        let figure = self.figures.entry((state.to_owned(), self.width)).or_default();
        if largest >= figure.0 {
            *figure = (largest, of.to_owned());
        }
    }
}

/// Checks the figures against the goal.
#[track_caller]
fn expect_still(figures: impl IntoIterator<Item = Figures>) {
    let fault = |((state, width), (largest, of)): ((String, u32), (f64, String))| {
        let find = |(s, w, _): &&(&str, u32, f64)| *s == state && *w == width;
        let goal = AT_TIMES.iter().find(find).map_or(GOAL, |(_, _, most)| *most);
        (largest > goal).then(|| format!("{state}, {width} px: {largest:.3} of {of}"))
    };
    let faults: Vec<String> = figures.into_iter().flatten().filter_map(fault).collect();
    assert_eq!(faults, [""; 0]);
}

#[tokio::test]
async fn a_page_for_everybody_does_not_shift() {
    let portal = with_account(&MARTIN).await;

    let read = async |width| {
        let device = Device::new(&portal).await;
        let mut reader = Reader::new(&device, width).await;
        reader.prompt.expects("status of 404");
        for (path, _) in PUBLIC {
            reader.opens_still(path, path).await;
        }
        reader.opens_still("not found", "/cette-page-n-existe-pas").await;
        // For a signed-in tenant, the profile menu replaces the link to the sign-in page.
        sign_in(&reader.prompt, &MARTIN).await;
        for (path, words) in PUBLIC.into_iter().filter(|(_, words)| !words.is_empty()) {
            reader.opens(&format!("{path}, signed in"), path, words).await;
        }
        reader.figures
    };

    let [narrow, wide] = WIDTHS;
    expect_still(<[_; 2]>::from(tokio::join!(read(narrow), read(wide))));
}

/// The pages for everybody, and words of those that a signed-in tenant can also open.
const PUBLIC: [(&str, &str); 12] = [
    ("/", ""),
    ("/inscription", "Créer le compte de votre foyer"),
    ("/verifiez-vos-mails", ""),
    ("/activation", ""),
    ("/mot-de-passe-oublie", ""),
    ("/nouveau-mot-de-passe", ""),
    ("/identifiant-oublie", ""),
    ("/confirmation-adresse", ""),
    ("/reponse-agence", ""),
    ("/conditions", "Conditions générales"),
    ("/cookies", ""),
    ("/mentions-legales", ""),
];

#[tokio::test]
async fn a_page_of_a_signed_in_tenant_does_not_shift() {
    let portal = with_account(&MARTIN).await;

    let read = async |width| {
        let device = Device::new(&portal).await;
        let mut reader = Reader::new(&device, width).await;
        sign_in(&reader.prompt, &MARTIN).await;
        for (path, words) in [
            ("/mon-compte", "Bonjour Camille"),
            ("/mon-compte/adresse", "Nouvelle adresse e-mail"),
            ("/mon-compte/mot-de-passe", "Mot de passe actuel"),
            ("/mon-compte/sessions", "Cet appareil"),
            ("/mon-compte/demandes", "Vous n’en avez fait aucune."),
            ("/mon-compte/bail", "Référence client"),
            ("/mon-compte/donnees", "Télécharger mes données"),
        ] {
            reader.opens(path, path, words).await;
        }
        reader.figures
    };

    let [narrow, wide] = WIDTHS;
    expect_still(<[_; 2]>::from(tokio::join!(read(narrow), read(wide))));
}

#[tokio::test]
async fn a_page_of_the_agency_does_not_shift() {
    let portal = with_account(&MARTIN).await;

    let read = async |width| {
        let device = Device::new(&portal).await;
        let mut reader = Reader::new(&device, width).await;
        reader.opens("/agence: sign-in", "/agence", "Me connecter").await;
        staff::sign_in(&reader.prompt, staff::AGENT).await;
        for (path, words) in [
            ("/agence/foyer#12345678", "Ce qui s’est passé"),
            ("/agence/demandes", "Aucune demande n’attend."),
            ("/agence/imports", "Aucun import pour l’instant."),
            ("/agence", "Aucune demande ouverte"),
        ] {
            reader.opens(path, path, words).await;
        }
        reader.figures
    };

    let [narrow, wide] = WIDTHS;
    expect_still(<[_; 2]>::from(tokio::join!(read(narrow), read(wide))));
}

#[tokio::test]
async fn a_page_does_not_shift_for_its_notices() {
    let read = async |width| {
        let portal = with_account(&MARTIN).await;
        portal.import(&[MARTIN.row("2031-03-31")]).await.expect_status(200);
        let device = Device::new(&portal).await;
        let mut reader = Reader::new(&device, width).await;
        for tab in [&reader.prompt, &reader.slow] {
            tab.expects("status of 503");
        }
        sign_in(&reader.prompt, &MARTIN).await;
        let closes = "Votre compte sera désactivé";
        reader.opens("account: closing", "/mon-compte", closes).await;

        let items = portal.items("tenants").await;
        let account = items.into_iter().find(|item| item["email"]["S"] == MARTIN.email);
        let mut account = account.unwrap();
        account["terms"]["M"]["version"]["S"] = json!("2020-01");
        portal.put_items("tenants", &[account]).await;
        let changed = "Les conditions générales ont changé.";
        reader.opens("account: closing, new terms", "/mon-compte", changed).await;
        portal.import(&[MARTIN.row("")]).await.expect_status(200);
        reader.opens("account: new terms", "/mon-compte", changed).await;

        portal.fail("dynamodb", "down", None).await;
        let failed = "Votre compte n’a pas pu être ouvert";
        reader.opens("account: unreachable", "/mon-compte", failed).await;
        reader.opens("requests: unreachable", "/mon-compte/demandes", failed).await;
        portal.fail("dynamodb", "none", None).await;

        let request = json!({"kind": "close-account"});
        let tenant = portal.browser();
        tenant.sign_in(&MARTIN).await.expect_status(200);
        tenant.post("/api/account/agency-requests", &request).await.expect_status(202);
        let open = "Demande ouverte depuis le";
        reader.opens("requests: one open", "/mon-compte/demandes", open).await;
        reader.figures
    };

    let [narrow, wide] = WIDTHS;
    expect_still(<[_; 2]>::from(tokio::join!(read(narrow), read(wide))));
}

#[tokio::test]
async fn a_session_that_has_ended_leads_to_a_page_that_does_not_shift() {
    let portal = with_account(&MARTIN).await;

    let mut figures = Vec::new();
    for width in WIDTHS {
        let device = Device::new(&portal).await;
        let mut reader = Reader::new(&device, width).await;
        for is_slow in [false, true] {
            let tab = if is_slow { &reader.slow } else { &reader.prompt };
            tab.bring_to_front().await;
            sign_in(tab, &MARTIN).await;
            portal.advance("P2D").await;
            tab.visit("/mon-compte").await;
            tab.is_at("/").await;
            tab.says("Se souvenir de moi").await;
            reader.notes("home: session ended", is_slow).await;
        }
        figures.push(reader.figures);
    }

    expect_still(figures);
}

#[tokio::test]
async fn the_page_of_a_mailed_link_does_not_shift() {
    let portal = with_account(&MARTIN).await;
    let links = links(&portal).await;

    let read = async |width| {
        let device = Device::new(&portal).await;
        let mut reader = Reader::new(&device, width).await;
        for (state, link, words) in &links {
            reader.follows(state, link, words).await;
        }
        reader.figures
    };

    let [narrow, wide] = WIDTHS;
    expect_still(<[_; 2]>::from(tokio::join!(read(narrow), read(wide))));
}

/// A link of each mail with a link: the state of its page, the link, and words of the page.
async fn links(portal: &Portal) -> [(&'static str, String, &'static str); 6] {
    let (newcomer, agency) = (Household::LEFEVRE, "lilas@bailleur.example");
    let (first, second) = ("premiere@exemple.example", "seconde@exemple.example");
    portal.browser().register(&newcomer).await.expect_status(202);
    let tenant = portal.browser();
    tenant.sign_in(&MARTIN).await.expect_status(200);
    let request = json!({"kind": "close-account", "message": "Nous partons en mai."});
    tenant.post("/api/account/agency-requests", &request).await.expect_status(202);
    let change = json!({"email": first, "password": MARTIN.password});
    tenant.post("/api/account/email-changes", &change).await.expect_status(202);
    let used = link_to(portal, first, "/confirmation-adresse").await;
    let token = json!({"token": used.split_once('#').unwrap().1});
    tenant.post("/api/email-changes/confirm", &token).await.expect_status(200);
    let reset = json!({"email": first});
    portal.browser().post("/api/password-resets", &reset).await.expect_status(202);
    tenant.sign_in(&Household { email: first, ..MARTIN }).await.expect_status(200);
    let change = json!({"email": second, "password": MARTIN.password});
    tenant.post("/api/account/email-changes", &change).await.expect_status(202);
    let activation = link_to(portal, newcomer.email, "/activation").await;
    let answer = link_to(portal, agency, "/reponse-agence").await;
    let reset = link_to(portal, first, "/nouveau-mot-de-passe").await;
    let revert = link_to(portal, MARTIN.email, "/retablir-adresse").await;
    let confirmation = link_to(portal, second, "/confirmation-adresse").await;
    [
        ("activation", activation, "Mot de passe choisi"),
        ("new password", reset, "Nouveau mot de passe"),
        ("confirmation", confirmation, "Confirmer cette adresse"),
        ("confirmation: used", used, "Ce lien a déjà servi"),
        ("revert", revert, "Annuler ce changement"),
        ("agency answer", answer, "Confirmer la demande"),
    ]
}

/// The link to `page` in a mail to `address`.
async fn link_to(portal: &Portal, address: &str, page: &str) -> String {
    portal.settle().await;
    let mails = portal.mails_to(address).await;
    let links = mails.iter().flat_map(|mail| mail["links"].as_array().expect("links"));
    let mut links = links.filter_map(serde_json::Value::as_str);
    let link = links.find(|link| link.contains(&format!("{page}#")));
    link.unwrap_or_else(|| panic!("no link to {page} in {mails:#?}")).to_owned()
}
