// Pages of the agency: nothing is shown until a member of staff is signed in. When their session ends,
// the page is put away with what was typed on it, and comes back once they have signed in again.

import { asProblem } from "../../scripts/api.js";
import { all, first, one } from "../../scripts/elements.js";
import { t } from "../../scripts/messages.js";
import { follow, ready } from "../../scripts/staff.js";
import { retitle } from "../../scripts/title.js";

/** Where the tab keeps the page that one wanted, until one is signed in. */
const WANTED = "wanted";

const link = one("sign-in-link", HTMLAnchorElement);

/** Whose page it is. */
let whose = "";

/** What had the focus when the page was put away. */
let focused = /** @type {Element | null} */ (null);

/**
 * Shows the page once `prepare` has drawn it for whoever is signed in; else asks to sign in.
 * @param {(staff: Staff) => unknown} [prepare]
 */
export async function whenStaff(prepare = () => {}) {
  one("retry").addEventListener("click", () => location.reload());
  try {
    const staff = (await ready) || (await whoSignsIn());
    if (goesOn()) return;
    whose = staff.name;
    reveal("waiting");
    // All of it is shown at once: nothing moves.
    await prepare(staff);
  } catch (problem) {
    if (asProblem(problem).code !== "session_ended") return reveal("unreachable");
    ask(t("staff_gate.why.ended"));
    return void signedIn().then(() => location.reload());
  }
  reveal("private");
  // What went wrong while it was hidden could not be given the focus.
  for (const summary of all(".error-summary:not([hidden])", one("private"))) summary.focus();
  follow((staff) => {
    if (staff) comeBack(staff);
    else putAway();
  });
}

/** Asks to sign in, and waits until somebody does. */
function whoSignsIn() {
  ask(whyHere());
  return signedIn();
}

/**
 * Waits until somebody signs in, in another tab.
 * @returns {Promise<Staff>}
 */
const signedIn = () =>
  new Promise((done) => {
    follow((staff) => {
      if (staff) done(staff);
    });
  });

function putAway() {
  if (one("private").hidden) return;
  focused = document.activeElement;
  ask(t("staff_gate.why.ended"));
  // What is typed would be lost if the provider's page replaced this one.
  if (all("#private form [name]").some(isTyped)) {
    link.target = "_blank";
    one("new-tab").hidden = false;
    one("why").textContent = t("staff_gate.why.ended_typed");
  }
}

/** @param {Staff} staff */
function comeBack(staff) {
  if (!one("private").hidden) return;
  // Somebody else sees a page of their own.
  if (staff.name !== whose) return location.reload();
  reveal("private");
  if (focused instanceof HTMLElement) focused.focus();
}

/** @param {HTMLElement} field */
const isTyped = (field) =>
  /** @type {HTMLInputElement} */ (field).value !==
  /** @type {HTMLInputElement} */ (field).defaultValue;

/**
 * Asks to sign in, and says why.
 * @param {string} why
 */
function ask(why) {
  one("why").textContent = why;
  one("why").hidden = !why;
  reveal("sign-in");
  const title = first(one("sign-in"), "h1");
  retitle(title.innerText);
  if (why) title.focus();
}

/**
 * Shows one part of the page.
 * @param {string} part
 */
function reveal(part) {
  for (const name of ["waiting", "unreachable", "sign-in", "private"]) {
    one(name).hidden = name !== part;
  }
  if (part === "private") retitle();
}

/** Why one is to sign in: what the server says in the fragment after a sign-in that failed. */
function whyHere() {
  const why = location.hash.slice(1);
  const words = known(why);
  if (words) history.replaceState(history.state, "", location.pathname);
  if (words || location.pathname === "/agence") return words;
  return t("staff_gate.why.first");
}

/** @param {string} why */
function known(why) {
  switch (why) {
    case "signed-out":
      return t("staff_gate.why.signed_out");
    case "denied":
      return t("staff_gate.why.denied");
    case "no-role":
      return t("staff_gate.why.no_role");
    case "second-factor":
      return t("staff_gate.why.second_factor");
    case "expired":
      return t("staff_gate.why.expired");
    case "unavailable":
      return t("staff_gate.why.unavailable");
    default:
      return "";
  }
}

// Signing in leads to the search page: the tab remembers which page was wanted.
link.addEventListener("click", () => {
  if (link.target || location.pathname === "/agence") return;
  sessionStorage.setItem(WANTED, location.pathname + location.hash);
});

/** Goes on to the page that was wanted before one signed in. */
function goesOn() {
  const wanted = sessionStorage.getItem(WANTED) || "";
  sessionStorage.removeItem(WANTED);
  if (location.pathname !== "/agence") return false;
  if (!/^\/agence\/(foyer#\d+|demandes|imports)$/.test(wanted)) return false;
  location.replace(wanted);
  return true;
}
