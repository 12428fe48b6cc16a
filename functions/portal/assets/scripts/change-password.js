// Setting another password.

import "./site.js";
import { onSubmit } from "./form.js";
import { policy } from "./password.js";
import { whenSignedIn } from "./private.js";
import { sent } from "./sent.js";
import { account, call } from "./session.js";

const form = onSubmit(async (values) => {
  await call("PUT", "/api/account/password", values);
  form.reset();
  sent();
});

policy("new_password", () => {
  const { last_name: last, first_name: first, email } = account() || {};
  return { names: [last, first].filter(Boolean), areAllNames: Boolean(last), email: email || null };
});
whenSignedIn();
