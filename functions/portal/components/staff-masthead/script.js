// The pages that one may see, and who is signed in: a button that discloses name, role, agencies and
// the way out.

import { asProblem } from "../../scripts/api.js";
import { all, one } from "../../scripts/elements.js";
import { agenciesOf, follow, roleOf, signOut } from "../../scripts/staff.js";
import { keepTyped } from "../../scripts/typed.js";
import { banner } from "../banner/script.js";

const button = one("staff-button");
const list = one("staff-list");
const link = one("language", HTMLAnchorElement);

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

follow((staff) => {
  if (!staff) disclose(false);
  for (const part of [button, one("staff-pages")]) {
    part.classList.remove("away");
    part.hidden = !staff;
  }
  if (!staff) return;
  for (const page of all("[data-may]", one("staff-pages"))) {
    page.hidden = !staff.may.includes(page.dataset.may || "");
  }
  /** @type {Record<string, string>} */
  const known = { name: staff.name, role: roleOf(staff), agencies: agenciesOf(staff) };
  for (const place of all("[data-staff]")) {
    place.textContent = known[place.dataset.staff || ""];
  }
});

one("sign-out").addEventListener("click", async () => {
  try {
    await signOut();
    location.assign("/agence#signed-out");
    location.reload();
  } catch (error) {
    banner(asProblem(error).message);
  }
});

// The language is the server's to choose: the cookie tells it, and the page comes again.
link.addEventListener("click", (event) => {
  event.preventDefault();
  document.cookie = `language=${link.hreflang}; Path=/; Max-Age=31536000; SameSite=Lax; Secure`;
  keepTyped();
  location.reload();
});
