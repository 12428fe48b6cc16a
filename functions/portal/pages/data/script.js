// Downloading all that is held about one's account.

import { one } from "../../scripts/elements.js";
import { t } from "../../scripts/messages.js";
import { call } from "../../scripts/session.js";
import { whileBusy } from "../../components/button/script.js";
import { conceal, showProblem } from "../../components/error-summary/script.js";
import { whenSignedIn } from "../../components/sign-in-gate/script.js";

const button = one("export");
button.addEventListener("click", async () => {
  conceal(one("export-error"));
  try {
    const isDone = await whileBusy(button, one("export-status"), async () => {
      const data = await call("GET", "/api/account/export");
      save("mon-espace-locataire.json", JSON.stringify(data, null, 2));
    });
    if (isDone) one("export-status").textContent = t("data.downloaded");
  } catch (problem) {
    showProblem(one("export-error"), problem);
  }
});

/**
 * @param {string} name
 * @param {string} text
 */
function save(name, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

whenSignedIn();
