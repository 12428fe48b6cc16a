// A button that says it is at work.

import { t } from "../../scripts/messages.js";

/** From when on an answer is slow, in milliseconds. */
const SLOW = 1_000;

/** @param {HTMLElement} button */
export const isBusy = (button) => button.getAttribute("aria-disabled") === "true";

/**
 * Does `work`, with the button and the status line saying so; returns whether it was done, which it
 * is not where the button is at work already.
 * @param {HTMLElement} button
 * @param {HTMLElement} status
 * @param {() => Promise<unknown>} work
 */
export async function whileBusy(button, status, work) {
  if (isBusy(button)) return false;
  button.setAttribute("aria-disabled", "true");
  button.classList.add("busy");
  status.textContent = "";
  const timer = setTimeout(() => (status.textContent = t("button.slow")), SLOW);
  try {
    await work();
    return true;
  } finally {
    clearTimeout(timer);
    status.textContent = "";
    button.removeAttribute("aria-disabled");
    button.classList.remove("busy");
  }
}
