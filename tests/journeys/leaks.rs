//! A secret that has leaked.

use serde_json::json;
use tests::{Household, Portal};

const MARTIN: Household = Household::MARTIN;

#[tokio::test]
#[cfg_attr(feature = "deployed", ignore = "rotates the secret and moves the clock")]
async fn five_minutes_after_a_second_rotation_a_leaked_key_opens_nothing_and_new_keys_work() {
    let portal = Portal::open().await;
    let browser = portal.tenant(&MARTIN).await;
    forget(&portal).await;
    let leaked_link = portal.link_mailed_to(MARTIN.email).await;
    let leaked = browser.access_token().expect("an access token");

    portal.rotate_secret(&"second".repeat(16)).await;
    portal.rotate_secret(&"third".repeat(16)).await;
    portal.advance("PT5M1S").await;

    // The token would be valid for another five minutes, but its key is no longer accepted.
    browser.set_access_token(&leaked);
    browser.account().await.expect_problem(401, "unauthenticated");
    let body = json!({"token": leaked_link, "password": "sept oies grises 7"});
    let refused = portal.browser().post("/api/password-resets/confirm", &body).await;
    refused.expect_problem(400, "link_invalid");

    // Functions that stayed warm sign with keys that the others accept.
    browser.sign_in(&MARTIN).await.expect_status(200);
    browser.account().await.expect_status(200);
    forget(&portal).await;
    portal.settle().await;
    let link = portal.link_mailed_to(MARTIN.email).await;
    let body = json!({"token": link, "password": "sept oies grises 7"});
    let reset = portal.browser().post("/api/password-resets/confirm", &body).await;
    reset.expect_status(204);
}

async fn forget(portal: &Portal) {
    let body = json!({"email": MARTIN.email});
    portal.browser().post("/api/password-resets", &body).await.expect_status(202);
}
