// Says on top of the page what concerns all of it: that one is offline, above all.

import { one } from "../../scripts/elements.js";

const offline = one("offline");
const words = offline.textContent;

/** @param {string | null} text */
export function banner(text) {
  offline.textContent = text;
  offline.hidden = false;
}

window.addEventListener("offline", () => banner(words));
window.addEventListener("online", () => (offline.hidden = true));
if (navigator.onLine === false) banner(words);
