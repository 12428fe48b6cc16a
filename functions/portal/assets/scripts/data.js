// Downloading all that is held about one's account.

import "./site.js";
import { showProblem, whileBusy } from "./form.js";
import { t } from "./language.js";
import { whenSignedIn } from "./private.js";
import { call } from "./session.js";

const one = (id) => document.getElementById(id);

one("export").addEventListener("click", async (event) => {
  const button = event.currentTarget;
  one("export-error").hidden = true;
  try {
    let data;
    await whileBusy(button, one("export-status"), async () => {
      data = await call("GET", "/api/account/export");
    });
    save("mon-espace-locataire.json", JSON.stringify(data, null, 2));
    one("export-status").textContent = t("Le fichier est téléchargé.", "The file is downloaded.");
  } catch (problem) {
    showProblem(one("export-error"), problem);
  }
});

function save(name, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

whenSignedIn();
