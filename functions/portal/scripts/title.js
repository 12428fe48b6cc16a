// The title of the page: what the tab and a screen reader call it. It says when something is wrong,
// and follows what was done.

import { t } from "./messages.js";

const whole = document.title;

/** The service and the landlord. */
const place = whole.slice(whole.indexOf(" – "));

const first = whole.slice(0, -place.length);

let name = first;
let isFaulty = false;

/**
 * Calls the page by other words, or as it was called first.
 * @param {string} [words]
 */
export function retitle(words = first) {
  name = words;
  isFaulty = false;
  write();
}

/**
 * Says whether something on the page is wrong.
 * @param {boolean} isSo
 */
export function faulty(isSo) {
  isFaulty = isSo;
  write();
}

function write() {
  document.title = (isFaulty ? t("error_summary.title", { name }) : name) + place;
}
