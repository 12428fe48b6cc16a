// The agency's answer to a tenant's request, by the mailed link.

import { all, one } from "../../scripts/elements.js";
import { counting } from "../../components/character-count/script.js";
import { onSubmit } from "../../components/form/script.js";
import { fill, follow, isStillValid, openLink, show } from "../../components/link-states/script.js";

const form = onSubmit(async ({ reason }) => {
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
counting(form);

one("refuse").addEventListener("click", () => refusing(true));
one("decide").addEventListener("click", () => refusing(false));

/**
 * Shows what a refusal asks for, or the two choices again.
 * @param {boolean} refuses
 */
function refusing(refuses) {
  one("decision").hidden = refuses;
  one("refusal").hidden = !refuses;
  one(refuses ? "reason" : "refuse").focus();
}

/**
 * Says which household asks what.
 * @param {{ request: { kind: string, lease: string, name: string, message?: string } }} link
 */
function request({ request: { kind, lease, name, message = "" } }) {
  fill("name", name);
  fill("lease", lease);
  fill("message", message);
  one("with-message").hidden = !message;
  showKind(kind);
}

/** @param {string} kind */
function showKind(kind) {
  for (const part of all("[data-kind]")) part.hidden = part.dataset.kind !== kind;
}

openLink("agency-request", request);
