// Asking for another address.

import "./site.js";
import { onSubmit } from "./form.js";
import { t } from "./language.js";
import { whenSignedIn } from "./private.js";
import { again, sent } from "./sent.js";
import { call } from "./session.js";

const form = onSubmit(async (values) => {
  try {
    await call("POST", "/api/account/email-changes", values);
    sent(values.email);
  } catch (problem) {
    for (const fault of problem.errors || []) {
      if (fault.code === "not_allowed") {
        fault.message = t("C’est déjà votre adresse.", "This is your address already.");
      }
    }
    throw problem;
  }
});
again(form);
whenSignedIn();
