// After registering: the mail is on its way, and can be sent again.

import "./site.js";
import { send } from "./api.js";
import { showProblem, whileBusy } from "./form.js";
import { t } from "./language.js";

const one = (id) => document.getElementById(id);
const { registration, email } = history.state || {};

if (email) {
  one("address").textContent = email;
  one("sent-to").hidden = false;
}

if (registration) {
  const button = one("resend");
  button.hidden = false;
  button.addEventListener("click", async () => {
    one("resend-error").hidden = true;
    try {
      await whileBusy(button, one("resend-status"), () =>
        send("POST", `/api/registrations/${encodeURIComponent(registration)}/resend`),
      );
      one("resend-status").textContent = t(
        "C’est demandé : si votre inscription attend toujours, un nouveau message est en route.",
        "Done: if your registration is still waiting, another message is on its way.",
      );
    } catch (problem) {
      showProblem(one("resend-error"), problem);
    }
  });
}
