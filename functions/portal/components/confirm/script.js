// Asks before something is done that others are told of, or that cannot be undone.

import { Problem } from "../../scripts/api.js";
import { first, one } from "../../scripts/elements.js";
import { t } from "../../scripts/messages.js";
import { counting } from "../character-count/script.js";
import { hideProblem } from "../error-summary/script.js";
import { onSubmit } from "../form/script.js";

/**
 * @typedef {object} Question
 * @property {string} key What it is about, unlike any other question of the page.
 * @property {HTMLElement} place Where it is asked.
 * @property {HTMLElement} opener The button that asks, which has the focus again where one goes back.
 * @property {string} title
 * @property {string} causes What will follow.
 * @property {string} label What the button says that does it.
 * @property {{ label: string, hint: string }} [reason] Who reads why; absent where nobody does.
 * @property {(reason: string) => Promise<unknown>} act
 */

const form = onSubmit(submit, one("confirm", HTMLFormElement));
const reason = one("reason", HTMLTextAreaElement);
counting(form);

/** @type {Question | null} */
let question = null;

/**
 * What was typed as the reason, by what it is about: looking at something else loses nothing.
 * @type {Map<string, string>}
 */
const drafts = new Map();

/** What was asked before the language was changed. */
let before = history.state?.asked || "";
if (before) drafts.set(before, reason.value);

/**
 * Whether `key` was asked before the language was changed, and has not been asked again since.
 * @param {string} key
 */
export function wasAsked(key) {
  if (key !== before) return false;
  before = "";
  return true;
}

reason.addEventListener("input", () => {
  if (question) drafts.set(question.key, reason.value);
});
one("confirm-cancel").addEventListener("click", () => {
  const opener = question?.opener;
  close();
  opener?.focus();
});

/** @param {Question} wanted */
export function ask(wanted) {
  hideProblem(form, first(form, ".error-summary"));
  question = wanted;
  one("confirm-title").textContent = wanted.title;
  one("confirm-causes").textContent = wanted.causes;
  one("confirm-label").textContent = wanted.label;
  one("confirm-why").hidden = !wanted.reason;
  if (wanted.reason) {
    first(form, "label").textContent = wanted.reason.label;
    one("reason-hint").textContent = wanted.reason.hint;
  }
  reason.value = drafts.get(wanted.key) || "";
  reason.dispatchEvent(new Event("input"));
  wanted.place.append(form);
  form.hidden = false;
  history.replaceState({ ...history.state, asked: wanted.key }, "");
  one("confirm-title").focus();
}

/** Asks no more; what was typed is kept for the next time. */
export function close() {
  question = null;
  form.hidden = true;
  one("private").append(form);
  const { asked: _, ...state } = history.state || {};
  history.replaceState(state, "");
}

/** @param {{ reason?: string }} values */
async function submit({ reason: why = "" }) {
  if (!question) return;
  const { key, act, reason: wanted } = question;
  if (wanted && !why.trim()) {
    const fault = { field: "reason", code: "required", message: t("confirm.needed") };
    throw new Problem({ detail: fault.message, errors: [fault] });
  }
  await act(why.trim());
  drafts.delete(key);
  reason.value = "";
}
