// Moving the account to another lease.

import { sent } from "../../scripts/sent.js";
import { call, update } from "../../scripts/session.js";
import { onSubmit } from "../../components/form/script.js";
import { whenSignedIn } from "../../components/sign-in-gate/script.js";

onSubmit(async (values) => {
  update(await call("PUT", "/api/account/lease", values));
  sent();
});
whenSignedIn();
