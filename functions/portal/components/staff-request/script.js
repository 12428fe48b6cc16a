// A tenant's request to the agency, and the answers to it.

import { Problem } from "../../scripts/api.js";
import { t } from "../../scripts/messages.js";
import { call, isUnknown, pageOf } from "../../scripts/staff.js";
import { ask } from "../confirm/script.js";

/**
 * What is asked.
 * @param {{ kind: string }} request
 */
export const asks = ({ kind }) =>
  kind === "close-account" ? t("agency_request.close_account") : t("agency_request.stop_paperless");

/**
 * Asks before `request` is granted, then grants it.
 * @param {OpenRequest} request
 * @param {{ place: HTMLElement, opener: HTMLElement, settled: Settled }} where
 */
export function grant(request, { place, opener, settled }) {
  const closes = request.kind === "close-account";
  ask({
    key: `done ${request.id}`,
    place,
    opener,
    title: closes ? t("staff_request.done.close_title") : t("staff_request.done.paper_title"),
    causes: closes ? t("staff_request.done.close_causes") : t("staff_request.done.paper_causes"),
    label: closes ? t("staff_request.done.close_label") : t("staff_request.done.paper_label"),
    act: () => settle(request, { answer: "done" }, settled),
  });
}

/**
 * Asks why `request` is refused, then refuses it.
 * @param {OpenRequest} request
 * @param {{ place: HTMLElement, opener: HTMLElement, settled: Settled }} where
 */
export function refuse(request, { place, opener, settled }) {
  ask({
    key: `refused ${request.id}`,
    place,
    opener,
    title: t("staff_request.refused.title"),
    causes: t("staff_request.refused.causes"),
    label: t("staff_request.refused.label"),
    reason: {
      label: t("staff_request.refused.reason"),
      hint: t("staff_request.refused.hint"),
    },
    act: (reason) => settle(request, { answer: "refused", reason }, settled),
  });
}

/** @typedef {(words: string) => unknown} Settled */

/**
 * Settles `request`. Somebody else may have been first: then it is settled too, and `settled` is told.
 * @param {OpenRequest} request
 * @param {{ answer: "done" | "refused", reason?: string }} body
 * @param {Settled} settled
 */
async function settle(request, body, settled) {
  try {
    await call("POST", `/api/staff/requests/${encodeURIComponent(request.id)}`, body);
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    if (isUnknown(problem)) {
      if (await waits(request)) throw problem;
      return settled(t("staff_request.settled.answer_lost"));
    }
    if (problem.code === "already_settled") {
      return settled(t("staff_request.settled.by_other"));
    }
    if (problem.status === 404) return settled(t("staff_request.settled.gone"));
    throw problem;
  }
  return settled(words(request, body.answer));
}

/**
 * Whether `request` still waits: what one looks up where the answer was lost.
 * @param {OpenRequest} request
 */
async function waits({ id }) {
  const isIt = /** @param {OpenRequest} other */ (other) => other.id === id;
  /** @type {Record<string, string>} */
  let after = {};
  try {
    for (;;) {
      const { requests, next } = await pageOf("/api/staff/requests", after, "requests");
      if (requests.some(isIt)) return true;
      if (!next) return false;
      after = { after: next };
    }
  } catch {
    throw new Problem({ code: "unknown", detail: t("staff.unknown") });
  }
}

/**
 * @param {OpenRequest} request
 * @param {"done" | "refused"} answer
 */
function words({ kind }, answer) {
  if (answer === "refused") return t("staff_request.settled.refused");
  return kind === "close-account"
    ? t("staff_request.settled.closed")
    : t("staff_request.settled.paper");
}
