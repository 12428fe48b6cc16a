// After registering: the mail is on its way, and can be sent again.

import { send } from "../../scripts/api.js";
import { one } from "../../scripts/elements.js";
import { t } from "../../scripts/messages.js";
import { whileBusy } from "../../components/button/script.js";
import { conceal, showProblem } from "../../components/error-summary/script.js";

const { registration, email } = history.state || {};

if (email) {
  one("address").textContent = email;
  one("sent-to").hidden = false;
}

if (registration) {
  const button = one("resend");
  button.hidden = false;
  button.addEventListener("click", async () => {
    conceal(one("resend-error"));
    try {
      const path = `/api/registrations/${encodeURIComponent(registration)}/resend`;
      const isDone = await whileBusy(button, one("resend-status"), () => send("POST", path));
      if (isDone) one("resend-status").textContent = t("check_mail.resent");
    } catch (problem) {
      showProblem(one("resend-error"), problem);
    }
  });
}
