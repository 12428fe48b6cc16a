// Moving the account to another lease.

import "./site.js";
import { onSubmit } from "./form.js";
import { whenSignedIn } from "./private.js";
import { sent } from "./sent.js";
import { call, update } from "./session.js";

onSubmit(async (values) => {
  update(await call("PUT", "/api/account/lease", values));
  sent();
});
whenSignedIn();
