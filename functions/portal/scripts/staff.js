// Which member of staff is signed in, and calls to the API in their name. The cookie of the session is
// out of any script's reach.

import { Problem, send } from "./api.js";
import { t } from "./messages.js";

const tabs = "BroadcastChannel" in window ? new BroadcastChannel("staff") : null;

/** @type {Set<(staff: Staff | null) => void>} */
const listeners = new Set();

/** @type {Staff | null} */
let current = null;

/** Whether it is known who is signed in. */
let isKnown = false;

/** How long a session lasts after a call, in milliseconds (shared/src/domain/staff.rs). */
const IDLE = 30 * 60_000;

let timer = 0;

/** Who is signed in, once it is known; null when nobody is. */
export const ready = find();
// Whoever needs it sees the failure; the others do without.
ready.catch(() => {});

/**
 * Whether one may do `act`.
 * @param {string} act
 */
export const may = (act) => Boolean(current?.may.includes(act));

/**
 * Calls `listener` with who is signed in, now and whenever that changes.
 * @param {(staff: Staff | null) => void} listener
 */
export function follow(listener) {
  listeners.add(listener);
  ready.then(listener, () => {});
}

/** Asks the server who is signed in. */
export async function find() {
  try {
    /** @type {Staff} */
    const staff = await send("GET", "/api/staff/session");
    const isNew = !current;
    current = staff;
    isKnown = true;
    stay();
    if (isNew) announce();
    tell("in");
    return staff;
  } catch (problem) {
    if (!(problem instanceof Problem) || problem.status !== 401) throw problem;
    isKnown = true;
    end();
    return null;
  }
}

/** Signs out, here and in the other tabs. */
export async function signOut() {
  try {
    await send("DELETE", "/api/staff/session");
  } catch (problem) {
    if (!(problem instanceof Problem) || problem.status !== 401) throw problem;
  }
  tell("out");
  leave();
}

/** Shows the page on which one signs in; nothing of a household stays on the screen. */
function leave() {
  const there = "/agence#signed-out";
  if (location.pathname !== "/agence") return location.replace(there);
  history.replaceState(null, "", there);
  location.reload();
}

/**
 * Calls the API as whoever is signed in, and gives a refusal the words that staff need.
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 */
export async function call(method, path, body) {
  try {
    const answer = await send(method, path, body);
    stay();
    tell("active");
    return answer;
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    const { status, code } = problem;
    if (status === 401) {
      end();
      throw new Problem({ status, code: "session_ended", detail: t("staff.nothing_done") });
    }
    if (status === 403) throw new Problem({ status, code, detail: t("staff.forbidden") });
    throw problem;
  }
}

/**
 * Whether the state of a call is unknown: its answer was lost, or the server failed.
 * @param {unknown} problem
 */
export const isUnknown = (problem) =>
  problem instanceof Problem && (problem.status === 0 || problem.status >= 500);

/**
 * The next page of a list that has something in it, or the last one.
 * @param {string} path
 * @param {Record<string, string>} parameters
 * @param {string} list
 * @returns {Promise<any>}
 */
export async function pageOf(path, parameters, list) {
  const query = new URLSearchParams(parameters);
  for (;;) {
    const answer = await call("GET", `${path}?${query}`);
    if (answer[list].length || !answer.next) return answer;
    query.set("after", answer.next);
  }
}

/**
 * What a role is called.
 * @param {Staff} staff
 */
export function roleOf({ role }) {
  if (role === "supervisor") return t("staff.role.supervisor");
  return role === "agent" ? t("staff.role.agent") : t("staff.role.reader");
}

/**
 * The agencies that one sees.
 * @param {Staff} staff
 */
export const agenciesOf = ({ agencies }) =>
  agencies.includes("*") ? t("staff.all_agencies") : agencies.join(", ");

/** The session has been used: it ends later. */
function stay() {
  clearTimeout(timer);
  // Not until `expires_at`: this computer's clock may be another than the server's.
  if (current) timer = window.setTimeout(end, IDLE);
}

/** The session has ended, or there is none. */
function end() {
  clearTimeout(timer);
  const was = current;
  current = null;
  if (was) announce();
}

function announce() {
  for (const listener of listeners) listener(current);
}

/** @param {"in" | "out" | "active"} what */
function tell(what) {
  tabs?.postMessage({ what, who: current?.name });
}

if (tabs) {
  tabs.onmessage = ({ data: { what, who } }) => {
    if (what === "out") {
      if (current) leave();
    } else if (!current) {
      if (what === "in") find().catch(() => {});
    } else if (who === current.name) {
      stay();
    } else {
      // Somebody else has signed in in this browser: the page is not theirs.
      location.reload();
    }
  };
}

// Without a channel between tabs, coming back to this one is the moment to look.
window.addEventListener("focus", () => {
  if (isKnown && !current) find().catch(() => {});
});

// A page that the Back button brings back may be of somebody who has left since.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
