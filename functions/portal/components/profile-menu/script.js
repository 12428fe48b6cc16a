// The profile menu: a button that discloses a list, once one is signed in.

import { all, one } from "../../scripts/elements.js";
import { fullName } from "../../scripts/person.js";
import { follow, ready, signOut } from "../../scripts/session.js";
import { asProblem } from "../../scripts/api.js";
import { banner } from "../banner/script.js";

const menu = one("profile");
const button = one("profile-button");
const list = one("profile-list");

/** @param {boolean} open */
function disclose(open) {
  button.setAttribute("aria-expanded", String(open));
  list.hidden = !open;
}

/** @param {EventTarget | null} target */
const isOutside = (target) => target instanceof Node && !menu.contains(target);

button.addEventListener("click", () => disclose(list.hidden));
menu.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !list.hidden) {
    disclose(false);
    button.focus();
  }
});
menu.addEventListener("focusout", (event) => {
  if (isOutside(event.relatedTarget)) disclose(false);
});
document.addEventListener("pointerdown", (event) => {
  if (isOutside(event.target)) disclose(false);
});
for (const link of /** @type {HTMLAnchorElement[]} */ (all("a", list))) {
  if (link.pathname === location.pathname) link.setAttribute("aria-current", "page");
}

follow((account) => {
  menu.hidden = !account;
  one("sign-in-link").hidden = Boolean(account) || location.pathname === "/";
  one("profile-name").textContent = account ? fullName(account) : "";
  one("profile-identity").textContent = account ? account.email : "";
});
ready.finally(() => (document.documentElement.dataset.session = "known")).catch(() => {});

one("sign-out").addEventListener("click", async () => {
  try {
    await signOut();
    location.assign("/");
  } catch (error) {
    banner(asProblem(error).message);
  }
});
