// Forms: one at a time is sent once, what is wrong is said beside its field and above them all, and
// nothing typed is lost.

import { all, first } from "../../scripts/elements.js";
import { t } from "../../scripts/messages.js";
import { restoreTyped } from "../../scripts/typed.js";
import { isBusy, whileBusy } from "../button/script.js";
import { clear, hideProblem, showFaults, showProblem } from "../error-summary/script.js";
import { hide, revealing } from "../password-field/script.js";

/**
 * Makes the page's form work, or one of several: `submit` is given its values by name and says by a
 * Problem what is wrong.
 * @param {(values: any) => Promise<unknown>} submit
 * @param {HTMLFormElement} [form]
 */
export function onSubmit(submit, form = first(document, "main form", HTMLFormElement)) {
  const buttons = /** @type {HTMLButtonElement[]} */ (all("[type=submit]", form));
  const status = first(form, ".progress");
  const summary = first(form, ".error-summary");
  restoreTyped();
  revealing(form);
  form.addEventListener("input", ({ target }) =>
    clear(form, /** @type {HTMLInputElement} */ (target).name),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (buttons.some(isBusy)) return;
    const faults = missing(form);
    hideProblem(form, summary);
    if (faults.length) return showFaults(form, summary, faults);
    hide(form);
    try {
      await whileBusy(event.submitter || buttons[0], status, () => submit(values(form)));
    } catch (problem) {
      showProblem(summary, problem, form);
    }
  });
  for (const button of buttons) button.disabled = false;
  return form;
}

/**
 * The values of a form's fields by their names; a tick is true, or its value where it has one.
 * @param {HTMLFormElement} form
 */
function values(form) {
  /** @type {Values} */
  const values = {};
  for (const field of /** @type {HTMLInputElement[]} */ (all("[name]", form))) {
    if (field.closest("[hidden]")) continue;
    if (field.type === "radio") {
      if (field.checked) values[field.name] = field.value;
    } else if (field.type === "checkbox") {
      const isPlain = !field.hasAttribute("value");
      if (isPlain) values[field.name] = field.checked;
      else if (field.checked) values[field.name] = field.value;
    } else {
      values[field.name] = field.value;
    }
  }
  return values;
}

/**
 * What must be filled in and is not.
 * @param {HTMLFormElement} form
 */
function missing(form) {
  const given = values(form);
  const names = new Set();
  for (const field of /** @type {HTMLInputElement[]} */ (all("[required]", form))) {
    const value = given[field.name];
    const isGiven = typeof value === "string" ? value.trim() : value;
    if (!field.closest("[hidden]") && !isGiven) names.add(field.name);
  }
  return [...names].map((field) => ({ field, message: required(field) }));
}

/**
 * What the server would say (shared/src/http/problem.rs).
 * @param {string} field
 */
function required(field) {
  switch (field) {
    case "terms":
      return t("form.required.terms");
    case "email":
      return t("form.required.email");
    case "password":
      return t("form.required.password");
    case "current_password":
      return t("form.required.current_password");
    case "new_password":
      return t("form.required.new_password");
    case "lease":
      return t("form.required.lease");
    case "last_name":
      return t("form.required.last_name");
    case "kind":
      return t("form.required.kind");
    default:
      return t("form.required.field");
  }
}
