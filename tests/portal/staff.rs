//! The agency's pages, by keyboard: staff sign in, find a household, see why it cannot get in, and
//! do something about it.

use std::fmt::Write as _;
use std::path::PathBuf;

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Browser, HEADER, Household, Portal, bounce_of};

use crate::device::Device;
use crate::story::{link_in, with_account};
use crate::tab::{Key, Tab};

const MARTIN: Household = Household::MARTIN;

const READER: &str = "Lucie Marchand";
/// An agent of all agencies.
pub const AGENT: &str = "Karim Benali";
/// A supervisor of all agencies.
pub const SUPERVISOR: &str = "Anne Lefèvre";

/// The largest size of a page with everything that it loads at its first visit, in bytes.
const WEIGHT: u64 = 50 * 1024;

impl Tab {
    /// Moves to the control that says `name` and presses Enter.
    async fn enter(&self, name: &str) {
        self.offers(name).await;
        self.tab_to(name).await;
        self.press(Key::Enter).await;
    }

    /// Moves to the field whose label says `name` and types `text`.
    async fn type_in(&self, name: &str, text: &str) {
        self.tab_to(name).await;
        self.write(text).await;
    }

    /// Waits until the focus is on what says `words`.
    async fn is_told(&self, words: &str) {
        self.until(&format!("focused().includes({})", json!(words))).await;
    }
}

/// Signs in as the member of staff called `name`.
pub async fn sign_in(tab: &Tab, name: &str) {
    tab.visit("/agence").await;
    come_in(tab, name).await;
    tab.says("Rechercher un foyer").await;
}

/// Goes from the page that asks to sign in to the provider's page, and chooses `name` there.
async fn come_in(tab: &Tab, name: &str) {
    tab.enter("Me connecter").await;
    tab.is_at("/_local/openid/authorize").await;
    tab.click(name).await;
}

/// Signs in as `name` and opens the page of the household with `lease`.
async fn look_at(tab: &Tab, name: &str, lease: &str) {
    sign_in(tab, name).await;
    open(tab, lease).await;
}

async fn open(tab: &Tab, lease: &str) {
    tab.visit(&format!("/agence/foyer#{lease}")).await;
    tab.says("Pourquoi n’entre-t-il pas ?").await;
}

async fn ask(tenant: &Browser, kind: &str) {
    let request = json!({"kind": kind, "message": "Nous partons en mai."});
    tenant.post("/api/account/agency-requests", &request).await.expect_status(202);
}

async fn tab_of(portal: &Portal) -> (Device, Tab) {
    let device = Device::new(portal).await;
    let tab = device.tab().await;
    (device, tab)
}

#[tokio::test]
async fn a_member_of_staff_signs_in_sees_who_they_are_and_signs_out() {
    let portal = Portal::open().await;
    let (_device, tab) = tab_of(&portal).await;
    tab.visit("/agence").await;
    tab.says("Connexion à l’espace agence").await;
    tab.look("agency: sign-in").await;

    come_in(&tab, AGENT).await;
    tab.is_at("/agence").await;
    tab.enter("Karim Benali : menu").await;
    for words in ["Agent", "Toutes les agences"] {
        tab.says(words).await;
    }
    tab.look("agency: who is signed in").await;
    tab.press(Key::Escape).await;
    tab.until("focused() === 'Karim Benali : menu'").await;
    tab.press(Key::Space).await;
    tab.enter("Se déconnecter").await;

    tab.says("Vous êtes déconnecté.").await;
    for path in ["/agence", "/agence/foyer#12345678", "/agence/demandes", "/agence/imports"] {
        tab.visit(path).await;
        tab.offers("Me connecter").await;
        tab.says_no_more("Karim Benali").await;
    }
}

#[tokio::test]
async fn who_is_turned_away_reads_why() {
    let portal = Portal::open().await;
    let (_device, tab) = tab_of(&portal).await;
    for (name, why) in [
        ("Marc Aubry", "Cet espace demande un second facteur"),
        ("Chloé Renard", "Votre compte professionnel ne donne pas accès à cet espace."),
        ("Nobody", "La connexion a été refusée ou abandonnée."),
    ] {
        tab.visit("/agence").await;
        come_in(&tab, name).await;

        tab.says(why).await;
        assert_eq!(tab.text("location.href.split('/agence')[1]").await, "", "{name}");
    }
    tab.look("agency: turned away").await;
    tab.visit("/cookies").await;
    tab.visit("/agence#expired").await;
    tab.says("La connexion a pris trop de temps.").await;
    portal.fail("openid", "down", None).await;
    come_in(&tab, AGENT).await;
    tab.says("Le service de connexion ne répond pas.").await;
}

#[tokio::test]
async fn the_page_that_was_wanted_comes_after_the_sign_in() {
    let portal = Portal::open().await;
    let (_device, tab) = tab_of(&portal).await;

    tab.visit("/agence/demandes").await;
    tab.says("Connectez-vous pour voir cette page.").await;
    come_in(&tab, READER).await;

    tab.is_at("/agence/demandes").await;
    tab.says("Aucune demande n’attend.").await;
}

#[tokio::test]
async fn a_household_is_found_and_the_search_is_there_again_on_the_way_back() {
    let portal = with_account(&MARTIN).await;
    let (_device, tab) = tab_of(&portal).await;
    sign_in(&tab, READER).await;
    tab.look("agency: search").await;

    for (typed, found) in [
        ("Mart", "1 foyer"),
        (MARTIN.email, "1 foyer"),
        ("L 12345678", "1 foyer"),
        ("Zola", "Aucun"),
    ] {
        tab.fill("Référence client", typed).await;
        tab.press(Key::Enter).await;
        tab.is_told(found).await;
    }
    tab.says("Aucun foyer pour « Zola »").await;
    tab.look("agency: nothing found").await;
    tab.fill("Référence client", "lefevre").await;
    tab.press(Key::Enter).await;
    tab.is_told("1 foyer").await;
    tab.look("agency: found").await;
    tab.enter("Lefèvre-Dubois Éloïse").await;
    tab.is_at("/agence/foyer").await;
    tab.says("Ce foyer ne s’est jamais inscrit.").await;

    tab.back().await;

    tab.is_at("/agence").await;
    tab.says("Lefèvre-Dubois Éloïse").await;
    assert_eq!(tab.value_of("Référence client").await, "lefevre");
}

#[tokio::test]
async fn a_household_that_never_registered_is_told_how_to() {
    let portal = Portal::open().await;
    let (_device, tab) = tab_of(&portal).await;

    look_at(&tab, AGENT, MARTIN.lease).await;

    tab.says("Ce foyer ne s’est jamais inscrit.").await;
    tab.says("il indique la référence 12345678 et le nom Martin").await;
    tab.says("Il n’y a rien à faire ici pour le moment.").await;
    tab.look("agency: never registered").await;
    tab.visit("/agence/foyer#999").await;
    tab.says("Aucun foyer à cette référence").await;
    tab.look("agency: no such household").await;
}

#[tokio::test]
async fn an_activation_mail_is_sent_again_at_the_counter() {
    let portal = Portal::open().await;
    portal.browser().register(&MARTIN).await.expect_status(202);
    portal.mail_to(MARTIN.email, 1).await;
    portal.settle().await;
    let (_device, tab) = tab_of(&portal).await;

    look_at(&tab, AGENT, MARTIN.lease).await;
    tab.says("n’a pas suivi le lien d’activation envoyé le").await;
    tab.look("agency: link not followed").await;
    tab.enter("Renvoyer l’e-mail").await;

    tab.is_told("L’e-mail d’activation est demandé.").await;
    portal.mail_to(MARTIN.email, 2).await;
    let token = portal.link_mailed_to(MARTIN.email).await;
    let tenant = portal.browser();
    let activation = json!({"token": token, "password": MARTIN.password});
    tenant.post("/api/activations", &activation).await.expect_status(200);
    portal.settle().await;
    tab.enter("Actualiser").await;
    tab.says("Rien de connu n’empêche ce foyer d’entrer.").await;
}

#[tokio::test]
async fn a_stop_on_an_address_is_lifted() {
    let portal = with_account(&MARTIN).await;
    portal.report(&bounce_of(&portal.mail_to(MARTIN.email, 2).await)).await;
    let (_device, tab) = tab_of(&portal).await;

    look_at(&tab, AGENT, MARTIN.lease).await;
    tab.says("Nos e-mails reviennent : son adresse a refusé le dernier le").await;
    tab.look("agency: mails come back").await;
    tab.enter("Lever l’arrêt").await;

    tab.is_told("L’arrêt est levé").await;
    tab.says("Rien de connu n’empêche ce foyer d’entrer.").await;
    tab.says("Arrêt des e-mails levé").await;
    tab.says("Karim Benali").await;
}

#[tokio::test]
async fn a_link_is_mailed_and_the_tenant_chooses_a_password() {
    let portal = with_account(&MARTIN).await;
    let (_device, tab) = tab_of(&portal).await;

    look_at(&tab, AGENT, MARTIN.lease).await;
    tab.enter("Envoyer le lien").await;

    tab.is_told("Le lien est demandé.").await;
    let link = link_in(&portal.mail_to(MARTIN.email, 3).await);
    portal.settle().await;
    tab.enter("Actualiser").await;
    tab.says("n’a pas suivi le lien envoyé le").await;
    tab.says("E-mail : lien de mot de passe").await;
    let home = Device::new(&portal).await;
    let tenant = home.tab().await;
    tenant.follow_mailed(&link).await;
    tenant.fill("Nouveau mot de passe", "sept oies grises 7").await;
    tenant.click("Enregistrer ce mot de passe").await;
    tenant.says("Votre mot de passe est enregistré").await;
}

#[tokio::test]
async fn an_account_is_closed_with_a_reason_after_a_question() {
    let portal = with_account(&MARTIN).await;
    let (_device, tab) = tab_of(&portal).await;
    look_at(&tab, SUPERVISOR, MARTIN.lease).await;
    tab.look("agency: household").await;

    tab.enter("Fermer le compte…").await;
    tab.is_told("Fermer le compte de Camille Martin ?").await;
    tab.enter("Annuler").await;
    tab.until("focused() === 'Fermer le compte…'").await;
    tab.press(Key::Enter).await;
    tab.is_told("Fermer le compte de Camille Martin ?").await;
    tab.tab_to("Fermer le compte").await;
    tab.press(Key::Enter).await;
    tab.sums_up("Indiquez le motif.").await;
    tab.look("agency: closing without a reason").await;
    tab.type_in("Motif", "Remise des clés.").await;
    tab.tab_to("Fermer le compte").await;
    tab.press(Key::Enter).await;

    tab.is_told("C’est fait : le compte est fermé.").await;
    tab.says("Le compte est désactivé depuis le").await;
    tab.says("Motif : « Remise des clés. »").await;
    tab.look("agency: closed").await;
    portal.browser().sign_in(&MARTIN).await.expect_problem(401, "bad_credentials");
}

#[tokio::test]
async fn a_request_is_granted_from_the_queue() {
    let portal = Portal::open().await;
    let tenant = portal.tenant(&MARTIN).await;
    let paperless = json!({"paperless": true});
    tenant.send(Method::PATCH, "/api/account", &paperless).await.expect_status(200);
    ask(&tenant, "stop-paperless").await;
    portal.advance("PT1M").await;
    ask(&tenant, "close-account").await;
    portal.settle().await;
    portal.advance("P3D").await;
    let (_device, tab) = tab_of(&portal).await;

    sign_in(&tab, AGENT).await;
    tab.says("La plus ancienne attend depuis 3 jours").await;
    tab.enter("2 demandes ouvertes").await;
    tab.is_at("/agence/demandes").await;
    tab.says("Attend depuis 3 jours").await;
    tab.says("Nous partons en mai.").await;
    tab.look("agency: queue").await;
    tab.enter("Accepter").await;
    tab.enter("Revenir au courrier").await;

    tab.is_told("C’est fait : le foyer reçoit de nouveau ses documents par courrier.").await;
    tab.says("1 demande attend une réponse.").await;
    tab.look("agency: queue, one done").await;
    tenant.sign_in(&MARTIN).await.expect_status(200);
    let account = tenant.account().await.expect_status(200).json;
    assert_eq!(account["paperless"], json!(false));
}

#[tokio::test]
async fn a_refusal_reaches_the_tenant_and_the_second_of_two_is_told() {
    let portal = Portal::open().await;
    let tenant = portal.tenant(&MARTIN).await;
    ask(&tenant, "close-account").await;
    portal.settle().await;
    let (_device, tab) = tab_of(&portal).await;
    let (_other_device, other) = tab_of(&portal).await;
    for (tab, name) in [(&tab, AGENT), (&other, SUPERVISOR)] {
        sign_in(tab, name).await;
        tab.visit("/agence/demandes").await;
        tab.says("Camille Martin").await;
    }

    tab.enter("Refuser").await;
    tab.is_told("Refuser cette demande ?").await;
    tab.type_in("Motif du refus", "Un loyer reste dû.").await;
    tab.look("agency: refusing").await;
    tab.enter("Envoyer le refus").await;
    tab.is_told("La demande est refusée.").await;
    other.enter("Accepter").await;
    other.enter("Fermer le compte").await;

    other.is_told("Quelqu’un d’autre a déjà répondu à cette demande.").await;
    other.look("agency: somebody was first").await;
    portal.settle().await;
    let mails = portal.mails_to(MARTIN.email).await;
    let refusal = mails[0]["text"].as_str().unwrap();
    assert!(refusal.contains("Un loyer reste dû."), "{refusal}");
    tenant.account().await.expect_status(200);
}

/// A file of leases in the folder of tests, with `rows`.
pub fn file_of(name: &str, rows: &[String]) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let mut text = format!("{HEADER}\n");
    for row in rows {
        let _ = writeln!(text, "{row}");
    }
    std::fs::write(&path, text).expect("a file");
    path
}

#[tokio::test]
async fn an_import_is_tried_confirmed_and_reported() {
    let portal = with_account(&MARTIN).await;
    let (device, tab) = tab_of(&portal).await;
    let new = "77777777,Zola,Émile,Agence des Lilas,lilas@bailleur.example,,,".to_owned();
    let wrong =
        "88888888,Hugo,Victor,Agence des Lilas,lilas@bailleur.example,2027-02-30,,".to_owned();
    let file = file_of("baux-essai.csv", &[MARTIN.row("2031-03-31"), new, wrong]);
    sign_in(&tab, SUPERVISOR).await;
    tab.enter("Imports").await;
    tab.is_at("/agence/imports").await;
    tab.says("Aucun import pour l’instant.").await;
    tab.look("agency: imports").await;

    tab.tab_to("Fichier de baux").await;
    tab.choose("Fichier de baux", &file).await;
    tab.is_told("Ce que ce fichier changerait").await;
    tab.says("1 compte prendra fin, ou plus tôt que prévu.").await;
    tab.says("1 ligne n’est pas prise").await;
    tab.says("La date doit exister").await;
    tab.look("agency: what an import would change").await;
    let unchanged = portal.lease("77777777").await;
    unchanged.expect_problem(404, "not_found");
    tab.enter("Importer ces 2 changements").await;

    tab.is_told("L’import est terminé").await;
    tab.look("agency: imported").await;
    portal.lease("77777777").await.expect_status(200);
    tab.says("Anne Lefèvre, le").await;
    tab.says("Terminé").await;
    tab.enter("Télécharger le rapport").await;
    let report = device.downloads().join("rapport-import.csv");
    let text = downloaded(&report).await;
    assert!(text.contains("\"nouveaux baux\";\"1\""), "{text}");
    assert!(text.contains("\"4\";\"ends_on\";\"ends_on"), "{text}");
}

/// The text of a file, once it is there.
async fn downloaded(path: &std::path::Path) -> String {
    for _ in 0..200 {
        if let Ok(text) = std::fs::read_to_string(path) {
            return text;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    panic!("{} was not downloaded", path.display());
}

#[tokio::test]
async fn a_file_that_is_dropped_is_tried_and_a_wrong_one_is_explained() {
    let portal = Portal::open().await;
    let (_device, tab) = tab_of(&portal).await;
    sign_in(&tab, AGENT).await;
    tab.visit("/agence/imports").await;
    tab.says("Aucun import pour l’instant.").await;
    let drop = |name: &str, text: &str| {
        format!(
            "(() => {{ const data = new DataTransfer(); \
             data.items.add(new File([{}], {})); \
             document.getElementById('drop').dispatchEvent(new DragEvent('drop', \
             {{ dataTransfer: data, bubbles: true, cancelable: true }})) }})()",
            json!(text),
            json!(name)
        )
    };

    tab.evaluate(&drop("baux.csv", "lease,last_name\n12345678,Martin\n")).await;
    tab.sums_up("Ajoutez-la, par exemple sous le nom « Agence ».").await;
    tab.look("agency: a file without its columns").await;
    let known = format!("{HEADER}\n{}\n", MARTIN.row("2031-03-31"));
    tab.evaluate(&drop("baux.csv", &known)).await;

    tab.is_told("Ce que ce fichier changerait").await;
    tab.says("Votre rôle permet d’essayer un fichier. Un responsable peut l’importer.").await;
    assert_eq!(tab.evaluate("Boolean(control('Importer'))").await, json!(false));
}

#[tokio::test]
async fn an_import_that_ends_many_accounts_needs_their_number() {
    let limits = [("LIMIT_REGISTRATIONS_PER_SOURCE", "1000"), ("LIMIT_MAILS_PER_SOURCE", "1000")];
    let portal = Portal::open_with(&limits).await;
    let leases =
        (0..6).map(|n| -> &'static str { Box::leak(format!("8200000{n}").into_boxed_str()) });
    let households: Vec<Household> = leases
        .map(|lease| {
            let email = Box::leak(format!("foyer-{lease}@exemple.example").into_boxed_str());
            Household { lease, email, ..MARTIN }
        })
        .collect();
    let rows =
        |end: &str| households.iter().map(|household| household.row(end)).collect::<Vec<_>>();
    portal.import(&rows("")).await.expect_status(200);
    for household in &households {
        portal.tenant(household).await;
    }
    let file = file_of("baux-fins.csv", &rows("2031-03-31"));
    let (_device, tab) = tab_of(&portal).await;
    sign_in(&tab, SUPERVISOR).await;
    tab.visit("/agence/imports").await;
    tab.choose("Fichier de baux", &file).await;
    tab.is_told("Ce que ce fichier changerait").await;
    tab.says("6 comptes prendront fin").await;

    tab.type_in("Nombre de comptes qui prendront fin", "5").await;
    tab.enter("Importer ces 6 changements").await;
    tab.sums_up("Tapez exactement 6").await;
    tab.look("agency: the wrong number").await;
    tab.fill("Nombre de comptes qui prendront fin", "6").await;
    tab.enter("Importer ces 6 changements").await;

    tab.is_told("L’import est terminé").await;
    for household in &households {
        assert_eq!(portal.lease(household.lease).await.json["ends_on"], "2031-03-31");
    }
}

#[tokio::test]
async fn a_session_that_ends_keeps_what_was_typed() {
    let portal = Portal::open().await;
    let tenant = portal.tenant(&MARTIN).await;
    ask(&tenant, "close-account").await;
    portal.settle().await;
    let (device, tab) = tab_of(&portal).await;
    sign_in(&tab, AGENT).await;
    tab.visit("/agence/demandes").await;
    tab.enter("Refuser").await;
    tab.is_told("Refuser cette demande ?").await;
    tab.type_in("Motif du refus", "Un loyer reste dû.").await;
    portal.advance("PT31M").await;

    tab.enter("Envoyer le refus").await;
    tab.says("ce que vous avez saisi y est toujours").await;
    tab.says_no_more("Camille Martin").await;
    tab.look("agency: session ended").await;
    let another = device.tab().await;
    sign_in(&another, AGENT).await;

    tab.says("Votre session avait pris fin : rien n’a été fait.").await;
    assert_eq!(tab.value_of("Motif du refus").await, "Un loyer reste dû.");
    tab.look("agency: signed in again").await;
    tab.enter("Envoyer le refus").await;
    tab.is_told("La demande est refusée.").await;
}

#[tokio::test]
async fn signing_out_in_one_tab_clears_the_others() {
    let portal = with_account(&MARTIN).await;
    let (device, tab) = tab_of(&portal).await;
    look_at(&tab, AGENT, MARTIN.lease).await;
    let other = device.tab().await;
    other.visit("/agence").await;
    other.says("Rechercher un foyer").await;

    other.enter("Karim Benali : menu").await;
    other.enter("Se déconnecter").await;

    for tab in [&other, &tab] {
        tab.is_at("/agence").await;
        tab.says("Vous êtes déconnecté.").await;
        tab.says_no_more("Camille Martin").await;
    }
    tab.back().await;
    tab.offers("Me connecter").await;
    tab.says_no_more("Camille Martin").await;
}

#[tokio::test]
async fn a_reader_sees_and_cannot_act() {
    let portal = Portal::open().await;
    let tenant = portal.tenant(&MARTIN).await;
    ask(&tenant, "close-account").await;
    portal.settle().await;
    let (_device, tab) = tab_of(&portal).await;

    look_at(&tab, READER, MARTIN.lease).await;
    tab.says("Votre rôle permet de consulter, pas d’agir.").await;
    tab.says("c•••@exemple.example").await;
    tab.says_no_more(MARTIN.email).await;
    tab.look("agency: a reader's household").await;
    tab.visit("/agence/demandes").await;
    tab.says("Votre rôle permet de lire les demandes, pas d’y répondre.").await;
    tab.look("agency: a reader's queue").await;

    assert_eq!(tab.evaluate("Boolean(control('Imports'))").await, json!(false));
    for name in ["Accepter", "Refuser"] {
        assert_eq!(tab.evaluate(&format!("Boolean(control('{name}'))")).await, Value::Bool(false));
    }
}

#[tokio::test]
async fn a_lost_answer_is_looked_up_before_anything_is_said() {
    let portal = Portal::open().await;
    let tenant = portal.tenant(&MARTIN).await;
    ask(&tenant, "close-account").await;
    portal.settle().await;
    let (_device, tab) = tab_of(&portal).await;
    tab.expects("status of 503");
    tab.expects("ERR_INTERNET_DISCONNECTED");
    sign_in(&tab, AGENT).await;
    tab.visit("/agence/demandes").await;
    tab.enter("Refuser").await;
    tab.is_told("Refuser cette demande ?").await;
    tab.type_in("Motif du refus", "Un loyer reste dû.").await;

    tab.cut_network(true).await;
    tab.enter("Envoyer le refus").await;
    tab.sums_up("nous ne savons pas si c’est fait").await;
    tab.look("agency: an answer was lost").await;
    tab.cut_network(false).await;
    portal.fail("dynamodb", "down", None).await;
    tab.enter("Envoyer le refus").await;
    tab.sums_up("nous ne savons pas si c’est fait").await;
    portal.fail("dynamodb", "none", None).await;
    assert_eq!(tab.value_of("Motif du refus").await, "Un loyer reste dû.");
    tab.enter("Envoyer le refus").await;

    tab.is_told("La demande est refusée.").await;
}

#[tokio::test]
async fn the_agency_s_pages_are_in_one_language_and_keep_what_is_typed() {
    let portal = Portal::open().await;
    let tenant = portal.tenant(&MARTIN).await;
    ask(&tenant, "close-account").await;
    portal.settle().await;
    let (_device, tab) = tab_of(&portal).await;
    sign_in(&tab, AGENT).await;
    tab.visit("/agence/demandes").await;
    tab.enter("Refuser").await;
    tab.is_told("Refuser cette demande ?").await;
    tab.type_in("Motif du refus", "Un loyer reste dû.").await;

    tab.enter("English").await;

    tab.says("Refuse this request?").await;
    assert_eq!(tab.value_of("Reason for the refusal").await, "Un loyer reste dû.");
    tab.look("agency: queue in English").await;
    open_in_english(&tab).await;
}

async fn open_in_english(tab: &Tab) {
    tab.visit(&format!("/agence/foyer#{}", MARTIN.lease)).await;
    tab.says("Why can’t they get in?").await;
    tab.look("agency: household in English").await;
    for french in ["Ce qui", "foyer", "demande", "Compte"] {
        assert_eq!(tab.evaluate(&format!("said().includes('{french}')")).await, json!(false));
    }
}

#[expect(clippy::print_stdout, reason = "the figures, where one asks for them")]
#[tokio::test]
async fn the_agency_s_pages_are_small_and_every_control_shows_that_it_has_the_focus() {
    let portal = Portal::open().await;
    let tenant = portal.tenant(&MARTIN).await;
    ask(&tenant, "close-account").await;
    portal.settle().await;
    let (_device, tab) = tab_of(&portal).await;
    sign_in(&tab, SUPERVISOR).await;
    let household = format!("/agence/foyer#{}", MARTIN.lease);
    for path in ["/agence", &household, "/agence/demandes", "/agence/imports"] {
        tab.forget_files().await;
        tab.forget_requests();
        tab.visit("/cookies").await;
        tab.forget_requests();
        tab.visit(path).await;
        tab.until("!document.getElementById('private').hidden").await;

        let requests = tab.requests();
        let weight: u64 = requests.iter().map(|request| request.bytes).sum();
        println!("{path}: {weight} bytes");
        assert!((5_000..WEIGHT).contains(&weight), "{path}: {weight} bytes");
        // The first walk begins where the page has put the focus, the second at its top.
        tab.walk().await;
        assert!(tab.walk().await > 7, "{path}");
    }
}
