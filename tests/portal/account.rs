//! The account in the browser: the profile menu, and the pages that it leads to.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{Household, Portal};

use crate::device::Device;
use crate::story::{link_in, sign_in, with_account};

const MARTIN: Household = Household::MARTIN;

#[tokio::test]
async fn the_profile_menu_leads_to_every_page_and_signs_out() {
    let portal = with_account(&MARTIN).await;
    let device = Device::new(&portal).await;
    let tab = device.tab().await;
    sign_in(&tab, &MARTIN).await;

    for (entry, path) in [
        ("Mon compte", "/mon-compte"),
        ("Modifier mon adresse e-mail", "/mon-compte/adresse"),
        ("Modifier mon mot de passe", "/mon-compte/mot-de-passe"),
        ("Mes sessions", "/mon-compte/sessions"),
        ("Mes demandes", "/mon-compte/demandes"),
        ("Mes données", "/mon-compte/donnees"),
        ("Changer de bail", "/mon-compte/bail"),
    ] {
        tab.visit("/conditions").await;
        tab.click("Mon compte : menu").await;
        tab.says(MARTIN.email).await;
        tab.click(entry).await;
        tab.is_at(path).await;
        tab.until("!document.getElementById('private').hidden").await;
        tab.look(&format!("{path}, signed in")).await;
    }
    tab.click("Mon compte : menu").await;
    tab.look("profile menu").await;
    tab.click("Se déconnecter").await;
    tab.is_at("/").await;
    tab.says("Première visite").await;
    tab.says("Vous êtes déconnecté.").await;
    tab.look("home: signed out").await;
    assert!(!tab.cookies().await.iter().any(|cookie| cookie["name"] == "__Host-session"));

    tab.visit("/mon-compte/sessions").await;
    tab.is_at("/").await;
    tab.says("Connectez-vous pour continuer.").await;
    tab.look("home: sign in to continue").await;
    tab.fill("Adresse e-mail", MARTIN.email).await;
    tab.fill("Mot de passe", MARTIN.password).await;
    tab.click("Se connecter").await;
    tab.is_at("/mon-compte/sessions").await;
}

#[tokio::test]
async fn an_address_is_changed_by_a_link_to_the_new_one_and_taken_back_from_the_old_one() {
    let portal = with_account(&MARTIN).await;
    let device = Device::new(&portal).await;
    let tab = device.tab().await;
    sign_in(&tab, &MARTIN).await;
    let new = "nouvelle.adresse@exemple.example";

    tab.visit("/mon-compte/adresse").await;
    tab.fill("Nouvelle adresse e-mail", MARTIN.email).await;
    tab.fill("Mot de passe actuel", MARTIN.password).await;
    tab.click("Recevoir le lien").await;
    tab.sums_up("C’est déjà votre adresse.").await;
    tab.look("change of address: refused").await;
    tab.fill("Nouvelle adresse e-mail", new).await;
    tab.click("Recevoir le lien").await;
    tab.says("Vérifiez vos e-mails").await;
    tab.says(new).await;
    tab.look("change of address: sent").await;

    let confirm = link_in(&portal.mail_to(new, 1).await);
    tab.follow_mailed(&confirm).await;
    tab.offers("Confirmer cette adresse").await;
    tab.says("Vous êtes connecté à ce compte dans ce navigateur : un clic suffit.").await;
    assert_eq!(tab.evaluate("field('Mot de passe')").await, json!(null));
    tab.look("confirmation").await;
    tab.click("Confirmer cette adresse").await;
    tab.says("Votre adresse est confirmée").await;
    tab.look("confirmation: done").await;
    tab.click("Se connecter").await;
    tab.is_at("/").await;
    assert_eq!(tab.value_of("Adresse e-mail").await, new);
    tab.fill("Mot de passe", MARTIN.password).await;
    tab.click("Se connecter").await;
    tab.is_at("/mon-compte").await;
    tab.says(new).await;
    tab.follow_mailed(&confirm).await;
    tab.says("Ce lien a déjà servi").await;
    tab.look("confirmation: used").await;

    let revert = link_in(&portal.mail_to(MARTIN.email, 3).await);
    tab.follow_mailed(&revert).await;
    tab.offers("Annuler ce changement").await;
    tab.look("revert").await;
    tab.click("Annuler ce changement").await;
    tab.says("Le changement est annulé").await;
    tab.says(MARTIN.email).await;
    tab.look("revert: done").await;
    tab.follow_mailed(&revert).await;
    tab.says("Ce lien a déjà servi").await;
    tab.look("revert: used").await;

    let reset = link_in(&portal.mail_to(MARTIN.email, 4).await);
    tab.follow_mailed(&reset).await;
    tab.fill("Nouveau mot de passe", "neuf merles noirs 9").await;
    tab.click("Enregistrer ce mot de passe").await;
    tab.says("Votre mot de passe est enregistré").await;
    sign_in(&tab, &Household { password: "neuf merles noirs 9", ..MARTIN }).await;
}

#[tokio::test]
async fn an_address_is_confirmed_elsewhere_by_the_password() {
    let portal = with_account(&MARTIN).await;
    let tenant = portal.browser();
    tenant.sign_in(&MARTIN).await.expect_status(200);
    let new = "autre@exemple.example";
    let body = json!({"email": new, "password": MARTIN.password});
    tenant.post("/api/account/email-changes", &body).await.expect_status(202);
    let link = link_in(&portal.mail_to(new, 1).await);
    let other = Household::LEFEVRE;
    portal.tenant(&other).await;
    let device = Device::new(&portal).await;
    let tab = device.tab().await;
    sign_in(&tab, &other).await;

    tab.follow_mailed(&link).await;
    tab.says("Ce navigateur n’est pas connecté au compte.").await;
    tab.says("pour qu’un inconnu, si l’adresse a été mal saisie, n’obtienne rien").await;
    tab.says_no_more("un clic suffit").await;
    tab.look("confirmation: password wanted").await;
    tab.click("Confirmer cette adresse").await;
    assert_eq!(tab.error_of("Mot de passe du compte").await, "Indiquez votre mot de passe.");
    tab.fill("Mot de passe du compte", other.password).await;
    tab.click("Confirmer cette adresse").await;
    tab.sums_up("Mot de passe du compte").await;
    let said = tab.error_of("Mot de passe du compte").await;
    assert_eq!(said, "Ce n’est pas le bon mot de passe.");
    tab.look("confirmation: wrong password").await;
    for _ in 0..9 {
        portal.browser().sign_in(&Household { password: "pas le bon 1", ..MARTIN }).await;
    }
    tab.fill("Mot de passe du compte", MARTIN.password).await;
    tab.click("Confirmer cette adresse").await;
    tab.sums_up("Réessayez dans").await;
    tab.look("confirmation: too many attempts").await;
    portal.advance("PT16M").await;
    tab.click("Confirmer cette adresse").await;

    tab.says("Votre adresse est confirmée").await;
    tab.says(new).await;
    // The session of the other account in this browser goes on, and the page shows that.
    tab.offers("Mon compte : menu").await;
    tenant.account().await.expect_problem(401, "unauthenticated");
}

#[tokio::test]
async fn an_address_link_that_has_expired_leads_to_another() {
    let portal = with_account(&MARTIN).await;
    let tenant = portal.browser();
    tenant.sign_in(&MARTIN).await.expect_status(200);
    let body = json!({"email": "autre@exemple.example", "password": MARTIN.password});
    tenant.post("/api/account/email-changes", &body).await.expect_status(202);
    let link = link_in(&portal.mail_to("autre@exemple.example", 1).await);
    portal.advance("P2D").await;
    let device = Device::new(&portal).await;
    let tab = device.tab().await;

    tab.follow_mailed(&link).await;

    tab.says("Ce lien n’est plus valable").await;
    tab.look("confirmation: expired").await;
    tab.click("Aller à mon compte").await;
    tab.says("Connectez-vous pour continuer.").await;
}

#[tokio::test]
async fn links_of_an_agency_and_of_a_revert_say_when_they_have_expired() {
    let portal = with_account(&MARTIN).await;
    let tenant = portal.browser();
    tenant.sign_in(&MARTIN).await.expect_status(200);
    let request = json!({"kind": "close-account"});
    tenant.post("/api/account/agency-requests", &request).await.expect_status(202);
    let answer = link_in(&portal.mail_to("lilas@bailleur.example", 1).await);
    let body = json!({"email": "autre@exemple.example", "password": MARTIN.password});
    tenant.post("/api/account/email-changes", &body).await.expect_status(202);
    let link = link_in(&portal.mail_to("autre@exemple.example", 1).await);
    let token = json!({"token": link.split_once('#').unwrap().1});
    tenant.post("/api/email-changes/confirm", &token).await.expect_status(200);
    let revert = link_in(&portal.mail_to(MARTIN.email, 4).await);
    portal.advance("P31D").await;
    let device = Device::new(&portal).await;
    let tab = device.tab().await;

    for (link, state) in [(answer, "agency answer: expired"), (revert, "revert: expired")] {
        tab.follow_mailed(&link).await;
        tab.says("Ce lien n’est plus valable").await;
        tab.look(state).await;
    }
    tab.click("Retourner à l’accueil").await;
    tab.is_at("/").await;
}

#[tokio::test]
async fn a_password_is_changed_and_this_session_goes_on() {
    let portal = with_account(&MARTIN).await;
    let (device, other) = (Device::new(&portal).await, portal.browser());
    other.sign_in(&MARTIN).await.expect_status(200);
    let tab = device.tab().await;
    sign_in(&tab, &MARTIN).await;

    tab.visit("/mon-compte/mot-de-passe").await;
    tab.fill("Mot de passe actuel", "pas le bon 1").await;
    tab.fill("Nouveau mot de passe", "sept oies grises 7").await;
    tab.click("Enregistrer").await;
    tab.sums_up("Mot de passe actuel").await;
    tab.look("change of password: wrong").await;
    tab.fill("Mot de passe actuel", MARTIN.password).await;
    tab.fill("Nouveau mot de passe", MARTIN.password).await;
    tab.click("Enregistrer").await;
    tab.sums_up("C’est déjà votre mot de passe.").await;
    let said = tab.error_of("Nouveau mot de passe").await;
    assert_eq!(said, "C’est déjà votre mot de passe. Choisissez-en un autre.");
    tab.look("change of password: unchanged").await;
    tab.fill("Nouveau mot de passe", "sept oies grises 7").await;
    let name = "document.querySelector('[data-rule=name]').dataset.state";
    assert_eq!(tab.text(name).await, "kept", "both names are known here");
    tab.click("Enregistrer").await;

    tab.says("Votre mot de passe est modifié").await;
    tab.look("change of password: done").await;
    tab.reload().await;
    tab.says("Modifier mon mot de passe").await;
    other.account().await.expect_problem(401, "unauthenticated");
    portal.mail_to(MARTIN.email, 3).await;
}

#[tokio::test]
async fn a_household_that_moves_takes_its_account_along() {
    let portal = with_account(&MARTIN).await;
    let next = Household { lease: "87654321", ..MARTIN };
    portal.import(&[next.row("")]).await.expect_status(200);
    let device = Device::new(&portal).await;
    let tab = device.tab().await;
    sign_in(&tab, &MARTIN).await;

    tab.visit("/mon-compte/bail").await;
    tab.fill("Référence client", "99999999").await;
    tab.fill("Nom du signataire principal", next.last_name).await;
    tab.fill("Votre mot de passe", next.password).await;
    tab.click("Rattacher ce bail").await;
    tab.until("document.activeElement.matches('.error-summary')").await;
    tab.look("change of lease: refused").await;
    tab.fill("Référence client", next.lease).await;
    tab.click("Rattacher ce bail").await;

    tab.says("Votre compte est rattaché à ce bail").await;
    tab.says(next.lease).await;
    tab.look("change of lease: done").await;
}

#[tokio::test]
async fn a_session_elsewhere_is_ended_from_the_list() {
    let portal = with_account(&MARTIN).await;
    let (here, there) = (Device::new(&portal).await, Device::new(&portal).await);
    let (tab, other) = (here.tab().await, there.tab().await);
    sign_in(&other, &MARTIN).await;
    sign_in(&tab, &MARTIN).await;

    other.visit("/mon-compte/adresse").await;
    other.is_at("/mon-compte/adresse").await;
    tab.visit("/mon-compte/sessions").await;
    tab.says("Cet appareil").await;
    tab.says("Chrome sur Linux").await;
    tab.look("sessions: several").await;

    // The other device and the harness each have a session, in any order of the list.
    tab.click("Fermer").await;
    tab.says("La session est fermée.").await;
    tab.look("sessions: one ended").await;
    tab.click("Fermer").await;
    tab.until("document.getElementById('sessions').children.length === 1").await;

    other.reload().await;
    other.is_at("/").await;
    other
        .says("Cette session a été fermée depuis un autre appareil connecté à votre compte.")
        .await;
    other.look("home: session ended elsewhere").await;
    other.prefer("en").await;
    other.reload().await;
    other.says("This session was ended from another device").await;
    other.look("home: session ended elsewhere, in English").await;
}

#[tokio::test]
async fn a_session_that_has_expired_is_announced() {
    let portal = with_account(&MARTIN).await;
    let device = Device::new(&portal).await;
    let tab = device.tab().await;
    sign_in(&tab, &MARTIN).await;
    portal.advance("PT13H").await;

    tab.visit("/mon-compte/sessions").await;

    tab.is_at("/").await;
    tab.says("Votre session a pris fin : elle dure 12 heures sans activité").await;
    tab.fill("Adresse e-mail", MARTIN.email).await;
    tab.fill("Mot de passe", MARTIN.password).await;
    tab.click("Se connecter").await;
    tab.is_at("/mon-compte/sessions").await;
}

#[tokio::test]
async fn paperless_delivery_starts_at_once_and_paper_comes_back_through_the_agency() {
    let portal = with_account(&MARTIN).await;
    let (device, agency) = (Device::new(&portal).await, Device::new(&portal).await);
    let tab = device.tab().await;
    sign_in(&tab, &MARTIN).await;

    tab.visit("/mon-compte/demandes").await;
    tab.click("Recevoir mes documents sans papier").await;
    tab.says("vos documents arrivent désormais sans papier").await;
    tab.look("requests: without paper").await;
    tab.click("Envoyer ma demande").await;
    tab.sums_up("Choisissez ce que vous demandez.").await;
    tab.look("requests: errors").await;
    tab.tick("Recevoir de nouveau mes documents par courrier").await;
    tab.fill("Message (facultatif)", "Merci d’avance.").await;
    tab.click("Envoyer ma demande").await;
    tab.says("Votre demande est enregistrée").await;
    tab.says("Un e-mail vous dira si elle lui est parvenue").await;
    tab.look("requests: on its way").await;

    let link = link_in(&portal.mail_to("lilas@bailleur.example", 1).await);
    let answer = agency.tab().await;
    answer.follow_mailed(&link).await;
    answer.offers("Confirmer la demande").await;
    for words in ["Camille Martin", MARTIN.lease, "Merci d’avance."] {
        answer.says(words).await;
    }
    answer.says("Recevoir de nouveau ses documents par courrier").await;
    answer.says_no_more("Fermer le compte du foyer").await;
    let is_before = "said().indexOf('Merci d’avance.') < said().indexOf('Confirmer la demande')";
    assert_eq!(answer.evaluate(is_before).await, true);
    answer.look("agency answer").await;
    answer.click("Confirmer la demande").await;
    answer.says("Le foyer recevra de nouveau ses documents par courrier.").await;
    answer.says(MARTIN.lease).await;
    answer.look("agency answer: done").await;
    answer.follow_mailed(&link).await;
    answer.says("Cette demande est déjà traitée").await;
    answer.says("Elle a été acceptée le").await;
    answer.look("agency answer: used").await;

    portal.settle().await;
    tab.visit("/mon-compte").await;
    tab.says("Par courrier").await;
}

#[tokio::test]
async fn a_request_that_is_refused_says_why_and_can_be_made_again() {
    let portal = with_account(&MARTIN).await;
    let (device, agency) = (Device::new(&portal).await, Device::new(&portal).await);
    let tab = device.tab().await;
    sign_in(&tab, &MARTIN).await;
    tab.visit("/mon-compte/demandes").await;
    tab.says("Vous n’en avez fait aucune.").await;
    tab.says("Une fois le compte fermé, personne ne peut plus s’y connecter.").await;
    assert_eq!(tab.evaluate("field('Fermer le compte de mon foyer')").await, json!(null));
    tab.fill("Message (facultatif)", "Nous partons.\nMerci <b>beaucoup</b> !").await;
    tab.click("Envoyer ma demande").await;
    tab.says("Votre demande est enregistrée").await;
    tab.says("Demande ouverte depuis le").await;

    tab.reload().await;
    tab.says("Demande ouverte depuis le").await;
    tab.says_no_more("Envoyer ma demande").await;
    tab.look("requests: all open").await;
    let link = link_in(&portal.mail_to("lilas@bailleur.example", 1).await);
    let (answer, colleague) = (agency.tab().await, agency.tab().await);
    colleague.follow_mailed(&link).await;
    colleague.offers("Confirmer la demande").await;
    answer.follow_mailed(&link).await;
    answer.says("Merci <b>beaucoup</b> !").await;
    answer.click("Refuser la demande").await;
    answer.until("focused() === 'Motif du refus (facultatif)'").await;
    answer.look("agency answer: refusing").await;
    answer.fill("Motif du refus (facultatif)", &"x".repeat(1_001)).await;
    answer.says("1 caractère de trop").await;
    answer.click("Envoyer le refus").await;
    answer.sums_up("Le motif est trop long : 1 000 caractères au plus.").await;
    answer.look("agency answer: reason too long").await;
    answer.fill("Motif du refus (facultatif)", "Un loyer reste dû.").await;
    answer.click("Envoyer le refus").await;
    answer.says("La demande est refusée").await;
    answer.says("Le compte du foyer reste ouvert.").await;
    answer.says("Un loyer reste dû.").await;
    answer.look("agency answer: refused").await;

    // The page says that a colleague has answered, not that the request ended otherwise.
    colleague.click("Confirmer la demande").await;
    colleague.says("Cette demande est déjà traitée").await;
    colleague.says("Elle a été refusée le").await;
    colleague.says("Un loyer reste dû.").await;
    colleague.says_no_more("Le compte du foyer est fermé.").await;
    colleague.look("agency answer: used, refused").await;

    tab.reload().await;
    tab.says("Demande refusée le").await;
    tab.says(": Un loyer reste dû.").await;
    tab.offers("Envoyer ma demande").await;
    tab.look("requests: refused").await;
    tab.click("Envoyer ma demande").await;
    tab.says("Votre demande est enregistrée").await;
}

#[tokio::test]
async fn a_request_that_is_open_is_not_sent_again() {
    let portal = with_account(&MARTIN).await;
    let device = Device::new(&portal).await;
    let (tab, other) = (device.tab().await, device.tab().await);
    sign_in(&tab, &MARTIN).await;
    for tab in [&tab, &other] {
        tab.visit("/mon-compte/demandes").await;
    }
    tab.click("Envoyer ma demande").await;
    tab.says("Votre demande est enregistrée").await;

    other.click("Envoyer ma demande").await;

    other.says("Cette demande est déjà ouverte").await;
    other.says("Demande ouverte depuis le").await;
    other.says_no_more("Votre demande est enregistrée").await;
    other.look("requests: open already").await;
    assert_eq!(portal.mail_names_to("lilas@bailleur.example").await, ["agency-request"]);
}

#[tokio::test]
async fn a_request_that_reached_nobody_says_so_and_a_finished_one_has_its_date() {
    let portal = with_account(&MARTIN).await;
    let device = Device::new(&portal).await;
    let tab = device.tab().await;
    sign_in(&tab, &MARTIN).await;
    tab.visit("/mon-compte/demandes").await;
    tab.click("Recevoir mes documents sans papier").await;
    tab.tick("Recevoir de nouveau mes documents par courrier").await;
    tab.click("Envoyer ma demande").await;
    tab.says("Votre demande est enregistrée").await;
    let token = portal.link_mailed_to("lilas@bailleur.example").await;
    let answer = json!({"token": token});
    portal.browser().post("/api/agency-requests/answer", &answer).await.expect_status(200);
    portal.settle().await;
    portal.fail("ses", "reject", Some(1)).await;
    tab.click("Faire une autre demande").await;
    tab.click("Envoyer ma demande").await;
    tab.says("Votre demande est enregistrée").await;
    portal.settle().await;

    tab.reload().await;

    tab.says("Votre agence n’a pas reçu cette demande. Vous pouvez la refaire.").await;
    tab.says("Demande acceptée le").await;
    tab.look("requests: not delivered, done").await;
    tab.click("English").await;
    tab.says("Your agency has not received this request. You can make it again.").await;
    tab.says("Request accepted on").await;
    tab.offers("Send my request").await;
}

#[tokio::test]
async fn requests_that_cannot_be_read_leave_the_form() {
    let portal = with_account(&MARTIN).await;
    let device = Device::new(&portal).await;
    let tab = device.tab().await;
    sign_in(&tab, &MARTIN).await;
    tab.block("*/api/account/agency-requests").await;
    tab.expects("net::ERR_BLOCKED_BY_CLIENT");

    tab.visit("/mon-compte/demandes").await;

    tab.sums_up("Le service n’a pas pu être joint.").await;
    tab.says_no_more("Vous n’en avez fait aucune.").await;
    tab.offers("Envoyer ma demande").await;
    tab.look("requests: not read").await;
}

#[tokio::test]
async fn a_date_is_the_same_day_in_every_time_zone() {
    let portal = with_account(&MARTIN).await;
    portal.without_checker("writes the day an account closes on, for a lease that has no end");
    let items = portal.items("tenants").await;
    let account = items.into_iter().find(|item| item["email"]["S"] == MARTIN.email).unwrap();
    let device = Device::new(&portal).await;
    let tab = device.tab().await;
    sign_in(&tab, &MARTIN).await;

    for (date, french, english) in [
        ("2027-05-28", "désactivé le 28 mai 2027.", "deactivated on 28 May 2027."),
        ("2027-06-01", "désactivé le 1er juin 2027.", "deactivated on 1 June 2027."),
        ("2027-12-31", "désactivé le 31 décembre 2027.", "deactivated on 31 December 2027."),
    ] {
        let mut account = account.clone();
        account["closes_on"] = json!({"S": date});
        portal.put_items("tenants", &[account]).await;
        for zone in ["America/Martinique", "Pacific/Tahiti", "Europe/Paris", "Pacific/Kiritimati"] {
            tab.travel_to(zone).await;
            tab.visit("/mon-compte").await;
            tab.says(french).await;
        }
        tab.click("English").await;
        tab.says(english).await;
        tab.click("Français").await;
        tab.says(french).await;
    }
}

#[tokio::test]
async fn a_household_with_one_name_is_called_by_that_name() {
    let portal = Portal::open().await;
    let company = Household {
        lease: "45678901",
        first_name: "",
        last_name: "SCI des Tilleuls",
        email: "contact@tilleuls.example",
        password: "huit cygnes blancs 8",
    };
    portal.import(&[company.row("")]).await.expect_status(200);
    let tenant = portal.tenant(&company).await;
    let device = Device::new(&portal).await;
    let tab = device.tab().await;
    sign_in(&tab, &company).await;

    tab.says("Le compte du foyer de SCI des Tilleuls").await;
    tab.offers("Mon compte : menu").await;
    assert_eq!(tab.text("document.getElementById('hello').textContent").await, "Bonjour");
    assert_eq!(
        tab.text("document.getElementById('profile-name').textContent").await,
        "SCI des Tilleuls"
    );
    let who = "document.getElementById('who').textContent";
    assert_eq!(tab.text(who).await, "Le compte du foyer de SCI des Tilleuls");
    tab.look("account: one name").await;
    let odd = "/null|undefined|NaN| - /.test(said())";
    assert_eq!(tab.evaluate(odd).await, false);
    tab.visit("/mon-compte/mot-de-passe").await;
    tab.fill("Nouveau mot de passe", "neuf merles noirs 9").await;
    let name = "document.querySelector('[data-rule=name]').dataset.state";
    // One text may have the names of several people. Only the server can tell them apart.
    assert_eq!(tab.text(name).await, "later");
    tab.click("English").await;
    tab.until("document.documentElement.lang === 'en'").await;
    tab.visit("/mon-compte").await;
    tab.until("document.getElementById('hello').textContent === 'Hello'").await;

    let request = json!({"kind": "close-account"});
    tenant.post("/api/account/agency-requests", &request).await.expect_status(202);
    let agency = Device::new(&portal).await;
    let answer = agency.tab().await;
    answer.follow_mailed(&link_in(&portal.mail_to("lilas@bailleur.example", 1).await)).await;
    answer.until("document.querySelector('[data-name]').textContent === 'SCI des Tilleuls'").await;
    answer.says_no_more("Message du locataire").await;
    answer.look("agency answer: one name, no message").await;
}

#[tokio::test]
async fn an_account_closed_by_the_agency_is_signed_out() {
    let portal = with_account(&MARTIN).await;
    let device = Device::new(&portal).await;
    let tab = device.tab().await;
    sign_in(&tab, &MARTIN).await;
    tab.visit("/mon-compte/demandes").await;
    tab.click("Envoyer ma demande").await;
    tab.says("Votre demande est enregistrée").await;

    let link = link_in(&portal.mail_to("lilas@bailleur.example", 1).await);
    let agency = device.tab().await;
    agency.follow_mailed(&link).await;
    agency.click("Confirmer la demande").await;
    agency.says("Le compte du foyer est fermé.").await;

    tab.reload().await;
    tab.is_at("/").await;
    tab.says("Votre session a pris fin parce que le compte est fermé.").await;
}

#[tokio::test]
async fn all_held_data_are_downloaded_as_a_file() {
    let portal = with_account(&MARTIN).await;
    let device = Device::new(&portal).await;
    let tab = device.tab().await;
    sign_in(&tab, &MARTIN).await;
    tab.visit("/mon-compte/donnees").await;

    tab.click("Télécharger mes données").await;
    tab.says("Le fichier est prêt").await;
    tab.look("data: downloaded").await;

    let file = device.downloads().join("mon-espace-locataire.json");
    for _ in 0..200 {
        if file.exists() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    let data: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    assert_eq!(data["account"]["email"], MARTIN.email);
}

#[tokio::test]
async fn the_account_says_when_it_closes_and_that_the_terms_have_changed() {
    let portal = with_account(&MARTIN).await;
    portal.import(&[MARTIN.row("2031-03-31")]).await.expect_status(200);
    let items = portal.items("tenants").await;
    let mut account = items.into_iter().find(|item| item["email"]["S"] == MARTIN.email).unwrap();
    account["terms"]["M"]["version"]["S"] = json!("2020-01");
    portal.put_items("tenants", &[account]).await;
    let device = Device::new(&portal).await;
    let tab = device.tab().await;

    sign_in(&tab, &MARTIN).await;

    tab.says("Votre compte sera désactivé le 30 juin 2031").await;
    tab.says("Les conditions générales ont changé.").await;
    tab.look("account: closing, new terms").await;
    tab.click("J’accepte les nouvelles conditions").await;
    tab.says_no_more("Les conditions générales ont changé.").await;
    tab.reload().await;
    tab.says("Votre compte sera désactivé").await;
    tab.says_no_more("Les conditions générales ont changé.").await;
}

#[tokio::test]
async fn a_remembered_identifier_is_filled_in_next_time() {
    let portal = with_account(&MARTIN).await;
    let device = Device::new(&portal).await;
    let tab = device.tab().await;
    tab.visit("/").await;
    tab.tick("Se souvenir de moi").await;
    tab.fill("Adresse e-mail", MARTIN.email).await;
    tab.fill("Mot de passe", MARTIN.password).await;
    tab.click("Se connecter").await;
    tab.is_at("/mon-compte").await;
    let cookies = tab.cookies().await;
    let session = cookies.iter().find(|cookie| cookie["name"] == "__Host-session").unwrap();
    assert_eq!(session["session"], false, "it outlives the browser");

    tab.click("Mon compte : menu").await;
    tab.click("Se déconnecter").await;
    tab.is_at("/").await;

    assert_eq!(tab.value_of("Adresse e-mail").await, MARTIN.email);
    tab.until("focused() === 'Mot de passe'").await;
    tab.look("home: remembered").await;
    tab.visit("/mot-de-passe-oublie").await;
    assert_eq!(tab.value_of("Adresse e-mail").await, MARTIN.email);
}

#[tokio::test]
async fn a_tenant_who_follows_a_mailed_link_is_still_signed_in() {
    let portal = with_account(&MARTIN).await;
    let device = Device::new(&portal).await;
    let tab = device.tab().await;
    sign_in(&tab, &MARTIN).await;

    tab.follow_mailed(&format!("{}/mon-compte", portal.address())).await;
    tab.says("Bonjour Camille").await;
    tab.follow_mailed(&format!("{}/conditions", portal.address())).await;
    tab.offers("Mon compte : menu").await;
}
