// Choosing another password, by the mailed link.

import { onSubmit } from "../../components/form/script.js";
import { follow, openLink, show, signInAs } from "../../components/link-states/script.js";
import { policy } from "../../components/password-rules/script.js";
import { one } from "../../scripts/elements.js";

const username = one("username", HTMLInputElement);

onSubmit(async ({ password }) => {
  if (!(await follow("/api/password-resets/confirm", { password }))) return;
  signInAs(username.value);
  show("done");
});

// Whose account it is the link says, not the browser: whom that remembers may be somebody else. The
// names only the server knows, and it checks them.
policy("password", () => ({ names: [], areAllNames: false, email: username.value || null }));
openLink("password-reset", ({ email }) => (username.value = email));
