// Choosing another password, by the mailed link.

import { onSubmit } from "../../components/form/script.js";
import { follow, openLink, show } from "../../components/link-states/script.js";
import { policy } from "../../components/password-rules/script.js";

onSubmit(async ({ password }) => {
  if (await follow("/api/password-resets/confirm", { password })) show("done");
});

// Whose account it is only the server knows, and it checks: whom this browser remembers may be
// somebody else.
policy("password", () => ({ names: [], areAllNames: false, email: null }));
openLink("password-reset");
