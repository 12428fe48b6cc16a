// Pages that a mailed link leads to. The token is in the fragment, which no server is sent; it
// leaves the address bar at once and stays with this entry of the tab's history, so that coming
// back to the tab works, until it is used.

import { send } from "./api.js";

const states = [...document.querySelectorAll("[data-state]")];

/** Takes the token out of the address bar, looks at the link and shows its state. */
export async function openLink(purpose) {
  const token = takeToken();
  if (!token) return show("invalid");
  show("loading");
  try {
    const link = await send("POST", "/api/links/show", { token });
    show(link.purpose === purpose ? link.status : "invalid");
  } catch (problem) {
    if (problem.code === "link_invalid" || problem.code === "invalid_fields") return show("invalid");
    show("unreachable", problem.message);
    document.querySelector("[data-retry]").onclick = () => openLink(purpose);
  }
}

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
  document.querySelector(`[data-${name}]`).textContent = text;
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
  const token = fragment();
  if (token) history.replaceState({ ...history.state, token }, "", location.pathname);
  return (history.state && history.state.token) || "";
}

/** The fragment, unless it names a part of the page. */
function fragment() {
  const fragment = location.hash.slice(1);
  return document.getElementById(fragment) ? "" : fragment;
}

// The same page, another link: a paste into the address bar only changes the fragment.
window.addEventListener("hashchange", () => fragment() && location.reload());
