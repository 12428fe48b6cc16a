// Pages that a mailed link leads to. The token is in the fragment, which no server is sent; it
// leaves the address bar at once and stays with this entry of the tab's history, so that coming
// back to the tab works, until it is used.

import { Problem, asProblem, send } from "../../scripts/api.js";
import { carrying } from "../../scripts/carried.js";
import { all, first, one } from "../../scripts/elements.js";
import { retitle } from "../../scripts/title.js";

/** What every token is: 32 bytes in base64url. */
const TOKEN = /[A-Za-z0-9_-]{43}/;

/** The state of the page that a refusal leads to, by its code. */
const STATES = /** @type {Record<string, string>} */ ({
  link_invalid: "invalid",
  link_expired: "expired",
  link_used: "used",
  household_already_registered: "taken",
  email_already_used: "taken",
});

/**
 * Takes the token out of the address bar, looks at the link and shows its state; `prepare` is given
 * a link that can be used before it is shown, `prepareUsed` one that was used.
 * @param {string} purpose
 * @param {(link: any) => void} [prepare]
 * @param {(link: any) => void} [prepareUsed]
 */
export async function openLink(purpose, prepare = () => {}, prepareUsed = () => {}) {
  takeToken();
  if (!token()) return show("invalid");
  show("loading");
  try {
    const link = await look();
    const state = link.purpose === purpose ? link.status : "invalid";
    if (state === "valid") prepare(link);
    if (state === "used") prepareUsed(link);
    show(state);
  } catch (error) {
    const { code, message } = asProblem(error);
    if (code === "link_invalid" || code === "invalid_fields") return show("invalid");
    show("unreachable", message);
    first(document, "[data-retry]").onclick = () => openLink(purpose, prepare, prepareUsed);
  }
}

/** Looks at the link, also once it was used. */
export const look = () => send("POST", "/api/links/show", { token: token() || used });

/** The token of the link that was just used: it has left the history. */
let used = "";

/**
 * Sends what the link is for and returns the answer; null where the link cannot be used, which is
 * then shown.
 * @param {string} path
 * @param {object} [body]
 */
export async function follow(path, body = {}) {
  try {
    const answer = await send("POST", path, { token: token(), ...body });
    used = token();
    history.replaceState(null, "");
    return answer || {};
  } catch (error) {
    const { code, message } = asProblem(error);
    const state = STATES[code];
    if (!state) throw error;
    show(state, message);
    return null;
  }
}

/**
 * The same where it takes whoever asked for it: the browser they did it in, or their password, which
 * `values` has if it was asked for.
 * @param {string} path
 * @param {Values} values
 */
export async function followAsWhoAsked(path, values) {
  try {
    return await follow(path, values);
  } catch (error) {
    const isOfPassword = /** @param {Fault} fault */ ({ field }) => field === "password";
    const isWanted = error instanceof Problem && error.errors.some(isOfPassword);
    if ("password" in values || !isWanted) throw error;
    // What this browser could show for itself has gone since the link was looked at.
    askPassword(true);
    one("password").focus();
    return null;
  }
}

/**
 * Has the page ask for the password, or say why it need not.
 * @param {boolean} isNeeded
 */
export function askPassword(isNeeded) {
  for (const part of all("[data-password]")) {
    part.hidden = part.dataset.password !== (isNeeded ? "needed" : "not-needed");
  }
}

/**
 * Shows one state of the page, with its reason where it has room for one. A state with a heading of
 * its own has it in place of the page's.
 * @param {string} name
 * @param {string} [reason]
 */
export function show(name, reason = "") {
  for (const state of all(".state")) {
    state.hidden = state.dataset.state !== name;
    if (state.hidden) continue;
    for (const place of all("[data-reason]", state)) place.textContent = reason;
    const [heading] = /** @type {HTMLTemplateElement[]} */ (all("template", state));
    entitle(heading);
  }
}

const title = first(document, "[data-link] h1");
const plain = title.textContent;

/** @param {HTMLTemplateElement} [heading] */
function entitle(heading) {
  if (!heading) {
    title.className = "";
    title.textContent = plain;
    return retitle();
  }
  title.className = heading.className;
  title.replaceChildren(heading.content.cloneNode(true));
  title.focus();
  retitle(title.innerText);
}

/**
 * @param {string} name
 * @param {string} text
 */
export function fill(name, text) {
  for (const place of all(`[data-${name}]`)) place.textContent = text;
}

/**
 * Has the way to the sign-in page find `email` filled in there, by its history entry.
 * @param {string} email
 */
export function signInAs(email) {
  carrying(first(document, "[data-state=done] a", HTMLAnchorElement), () => email);
}

const token = () => (history.state && history.state.token) || "";

function takeToken() {
  if (!fragment()) return;
  const [token] = decoded(fragment()).match(TOKEN) || [""];
  history.replaceState({ ...history.state, token }, "", location.pathname);
}

/**
 * What mail gateways and mail programs put around a link, or encode in it, once or twice, is no part
 * of its token.
 * @param {string} text
 */
const decoded = (text) => once(once(text));

/** @param {string} text */
const once = (text) =>
  text.replace(/%([0-9a-f]{2})/gi, (_, byte) => String.fromCharCode(parseInt(byte, 16)));

/** The fragment, unless it names a part of the page. */
function fragment() {
  const fragment = location.hash.slice(1);
  return document.getElementById(fragment) ? "" : fragment;
}

// The same page, another link: a paste into the address bar only changes the fragment.
window.addEventListener("hashchange", () => fragment() && location.reload());
