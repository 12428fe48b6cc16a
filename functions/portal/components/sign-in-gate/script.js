// Pages of one's own: nothing is shown until one is signed in.

import { all, one } from "../../scripts/elements.js";
import { follow, ready } from "../../scripts/session.js";

/**
 * Shows the page once the account is known and `prepare` has drawn what depends on it; else leads to
 * sign in.
 * @param {(account: Account) => unknown} [prepare]
 */
export async function whenSignedIn(prepare = () => {}) {
  one("retry").addEventListener("click", () => location.reload());
  let account;
  try {
    account = await ready;
  } catch {
    one("waiting").hidden = true;
    one("unreachable").hidden = false;
    return;
  }
  if (!account) return leave(false);
  // A session that ends by itself leaves what one is typing on the screen.
  follow((account, left) => {
    if (account) fill(account);
    else if (left) leave(true);
  });
  // All of it is shown at once: nothing moves.
  await prepare(account);
  one("waiting").hidden = true;
  one("private").hidden = false;
  // What went wrong while it was hidden could not be given the focus.
  for (const summary of all(".error-summary:not([hidden])", one("private"))) summary.focus();
}

/**
 * Leads to where one signs in, and back here afterwards. Why a session is over the server says there.
 * @param {boolean} signedOut
 */
function leave(signedOut) {
  one("private").hidden = true;
  const end = signedOut ? "&fin=deconnexion" : "";
  location.replace(`/?suite=${encodeURIComponent(location.pathname)}${end}`);
}

/**
 * Writes the account wherever the page shows a part of it.
 * @param {Account} account
 */
function fill(account) {
  for (const place of all("[data-account]")) {
    place.textContent = account[/** @type {"email" | "lease"} */ (place.dataset.account)];
  }
  for (const choice of all("[data-paperless]")) {
    choice.hidden = String(account.paperless) !== choice.dataset.paperless;
  }
  // A password manager has to know whose password is typed.
  for (const username of all("#username")) {
    /** @type {HTMLInputElement} */ (username).value = account.email;
  }
}
