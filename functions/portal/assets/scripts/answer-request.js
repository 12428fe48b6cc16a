// The agency's answer to a tenant's request, by the mailed link.

import "./site.js";
import { onSubmit } from "./form.js";
import { fill, follow, isStillValid, openLink, show } from "./link.js";

const one = (id) => document.getElementById(id);

onSubmit(async ({ reason }) => {
  const refuses = !one("refusal").hidden;
  // Adviser and agency have the same mail: what one of them has answered meanwhile stands, and the
  // answer to a link that was used says nothing of how.
  if (!(await isStillValid())) return;
  const given = refuses && reason.trim() ? { reason } : {};
  const answer = { answer: refuses ? "refused" : "done", ...given };
  const done = await follow("/api/agency-requests/answer", answer);
  if (!done) return;
  fill("lease", done.lease);
  showKind(done.kind);
  fill("why", given.reason || "");
  one("with-reason").hidden = !given.reason;
  show(answer.answer);
});

one("refuse").addEventListener("click", () => refusing(true));
one("decide").addEventListener("click", () => refusing(false));

/** Shows what a refusal asks for, or the two choices again. */
function refusing(refuses) {
  one("decision").hidden = refuses;
  one("refusal").hidden = !refuses;
  one(refuses ? "reason" : "refuse").focus();
}

/** Says which household asks what. */
function request({ request: { kind, lease, name, message = "" } }) {
  fill("name", name);
  fill("lease", lease);
  fill("message", message);
  one("with-message").hidden = !message;
  showKind(kind);
}

function showKind(kind) {
  for (const part of document.querySelectorAll("[data-kind]")) {
    part.hidden = part.dataset.kind !== kind;
  }
}

openLink("agency-request", request);
