// The two halves of a page that has a mail sent: asking, and what comes after.

import { all, first, one } from "./elements.js";
import { retitle } from "./title.js";

/**
 * The mail is on its way, to `address` if that was typed here.
 * @param {string} [address]
 */
export function sent(address) {
  if (address) one("address").textContent = address;
  one("asking").hidden = true;
  one("sent").hidden = false;
  const title = all("h1, h2", one("sent")).find((title) => !title.closest("[hidden]"));
  if (!title) return;
  retitle(title.innerText);
  title.focus();
}

/**
 * Goes back to `form` when one asks for it.
 * @param {HTMLFormElement} form
 */
export function again(form) {
  one("again").addEventListener("click", () => {
    one("sent").hidden = true;
    one("asking").hidden = false;
    retitle(first(one("asking"), "h1").innerText);
    first(form, "[name]").focus();
  });
}
