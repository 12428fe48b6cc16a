// Setting another password.

import { sent } from "../../scripts/sent.js";
import { account, call } from "../../scripts/session.js";
import { onSubmit } from "../../components/form/script.js";
import { policy } from "../../components/password-rules/script.js";
import { whenSignedIn } from "../../components/sign-in-gate/script.js";

const form = onSubmit(async (values) => {
  await call("PUT", "/api/account/password", values);
  form.reset();
  sent();
});

policy("new_password", () => {
  const { last_name: last = "", first_name: first, email } = account() || {};
  const names = [last, first || ""].filter(Boolean);
  return { names, areAllNames: Boolean(last), email: email || null };
});
whenSignedIn();
