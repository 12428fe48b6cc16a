// Who is signed in. The access token lives in this module's memory and nowhere else; the cookie
// that renews it is out of any script's reach.

import { Problem, send } from "./api.js";
import { t } from "./messages.js";

/** A token is renewed this long before it ends, in milliseconds. */
const AHEAD = 60_000;

const tabs = "BroadcastChannel" in window ? new BroadcastChannel("session") : null;

/** @type {Set<(account: Account | null, left: boolean) => void>} */
const listeners = new Set();

/** @type {{ token: string, account: Account, until: number } | null} */
let current = null;

/**
 * Why there is no session: what the server last refused a token with.
 * @type {Problem | null}
 */
let refusal = null;

/** @type {Promise<void> | null} */
let renewing = null;

let timer = 0;

/**
 * The account, once it is known; null when nobody is signed in. The server says whether the browser
 * may have a session, so that nobody else asks.
 */
export const ready =
  document.documentElement.dataset.session === "maybe"
    ? renew().then(() => account())
    : Promise.resolve(null);
// Whoever needs it sees the failure; the others do without.
ready.catch(() => {});

/** The account of whoever is signed in, or null. */
export function account() {
  return current && current.account;
}

/**
 * Why the session that this browser had is over, where the server knows: null for one who signed out
 * and for one who never signed in.
 */
export const whyEnded = () => (refusal?.reason ? refusal : null);

/**
 * Calls `listener` with the account now and whenever it changes; null when there is none any more,
 * and then whether one has left: what belongs to nobody present must not stay on the screen.
 * @param {(account: Account | null, left: boolean) => void} listener
 */
export function follow(listener) {
  listeners.add(listener);
  ready.then(
    (account) => listener(account, false),
    () => {},
  );
}

/** @param {Values} credentials */
export async function signIn(credentials) {
  keep(await send("POST", "/api/sessions", credentials));
  tell("in");
}

export async function signOut() {
  await send("DELETE", "/api/sessions/current");
  forget(true);
  tell("out");
}

/**
 * Calls the API as whoever is signed in. A session that has ended is a Problem `unauthenticated`.
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 */
export async function call(method, path, body) {
  if (!current || current.until < Date.now()) await renew();
  if (!current) throw ended();
  try {
    return await send(method, path, body, current.token);
  } catch (problem) {
    if (!(problem instanceof Problem) || problem.code !== "unauthenticated") throw problem;
    await renew();
    if (!current) throw ended();
    return send(method, path, body, current.token);
  }
}

/**
 * Takes over the account as an operation has just answered it.
 * @param {Account} changed
 */
export function update(changed) {
  if (!current) return;
  current.account = changed;
  announce();
}

/** The session has ended: one has left, or a change of password or address elsewhere has ended it. */
function forget(left = false) {
  clearTimeout(timer);
  current = null;
  announce(left);
}

/** Finds out whether one is still signed in, after what may have ended one's sessions. */
export async function verify() {
  await ready.catch(() => {});
  if (current) await renew().catch(() => {});
}

/** Asks for another token: one tab after the other, and once in this one. */
function renew() {
  renewing = renewing || alone(refresh).finally(() => (renewing = null));
  return renewing;
}

/** @param {() => Promise<void>} work */
async function alone(work) {
  await (navigator.locks ? navigator.locks.request("session", work) : work());
}

async function refresh() {
  try {
    keep(await send("POST", "/api/sessions/refresh"));
  } catch (problem) {
    const isRefused = problem instanceof Problem && [401, 403].includes(problem.status);
    if (!isRefused) throw problem;
    refusal = problem;
    forget();
  }
}

/** @param {{ access_token: string, expires_in: number, account: Account }} session */
function keep({ access_token: token, expires_in: seconds, account }) {
  const until = Date.now() + seconds * 1000 - AHEAD;
  current = { token, account, until };
  refusal = null;
  clearTimeout(timer);
  timer = window.setTimeout(() => renew().catch(() => {}), until - Date.now());
  announce();
}

function announce(left = false) {
  for (const listener of listeners) listener(account(), left);
}

/** @param {"in" | "out"} what */
function tell(what) {
  tabs?.postMessage(what);
}

if (tabs) {
  tabs.onmessage = ({ data }) => {
    if (data === "out") forget(true);
    else if (!current) renew().catch(() => {});
  };
}

// A page that the Back button brings back may be of somebody who has left since.
window.addEventListener("pageshow", async (event) => {
  if (!event.persisted) return;
  if (current) await renew().catch(() => {});
  if (!current) announce(true);
});

const ended = () =>
  whyEnded() || new Problem({ status: 401, code: "unauthenticated", detail: t("session.ended") });
