// Passwords can be looked at; when they are sent they are hidden again.

import { all, one } from "../../scripts/elements.js";
import { t } from "../../scripts/messages.js";

/** @param {HTMLElement} button */
const fieldOf = (button) => one(button.getAttribute("aria-controls") || "", HTMLInputElement);

/**
 * Makes the passwords of `form` lookable at.
 * @param {HTMLFormElement} form
 */
export function revealing(form) {
  for (const button of all(".reveal", form)) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const field = fieldOf(button);
      const shown = field.type === "password";
      field.type = shown ? "text" : "password";
      button.setAttribute("aria-pressed", String(shown));
      const words = /** @type {Text} */ (button.firstChild);
      words.data = shown ? t("password_field.hide") : t("password_field.show");
    });
  }
}

/**
 * Hides the passwords of `form`.
 * @param {HTMLFormElement} form
 */
export function hide(form) {
  for (const button of all(".reveal", form)) {
    if (fieldOf(button).type === "text") button.click();
  }
}
