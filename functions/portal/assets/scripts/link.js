// Pages that a mailed link leads to. The token is in the fragment, which no server is sent; it
// leaves the address bar at once and stays with this entry of the tab's history, so that coming
// back to the tab works, until it is used.

import { send } from "./api.js";

const states = [...document.querySelectorAll("[data-state]")];

/** What every token is: 32 bytes in base64url. */
const TOKEN = /[A-Za-z0-9_-]{43}/;

/**
 * Takes the token out of the address bar, looks at the link and shows its state; `prepare` is given
 * a link that can be used before it is shown.
 */
export async function openLink(purpose, prepare = () => {}) {
  takeToken();
  if (!token()) return show("invalid");
  show("loading");
  try {
    const link = await look();
    const state = link.purpose === purpose ? link.status : "invalid";
    if (state === "valid") prepare(link);
    show(state);
  } catch (problem) {
    if (problem.code === "link_invalid" || problem.code === "invalid_fields") return show("invalid");
    show("unreachable", problem.message);
    document.querySelector("[data-retry]").onclick = () => openLink(purpose, prepare);
  }
}

/** Looks at the link once more: whether it can be used; where it cannot, that is shown. */
export async function isStillValid() {
  const { status } = await look();
  if (status !== "valid") show(status);
  return status === "valid";
}

const look = () => send("POST", "/api/links/show", { token: token() });

/**
 * Sends what the link is for and returns the answer; null where the link cannot be used, which is
 * then shown.
 */
export async function follow(path, body = {}) {
  try {
    const answer = await send("POST", path, { token: token(), ...body });
    history.replaceState(null, "");
    return answer || {};
  } catch (problem) {
    const state = {
      link_invalid: "invalid",
      link_expired: "expired",
      link_used: "used",
      household_already_registered: "taken",
      email_already_used: "taken",
    }[problem.code];
    if (!state) throw problem;
    show(state, problem.message);
    return null;
  }
}

/**
 * The same where it takes whoever asked for it: the browser they did it in, or their password, which
 * `values` has if it was asked for.
 */
export async function followAsWhoAsked(path, values) {
  try {
    return await follow(path, values);
  } catch (problem) {
    const isWanted = (problem.errors || []).some(({ field }) => field === "password");
    if ("password" in values || !isWanted) throw problem;
    // What this browser could show for itself has gone since the link was looked at.
    askPassword(true);
    document.getElementById("password").focus();
    return null;
  }
}

/** Has the page ask for the password, or say why it need not. */
export function askPassword(isNeeded) {
  for (const part of document.querySelectorAll("[data-password]")) {
    part.hidden = part.dataset.password !== (isNeeded ? "needed" : "not-needed");
  }
}

/** Shows one state of the page, with its reason where it has room for one. */
export function show(name, reason) {
  for (const state of states) state.hidden = state.dataset.state !== name;
  const shown = states.find((state) => !state.hidden);
  const place = shown.querySelector("[data-reason]");
  if (place) place.textContent = reason || "";
  const title = shown.querySelector("h2");
  if (title) title.focus();
}

export const fill = (name, text) => {
  for (const place of document.querySelectorAll(`[data-${name}]`)) place.textContent = text;
};

/** Has the way to the sign-in page find `email` filled in there, by its history entry. */
export function signInAs(email) {
  document.querySelector("[data-state=done] a").addEventListener("click", (event) => {
    event.preventDefault();
    history.pushState({ email }, "", "/");
    location.reload();
  });
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
 */
function decoded(text) {
  const once = (text) =>
    text.replace(/%([0-9a-f]{2})/gi, (_, byte) => String.fromCharCode(parseInt(byte, 16)));
  return once(once(text));
}

/** The fragment, unless it names a part of the page. */
function fragment() {
  const fragment = location.hash.slice(1);
  return document.getElementById(fragment) ? "" : fragment;
}

// The same page, another link: a paste into the address bar only changes the fragment.
window.addEventListener("hashchange", () => fragment() && location.reload());
