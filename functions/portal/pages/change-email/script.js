// Asking for another address.

import { asProblem } from "../../scripts/api.js";
import { t } from "../../scripts/messages.js";
import { again, sent } from "../../scripts/sent.js";
import { call } from "../../scripts/session.js";
import { onSubmit } from "../../components/form/script.js";
import { whenSignedIn } from "../../components/sign-in-gate/script.js";

const form = onSubmit(async (values) => {
  try {
    await call("POST", "/api/account/email-changes", values);
    sent(values.email);
  } catch (error) {
    for (const fault of asProblem(error).errors) {
      if (fault.code === "not_allowed") fault.message = t("change_email.unchanged");
    }
    throw error;
  }
});
again(form);
whenSignedIn();
