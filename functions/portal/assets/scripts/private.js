// Pages of one's own: nothing is shown until one is signed in.

import { follow, ready } from "./session.js";

const one = (id) => document.getElementById(id);

/** Shows the page once the account is known, and calls `shown` with it; else leads to sign in. */
export async function whenSignedIn(shown = () => {}) {
  one("retry").addEventListener("click", () => location.reload());
  let account;
  try {
    account = await ready;
  } catch {
    one("waiting").hidden = true;
    one("unreachable").hidden = false;
    return;
  }
  if (!account) return leave();
  one("waiting").hidden = true;
  one("private").hidden = false;
  // A session that ends by itself leaves what one is typing on the screen.
  follow((account, left) => {
    if (account) fill(account);
    else if (left) leave();
  });
  shown(account);
}

/** Leads to where one signs in, and back here afterwards. */
function leave() {
  one("private").hidden = true;
  location.replace(`/?suite=${encodeURIComponent(location.pathname)}`);
}

/** Writes the account wherever the page shows a part of it. */
function fill(account) {
  for (const place of document.querySelectorAll("[data-account]")) {
    place.textContent = account[place.dataset.account];
  }
  for (const choice of document.querySelectorAll("[data-paperless]")) {
    choice.hidden = String(account.paperless) !== choice.dataset.paperless;
  }
  const username = one("username");
  if (username) username.value = account.email;
}
