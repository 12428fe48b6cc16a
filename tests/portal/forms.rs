//! Forms when something is wrong: with the typed text, with the network, with the server.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use tests::{Household, Portal};

use crate::device::Device;
use crate::story::{fill_registration, register, sign_in, with_account};

const MARTIN: Household = Household::MARTIN;

#[tokio::test]
async fn an_empty_form_names_each_missing_field_beside_it_and_in_the_summary() {
    let portal = Portal::open().await;
    let device = Device::new(&portal).await;
    let tab = device.tab().await;
    tab.visit("/inscription").await;

    tab.click("Créer mon compte").await;

    tab.sums_up("5 champs sont à corriger").await;
    for (field, said) in [
        ("Référence client", "Indiquez votre référence client."),
        ("Nom du signataire", "Indiquez le nom du signataire principal."),
        ("Adresse e-mail", "Indiquez votre adresse e-mail."),
        ("Choisissez un mot", "Indiquez votre mot de passe."),
        ("J’accepte", "Acceptez les conditions générales pour continuer."),
    ] {
        assert_eq!(tab.error_of(field).await, said);
    }
    assert_eq!(tab.calls(), [""; 0]);
    tab.until("/^Erreur\\s: Inscription – /.test(document.title)").await;
    tab.look("registration: empty").await;
    tab.click("Adresse e-mail – Indiquez votre adresse e-mail.").await;
    tab.until("focused() === 'Adresse e-mail'").await;
    tab.write("camille@exemple.example").await;
    assert_eq!(tab.error_of("Adresse e-mail").await, "");
}

#[tokio::test]
async fn faults_found_by_the_server_are_shown_beside_their_fields_and_typed_text_is_kept() {
    let portal = Portal::open().await;
    let device = Device::new(&portal).await;
    let tab = device.tab().await;
    tab.visit("/inscription").await;
    let wrong = Household { email: "camille", password: "motdepasse1", lease: "12 x", ..MARTIN };

    register(&tab, &wrong).await;

    tab.sums_up("3 champs sont à corriger").await;
    for (field, typed) in [
        ("Référence client", wrong.lease),
        ("Adresse e-mail", wrong.email),
        ("Choisissez un mot de passe", wrong.password),
    ] {
        assert_ne!(tab.error_of(field).await, "", "{field}");
        assert_eq!(tab.value_of(field).await, typed);
    }
    assert_eq!(tab.error_of("Nom du signataire principal").await, "");
    assert_eq!(tab.value_of("Nom du signataire principal").await, wrong.last_name);
    assert_eq!(tab.evaluate("field('J’accepte').checked").await, true);
    tab.look("registration: refused").await;
}

#[tokio::test]
async fn a_lease_that_is_not_recognised_is_announced_above_the_form() {
    let portal = Portal::open().await;
    let device = Device::new(&portal).await;
    let tab = device.tab().await;
    tab.visit("/inscription").await;

    register(&tab, &Household { lease: "11111111", ..MARTIN }).await;

    tab.sums_up("référence").await;
    assert_eq!(tab.value_of("Choisissez un mot de passe").await, MARTIN.password);
    tab.look("registration: lease not recognised").await;
    tab.fill("Référence client", MARTIN.lease).await;
    tab.slow_down(Duration::from_secs(2)).await;
    tab.click("Créer mon compte").await;
    tab.until("document.title.startsWith('Inscription – ')").await;
    tab.slow_down(Duration::ZERO).await;
    tab.is_at("/verifiez-vos-mails").await;
}

#[tokio::test]
async fn the_password_rules_are_ticked_off_while_typing_and_the_password_can_be_shown() {
    let portal = Portal::open().await;
    let device = Device::new(&portal).await;
    let tab = device.tab().await;
    tab.visit("/inscription").await;
    let rules =
        "[...document.querySelectorAll('[data-rule]')].map((r) => r.dataset.state).join(' ')";

    tab.fill("Nom du signataire principal", "Martin").await;
    tab.fill("Choisissez un mot de passe", "martin").await;
    assert_eq!(tab.text(rules).await, "open kept open open later");
    tab.says("Ne respecte pas encore les règles").await;
    tab.look("registration: weak password").await;
    tab.fill("Adresse e-mail", "martin@exemple.example").await;
    assert_eq!(tab.text(rules).await, "open kept open open open");
    tab.fill("Choisissez un mot de passe", "quatre chevaux bleus 4").await;
    assert_eq!(tab.text(rules).await, "kept kept kept later kept");
    tab.says("ne commence pas par le nom ou le prénom – vérifié à l’envoi").await;
    tab.says("Mot de passe très solide").await;

    tab.click("Afficher").await;
    assert_eq!(tab.text("field('Choisissez un mot de passe').type").await, "text");
    tab.look("registration: password shown").await;
    tab.click("Masquer").await;
    assert_eq!(tab.text("field('Choisissez un mot de passe').type").await, "password");
}

#[tokio::test]
async fn the_page_and_the_server_have_the_same_password_rules() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let script = root.join("../functions/portal/components/password-rules/script.js");
    let script = fs::read_to_string(script).unwrap();
    let is_import = |line: &&str| line.starts_with("import ");
    let script: Vec<&str> = script.lines().filter(|line| !is_import(line)).collect();
    let script = script.join("\n").replace("\nexport ", "\n");
    let cases = include_str!("../fixtures/cases/passwords.json");
    let portal = Portal::open().await;
    let device = Device::new(&portal).await;
    let tab = device.tab().await;
    tab.visit("/conditions").await;

    let checked = format!(
        "(() => {{ {script}\nreturn {cases}.map(({{ password, names, email, min }}) => \
         check(password, {{ min, names, areAllNames: true, email }})) }})()"
    );
    let checked = tab.evaluate(&checked).await;

    let cases: Vec<Value> = serde_json::from_str(cases).unwrap();
    assert_eq!(checked.as_array().unwrap().len(), cases.len());
    for (case, checked) in cases.iter().zip(checked.as_array().unwrap()) {
        for rule in ["length", "letter", "digit", "name", "email"] {
            let has = |list: &str| case[list].as_array().is_some_and(|l| l.contains(&json!(rule)));
            let expected = if has("later") { Value::Null } else { json!(!has("broken")) };
            assert_eq!(checked[rule], expected, "{rule}: {case}");
        }
    }
}

#[tokio::test]
async fn rules_that_need_the_lease_are_checked_by_the_server() {
    let portal = Portal::open().await;
    let marie = Household {
        lease: "34567890",
        first_name: "Marie",
        last_name: "Durand",
        email: "mdurand@exemple.example",
        password: "marie-lune-2027",
    };
    portal.import(&[marie.row("")]).await.expect_status(200);
    let device = Device::new(&portal).await;
    let tab = device.tab().await;
    tab.visit("/inscription").await;
    tab.says("ne commence pas par le nom ou le prénom – vérifié à l’envoi").await;

    fill_registration(&tab, &marie).await;

    let name = "document.querySelector('[data-rule=name]').dataset.state";
    assert_eq!(tab.text(name).await, "later");
    tab.says("ne commence pas par le nom ou le prénom – vérifié à l’envoi").await;
    tab.says_no_more("Bon mot de passe").await;
    tab.says_no_more("Suffisant").await;
    tab.look("registration: checked when sent").await;
    tab.click("Créer mon compte").await;
    tab.sums_up("Choisissez un mot de passe").await;
    let said = tab.error_of("Choisissez un mot de passe").await;
    assert_eq!(said, "Le mot de passe ne doit pas commencer par le nom ou le prénom.");
    tab.look("registration: begins with the first name").await;
}

#[tokio::test]
async fn a_text_that_is_too_long_is_announced_and_stays_in_the_form() {
    let portal = with_account(&MARTIN).await;
    let device = Device::new(&portal).await;
    let tab = device.tab().await;
    sign_in(&tab, &MARTIN).await;
    tab.visit("/mon-compte/demandes").await;

    tab.fill("Message (facultatif)", &"🏠".repeat(999)).await;
    tab.until("said().replace(/\\s/g, '').includes('999sur1000')").await;
    tab.fill("Message (facultatif)", &"🏠".repeat(1_012)).await;
    tab.says("12 caractères de trop").await;
    tab.says("Le texte est trop long : 1 000 caractères au plus.").await;
    tab.click("Envoyer ma demande").await;

    tab.sums_up("Message (facultatif) – Le message est trop long : 1 000 caractères au plus.")
        .await;
    assert_eq!(tab.value_of("Message (facultatif)").await, "🏠".repeat(1_012));
    tab.look("requests: message too long").await;
    tab.fill("Message (facultatif)", &"🏠".repeat(1_000)).await;
    tab.says_no_more("de trop").await;
    tab.click("Envoyer ma demande").await;
    tab.says("Votre demande est enregistrée").await;
}

#[tokio::test]
async fn wrong_credentials_are_announced_and_stay_in_the_form() {
    let portal = with_account(&MARTIN).await;
    let device = Device::new(&portal).await;
    let tab = device.tab().await;
    tab.visit("/").await;
    tab.fill("Adresse e-mail", MARTIN.email).await;
    tab.fill("Mot de passe", "pas le bon 1").await;

    tab.click("Se connecter").await;

    tab.until("document.activeElement.matches('.error-summary')").await;
    assert_eq!(tab.value_of("Adresse e-mail").await, MARTIN.email);
    assert_eq!(tab.value_of("Mot de passe").await, "pas le bon 1");
    tab.look("home: wrong credentials").await;
}

#[tokio::test]
async fn too_many_attempts_are_announced_with_the_time_to_wait() {
    let portal = with_account(&MARTIN).await;
    let stranger = portal.browser();
    for _ in 0..10 {
        let wrong = Household { password: "pas le bon 1", ..MARTIN };
        stranger.sign_in(&wrong).await;
    }
    let device = Device::new(&portal).await;
    let tab = device.tab().await;
    tab.visit("/").await;
    tab.fill("Adresse e-mail", MARTIN.email).await;
    tab.fill("Mot de passe", MARTIN.password).await;

    tab.click("Se connecter").await;

    tab.sums_up("Réessayez dans").await;
    tab.look("home: too many attempts").await;
    portal.advance("PT16M").await;
    tab.click("Se connecter").await;
    tab.is_at("/mon-compte").await;
}

#[tokio::test]
async fn two_clicks_send_a_form_once() {
    let portal = Portal::open().await;
    let device = Device::new(&portal).await;
    let tab = device.tab().await;
    tab.visit("/inscription").await;
    fill_registration(&tab, &MARTIN).await;

    tab.click_twice("Créer mon compte").await;

    tab.is_at("/verifiez-vos-mails").await;
    assert_eq!(tab.calls(), ["POST /api/registrations"]);
    tab.click_twice("Renvoyer l’e-mail").await;
    tab.says("un autre e-mail arrive dans quelques minutes").await;
    let sent = tab.calls().into_iter().filter(|call| call.ends_with("/resend"));
    assert_eq!(sent.count(), 1);
    assert_eq!(portal.mail_names_to(MARTIN.email).await, ["activation"; 2]);
}

#[tokio::test]
async fn a_slow_network_is_announced_while_the_tenant_waits() {
    let portal = with_account(&MARTIN).await;
    let device = Device::new(&portal).await;
    let tab = device.tab().await;
    tab.visit("/").await;
    tab.fill("Adresse e-mail", MARTIN.email).await;
    tab.fill("Mot de passe", MARTIN.password).await;
    tab.slow_down(Duration::from_secs(5)).await;

    tab.click("Se connecter").await;

    tab.says("La connexion est lente.").await;
    tab.look("home: slow network").await;
    tab.click("Se connecter").await;
    tab.slow_down(Duration::ZERO).await;
    tab.is_at("/mon-compte").await;
    let sent = tab.calls().into_iter().filter(|call| call == "POST /api/sessions");
    assert_eq!(sent.count(), 1);
}

#[tokio::test]
async fn a_tenant_without_network_is_told_and_goes_on_when_it_is_back() {
    let portal = Portal::open().await;
    let device = Device::new(&portal).await;
    let tab = device.tab().await;
    tab.expects("net::ERR_INTERNET_DISCONNECTED");
    tab.visit("/inscription").await;
    fill_registration(&tab, &MARTIN).await;

    tab.cut_network(true).await;
    tab.says("Vous êtes hors connexion.").await;
    tab.click("Créer mon compte").await;
    tab.sums_up("Rien n’est perdu").await;
    tab.look("registration: offline").await;
    assert_eq!(tab.value_of("Choisissez un mot de passe").await, MARTIN.password);

    tab.cut_network(false).await;
    tab.says_no_more("Ce que vous avez saisi reste à l’écran").await;
    tab.click("Créer mon compte").await;
    tab.is_at("/verifiez-vos-mails").await;
}

#[tokio::test]
async fn an_account_that_cannot_be_reached_can_be_tried_again() {
    let portal = with_account(&MARTIN).await;
    let device = Device::new(&portal).await;
    let tab = device.tab().await;
    tab.expects("status of 503");
    sign_in(&tab, &MARTIN).await;
    portal.fail("dynamodb", "down", None).await;

    tab.reload().await;
    tab.says("Votre compte n’a pas pu être ouvert").await;
    tab.look("account: unreachable").await;
    portal.fail("dynamodb", "none", None).await;
    tab.click("Réessayer").await;

    tab.says("Bonjour Camille").await;
}

#[tokio::test]
async fn a_link_that_cannot_be_checked_can_be_tried_again() {
    let portal = Portal::open().await;
    portal.browser().register(&MARTIN).await.expect_status(202);
    let link = crate::story::link_in(&portal.mail_to(MARTIN.email, 1).await);
    portal.fail("dynamodb", "down", None).await;
    let device = Device::new(&portal).await;
    let tab = device.tab().await;
    tab.expects("status of 503");

    tab.follow_mailed(&link).await;
    tab.says("Le lien n’a pas pu être vérifié").await;
    tab.look("link: unreachable").await;
    portal.fail("dynamodb", "none", None).await;
    tab.click("Réessayer").await;

    tab.offers("Activer mon compte").await;
}

#[tokio::test]
async fn typed_text_is_kept_when_the_session_ends() {
    let portal = with_account(&MARTIN).await;
    let device = Device::new(&portal).await;
    let (tab, other) = (device.tab().await, portal.browser());
    sign_in(&tab, &MARTIN).await;
    tab.visit("/mon-compte/demandes").await;
    tab.fill("Message (facultatif)", "Nous partons en mai.").await;
    other.sign_in(&MARTIN).await.expect_status(200);
    let body = json!({"current_password": MARTIN.password, "new_password": "neuf merles noirs 9"});
    let sent = other.send(reqwest::Method::PUT, "/api/account/password", &body).await;
    sent.expect_status(204);

    tab.click("Envoyer ma demande").await;

    tab.sums_up("parce que le mot de passe ou l’adresse e-mail du compte a changé").await;
    tab.sums_up("Ce que vous avez saisi est toujours là. Reconnectez-vous (nouvel onglet), puis")
        .await;
    assert_eq!(tab.value_of("Message (facultatif)").await, "Nous partons en mai.");
    tab.look("requests: session ended").await;
    let second = device.tab().await;
    sign_in(&second, &Household { password: "neuf merles noirs 9", ..MARTIN }).await;
    tab.click("Envoyer ma demande").await;
    tab.says("Votre demande est enregistrée").await;
}
