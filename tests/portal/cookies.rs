//! The cookie page lists exactly the cookies that the browser holds.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tests::{Household, Portal};

use crate::device::Device;
use crate::story::{link_in, register};

#[tokio::test]
async fn the_cookie_page_lists_what_the_browser_holds_and_for_how_long() {
    let portal = Portal::open().await;
    let household = Household::MARTIN;
    let device = Device::new(&portal).await;
    let tab = device.tab().await;

    tab.visit("/inscription").await;
    assert_eq!(tab.cookies().await, [json!(null); 0]);
    tab.click("English").await;
    tab.until("document.documentElement.lang === 'en'").await;
    tab.click("Français").await;
    tab.until("document.documentElement.lang === 'fr'").await;
    register(&tab, &household).await;
    tab.is_at("/verifiez-vos-mails").await;
    let mut held = tab.cookies().await;
    tab.follow_mailed(&link_in(&portal.mail_to(household.email, 1).await)).await;
    tab.click("Activer mon compte").await;
    tab.says("Votre compte est actif").await;
    tab.click("Se connecter").await;
    tab.fill("Mot de passe", household.password).await;
    tab.tick("Se souvenir de moi").await;
    tab.click("Se connecter").await;
    tab.is_at("/mon-compte").await;
    held.extend(tab.cookies().await);

    tab.visit("/cookies").await;
    let told = tab
        .evaluate(
            "Object.fromEntries([...document.querySelectorAll('[data-cookie]')].map((row) => \
             [row.dataset.cookie, words(row.textContent)]))",
        )
        .await;
    let told: BTreeMap<String, Value> = serde_json::from_value(told).unwrap();
    let by_name = |cookie: &Value| (cookie["name"].as_str().unwrap().to_owned(), cookie.clone());
    let held: BTreeMap<String, Value> = held.iter().map(by_name).collect();
    assert_eq!(told.keys().collect::<Vec<_>>(), held.keys().collect::<Vec<_>>());
    let now = tab.evaluate("Date.now() / 1000").await.as_f64().unwrap();
    for (name, cookie) in &held {
        let told = told[name].as_str().unwrap();
        let (life, days) = match name.as_str() {
            "__Host-session" => ("30 jours", 30.0),
            "__Host-registration" => ("1 jour", 1.0),
            _ => ("1 an", 365.0),
        };
        assert!(told.contains(life) && told.to_lowercase().contains("persistant"), "{told}");
        let held = (cookie["expires"].as_f64().unwrap() - now) / 86_400.0;
        assert!((held - days).abs() < 0.1, "{name}: {held} days are held, {days} told");
        assert_eq!(cookie["secure"], true, "{name}");
        let script_needs_it = matches!(name.as_str(), "identifier" | "language");
        assert_eq!(cookie["httpOnly"], !script_needs_it, "{name}");
    }
}

#[tokio::test]
async fn a_session_cookie_goes_with_the_browser_and_nothing_else_is_kept() {
    let portal = crate::story::with_account(&Household::MARTIN).await;
    let device = Device::new(&portal).await;
    let tab = device.tab().await;

    crate::story::sign_in(&tab, &Household::MARTIN).await;

    let cookies = tab.cookies().await;
    let names = cookies.iter().map(|cookie| cookie["name"].as_str().unwrap());
    let names: std::collections::BTreeSet<_> = names.collect();
    assert_eq!(names, ["__Host-device", "__Host-session"].into());
    let session = cookies.iter().find(|cookie| cookie["name"] == "__Host-session").unwrap();
    assert_eq!(session["session"], true);
    assert_eq!(session["sameSite"], "Strict");
    let kept = "Promise.all([indexedDB.databases(), caches.keys(), \
        navigator.serviceWorker.getRegistrations()]).then((kept) => \
        [localStorage.length, sessionStorage.length, ...kept.map(({length}) => length)].join())";
    assert_eq!(tab.text(kept).await, "0,0,0,0,0");
}
