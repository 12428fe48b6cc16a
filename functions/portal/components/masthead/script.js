// The language is the server's to choose: the cookie tells it, and the page comes again.

import { one } from "../../scripts/elements.js";
import { account, call } from "../../scripts/session.js";
import { keepTyped } from "../../scripts/typed.js";

const link = one("language", HTMLAnchorElement);

link.addEventListener("click", async (event) => {
  event.preventDefault();
  const chosen = link.hreflang;
  document.cookie = `language=${chosen}; Path=/; Max-Age=31536000; SameSite=Lax; Secure`;
  keepTyped();
  if (account()) {
    await call("PATCH", "/api/account", { language: chosen }).catch(() => {});
  }
  location.reload();
});
