// What every page has: the profile menu, the language switch, the banner of who is offline.

import { fullName } from "./person.js";
import { account, call, follow, ready, signOut } from "./session.js";
import { keepTyped } from "./typed.js";

const one = (id) => document.getElementById(id);

// Skipping to the content is no step of the tab's history, where links keep their token.
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  one("main").focus();
  one("main").scrollIntoView();
});

// The profile menu: a button that discloses a list.
const menu = one("profile");
const button = one("profile-button");
const list = one("profile-list");

function disclose(open) {
  button.setAttribute("aria-expanded", String(open));
  list.hidden = !open;
}

button.addEventListener("click", () => disclose(list.hidden));
menu.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !list.hidden) {
    disclose(false);
    button.focus();
  }
});
menu.addEventListener("focusout", (event) => {
  if (event.relatedTarget && !menu.contains(event.relatedTarget)) disclose(false);
});
document.addEventListener("pointerdown", (event) => {
  if (!menu.contains(event.target)) disclose(false);
});
for (const link of list.querySelectorAll("a")) {
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
  } catch (problem) {
    banner(problem.message);
  }
});

// The language is the server's to choose: the cookie tells it, and the page comes again.
one("language").addEventListener("click", async (event) => {
  event.preventDefault();
  const chosen = event.currentTarget.hreflang;
  document.cookie = `language=${chosen}; Path=/; Max-Age=31536000; SameSite=Lax; Secure`;
  keepTyped();
  if (account()) {
    await call("PATCH", "/api/account", { language: chosen }).catch(() => {});
  }
  location.reload();
});

// Offline.
const offline = one("offline");
const words = offline.textContent;

function banner(text) {
  offline.textContent = text;
  offline.hidden = false;
}

window.addEventListener("offline", () => banner(words));
window.addEventListener("online", () => (offline.hidden = true));
if (navigator.onLine === false) banner(words);

// A page reached by pushState shares its document with the one before, as history sees it: going
// back has to fetch that one again.
const here = location.pathname;
window.addEventListener("popstate", () => {
  if (location.pathname !== here) location.reload();
});
