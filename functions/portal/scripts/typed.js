// What one has typed outlives a change of language. It is kept with this entry of the tab's
// history, passwords excepted, and dropped as soon as it is back in its place.

import { all } from "./elements.js";

const fields = () =>
  /** @type {HTMLInputElement[]} */ (all("form [name]")).filter(({ type }) => type !== "password");

/** @param {HTMLInputElement} field */
const isTicked = ({ type }) => type === "checkbox" || type === "radio";

export function keepTyped() {
  const typed = fields().map((field) => (isTicked(field) ? field.checked : field.value));
  history.replaceState({ ...history.state, typed }, "");
}

export function restoreTyped() {
  const { typed, ...state } = history.state || {};
  if (!typed) return;
  fields().forEach((field, index) => {
    if (isTicked(field)) field.checked = typed[index];
    else field.value = typed[index];
  });
  history.replaceState(state, "");
}
