// An address goes along from one page to the next in the history, never in an address bar.

import { keepTyped } from "./typed.js";

/**
 * Has the page that `link` leads to find the address that `email` tells then.
 * @param {HTMLAnchorElement} link
 * @param {() => string} email
 */
export function carrying(link, email) {
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    // Going back, one finds what one has typed.
    keepTyped();
    history.pushState({ email: email() }, "", link.pathname);
    location.reload();
  });
}

/** The address that came along. */
export const carried = () => history.state?.email || "";
