// Documents without paper, and what is asked of the agency.

import "./site.js";
import { onSubmit, whileBusy } from "./form.js";
import { t } from "./language.js";
import { whenSignedIn } from "./private.js";
import { sent } from "./sent.js";
import { call, update } from "./session.js";

const one = (id) => document.getElementById(id);

onSubmit(async ({ kind, message }) => {
  const body = message.trim() ? { kind, message } : { kind };
  await call("POST", "/api/account/agency-requests", body);
  sent();
});

one("go-paperless").addEventListener("click", async (event) => {
  const button = event.currentTarget;
  one("paperless-error").hidden = true;
  try {
    await whileBusy(button, one("paperless-status"), async () => {
      update(await call("PATCH", "/api/account", { paperless: true }));
    });
    one("paperless-status").textContent = t(
      "C’est fait : vos documents arrivent désormais sans papier.",
      "Done: your documents now come without paper.",
    );
  } catch (problem) {
    one("paperless-error").textContent = problem.message;
    one("paperless-error").hidden = false;
  }
});
whenSignedIn();
