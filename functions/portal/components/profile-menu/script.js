// The profile menu: a button that discloses a list, for whoever is signed in.

import { all, one } from "../../scripts/elements.js";
import { fullName } from "../../scripts/person.js";
import { follow, ready, signOut } from "../../scripts/session.js";
import { asProblem } from "../../scripts/api.js";
import { banner } from "../banner/script.js";

const button = one("profile-button");
const list = one("profile-list");

/** @param {boolean} open */
function disclose(open) {
  button.setAttribute("aria-expanded", String(open));
  list.hidden = !open;
}

/** @param {EventTarget | null} target */
const isOutside = (target) =>
  target instanceof Node && !button.contains(target) && !list.contains(target);

button.addEventListener("click", () => disclose(list.hidden));
for (const part of [button, list]) {
  part.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !list.hidden) {
      disclose(false);
      button.focus();
    }
  });
  part.addEventListener("focusout", (event) => {
    if (isOutside(event.relatedTarget)) disclose(false);
  });
}
document.addEventListener("pointerdown", (event) => {
  if (isOutside(event.target)) disclose(false);
});
for (const link of /** @type {HTMLAnchorElement[]} */ (all("a", list))) {
  if (link.pathname === location.pathname) link.setAttribute("aria-current", "page");
}

follow((account) => {
  if (!account) disclose(false);
  button.classList.toggle("away", !account);
  for (const link of all("#sign-in-link")) link.classList.toggle("away", Boolean(account));
  one("profile-name").textContent = account ? fullName(account) : "";
  one("profile-identity").textContent = account ? account.email : "";
});
ready.finally(() => (document.documentElement.dataset.session = "known")).catch(() => {});

one("sign-out").addEventListener("click", async () => {
  try {
    await signOut();
    location.assign("/?fin=deconnexion");
  } catch (error) {
    banner(asProblem(error).message);
  }
});
