// Choosing another password, by the mailed link.

import "./site.js";
import { onSubmit } from "./form.js";
import { follow, openLink, show } from "./link.js";
import { policy } from "./password.js";

onSubmit(async ({ password }) => {
  if (await follow("/api/password-resets/confirm", { password })) show("done");
});

// Whose account it is only the server knows, and it checks: whom this browser remembers may be
// somebody else.
policy("password", () => ({ names: [], areAllNames: false, email: null }));
openLink("password-reset");
