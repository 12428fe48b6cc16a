// Choosing another password, by the mailed link.

import "./site.js";
import { onSubmit } from "./form.js";
import { remembered } from "./identifier.js";
import { follow, openLink, show } from "./link.js";
import { policy } from "./password.js";

onSubmit(async ({ password }) => {
  if (await follow("/api/password-resets/confirm", { password })) show("done");
});

// For password managers: which account the password is kept under.
document.getElementById("username").value = remembered();

// Whose account it is only the server knows, and it checks.
policy("password", () => ({ names: null, email: null }));
openLink("password-reset");
