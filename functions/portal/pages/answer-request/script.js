// The agency's answer to a tenant's request, by the mailed link.

import { momentOf } from "../../scripts/dates.js";
import { all, one } from "../../scripts/elements.js";
import { counting } from "../../components/character-count/script.js";
import { onSubmit } from "../../components/form/script.js";
import { fill, follow, look, openLink, show } from "../../components/link-states/script.js";

/**
 * How a request was settled.
 * @typedef {{ state: "done" | "refused" | "not_delivered", at: string, reason?: string }} Settled
 */

const form = onSubmit(async ({ reason = "" }) => {
  const refuses = !one("refusal").hidden;
  const given = refuses && reason.trim() ? { reason } : {};
  const answer = { answer: refuses ? "refused" : "done", ...given };
  const done = await follow("/api/agency-requests/answer", answer);
  if (!done) return;
  // Adviser and agency have the same mail, and the answer to a link that was used is that to the
  // first: what stands is what the link itself says now.
  const link = await look().catch(() => ({}));
  const { state = "", reason: why = "" } = link.settled || {};
  if (state !== answer.answer || why !== reason.trim()) {
    settled(link);
    return show("used");
  }
  fill("lease", done.lease);
  showKind(done.kind);
  fill("why", why);
  one("with-reason").hidden = !why;
  show(state);
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

/**
 * Says how and when the request was settled, as far as the link knows.
 * @param {{ settled?: Settled }} link
 */
function settled({ settled }) {
  const state = settled ? settled.state : "unknown";
  for (const part of all("[data-settled]")) part.hidden = part.dataset.settled !== state;
  fill("at", settled ? momentOf(settled.at) : "");
  fill("settled-why", settled?.reason || "");
  one("with-settled-reason").hidden = !settled?.reason;
}

openLink("agency-request", request, settled);
