// What is wrong, said above a form and beside each field that it concerns.

import { asProblem } from "../../scripts/api.js";
import { all, first } from "../../scripts/elements.js";
import { t } from "../../scripts/messages.js";
import { faulty } from "../../scripts/title.js";

/** @typedef {HTMLInputElement | HTMLTextAreaElement} Field */

/**
 * Shows `error` in `summary`; what is wrong with a field of `form` also stands beside it. Without a form,
 * all that is wrong is said there.
 * @param {HTMLElement} summary
 * @param {unknown} error
 * @param {HTMLFormElement} [form]
 */
export function showProblem(summary, error, form) {
  const problem = asProblem(error);
  if (problem.code === "unauthenticated") return showEnded(summary, problem, form);
  const known = form ? problem.errors.filter(({ field }) => named(form, field)) : [];
  if (form && known.length) return showFaults(form, summary, known);
  const faults = form ? [] : problem.errors;
  const said = faults.length ? faults : [problem];
  summary.replaceChildren(...said.map(({ message }) => paragraph(message)));
  reveal(summary);
}

/**
 * @param {HTMLFormElement} form
 * @param {HTMLElement} summary
 * @param {{ field: string, message: string }[]} faults
 */
export function showFaults(form, summary, faults) {
  const list = document.createElement("ul");
  for (const { field, message } of faults) {
    const input = named(form, field);
    if (!input) continue;
    const error = first(form, `#${field}-error`);
    input.setAttribute("aria-invalid", "true");
    error.textContent = message;
    error.hidden = false;
    const link = document.createElement("a");
    link.href = `#${input.id}`;
    link.textContent = `${label(input)} – ${message}`;
    link.addEventListener("click", (event) => {
      event.preventDefault();
      input.focus();
    });
    const item = document.createElement("li");
    item.append(link);
    list.append(item);
  }
  const count = faults.length;
  const title = count === 1 ? t("error_summary.one") : t("error_summary.several", { count });
  summary.replaceChildren(paragraph(title, "error-summary-title"), list);
  reveal(summary);
}

/**
 * @param {HTMLFormElement} form
 * @param {HTMLElement} summary
 */
export function hideProblem(form, summary) {
  conceal(summary);
  for (const field of all("[aria-invalid]", form)) clear(form, /** @type {Field} */ (field).name);
}

/**
 * What was wrong with the field `name` is said no more.
 * @param {HTMLFormElement} form
 * @param {string} name
 */
export function clear(form, name) {
  const [error] = name ? all(`#${name}-error`, form) : [];
  if (!error || error.hidden) return;
  error.hidden = true;
  error.textContent = "";
  named(form, name)?.removeAttribute("aria-invalid");
}

/**
 * The field called `name`; of a choice, the first that can be chosen.
 * @param {HTMLFormElement} form
 * @param {string} name
 */
function named(form, name) {
  const fields = /** @type {Field[]} */ (all("[name]", form));
  return fields.find((field) => field.name === name && !field.closest("[hidden]"));
}

/**
 * What a field is called, without what only screen readers are told.
 * @param {Field} input
 */
function label(input) {
  const group = input.type === "radio" && input.closest("fieldset");
  const named = group ? first(group, "legend") : input.labels?.[0];
  const words = /** @type {HTMLElement} */ (named?.cloneNode(true));
  for (const hidden of all(".sr", words)) hidden.remove();
  return words.textContent?.trim();
}

/**
 * The session has ended, and `problem` says why: signing in elsewhere keeps what is typed here.
 * @param {HTMLElement} summary
 * @param {import("../../scripts/api.js").Problem} problem
 * @param {HTMLFormElement} [form]
 */
function showEnded(summary, problem, form) {
  const parts = [paragraph(problem.message)];
  // Nobody can sign in to an account that is closed.
  if (problem.reason !== "account_closed") {
    const link = document.createElement("a");
    link.href = "/";
    link.target = "_blank";
    link.textContent = t("error_summary.session_ended.link");
    const text = paragraph(form ? `${t("error_summary.session_ended.text")} ` : "");
    text.append(link, form ? t("error_summary.session_ended.then") : "");
    parts.push(text);
  }
  summary.replaceChildren(...parts);
  reveal(summary);
}

/** @param {HTMLElement} summary */
export function conceal(summary) {
  summary.hidden = true;
  faulty(false);
}

/** @param {HTMLElement} summary */
function reveal(summary) {
  summary.hidden = false;
  faulty(true);
  summary.focus();
}

/**
 * @param {string} text
 * @param {string} [name]
 */
function paragraph(text, name) {
  const paragraph = document.createElement("p");
  paragraph.textContent = text;
  if (name) paragraph.className = name;
  return paragraph;
}
