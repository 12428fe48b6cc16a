// What happened to a household: acts, sign-ins and mails in one list, the newest first.

import { momentOf } from "../../scripts/dates.js";
import { copyOf, first } from "../../scripts/elements.js";
import { t } from "../../scripts/messages.js";
import { fateOf, isLost, mailName } from "./mails.js";

/** @type {Record<string, string>} */
const ACTS = {
  "signed-in": t("happened.signed_in"),
  registered: t("happened.registered"),
  activated: t("happened.activated"),
  "password-changed": t("happened.password_changed"),
  "password-reset": t("happened.password_reset"),
  "address-change-asked": t("happened.address_change_asked"),
  "address-changed": t("happened.address_changed"),
  "address-change-reverted": t("happened.address_change_reverted"),
  "lease-changed": t("happened.lease_changed"),
  "settings-changed": t("happened.settings_changed"),
  "paperless-started": t("happened.paperless_started"),
  "paperless-stopped": t("happened.paperless_stopped"),
  "request-made": t("happened.request_made"),
  "request-refused": t("happened.request_refused"),
  "request-not-delivered": t("happened.request_not_delivered"),
  closed: t("happened.closed"),
  warned: t("happened.warned"),
  replanned: t("happened.replanned"),
  deactivated: t("happened.deactivated"),
  erased: t("happened.erased"),
  "exit-date-changed": t("happened.exit_date_changed"),
  "details-changed": t("happened.details_changed"),
  "mail-returned": t("happened.mail_returned"),
  "mail-sent-again": t("happened.mail_sent_again"),
  "stop-lifted": t("happened.stop_lifted"),
  "session-stolen": t("happened.session_stolen"),
};

/** @type {Record<string, string>} */
const OUTCOMES = {
  "close-account": t("agency_request.close_account"),
  "stop-paperless": t("agency_request.stop_paperless"),
  language: t("happened.outcome.language"),
  terms: t("happened.outcome.terms"),
  language_and_terms: t("happened.outcome.language_and_terms"),
  as_asked: t("happened.outcome.as_asked"),
  set: t("happened.outcome.set"),
  moved: t("happened.outcome.moved"),
  removed: t("happened.outcome.removed"),
  bounced: t("happened.outcome.bounced"),
  complained: t("happened.outcome.complained"),
  activation: t("mails.activation"),
  "password-reset": t("mails.password_reset"),
};

/** @type {Record<string, string>} */
const ACTORS = {
  tenant: t("happened.by.tenant"),
  agency: t("happened.by.agency"),
  "agency-link": t("happened.by.agency_link"),
  schedule: t("happened.by.schedule"),
  "mail-feedback": t("happened.by.mail_feedback"),
};

/** Acts that went wrong for the tenant. */
const BAD = ["mail-returned", "request-not-delivered", "session-stolen"];

/**
 * The lines of the list.
 * @param {Household} household
 */
export function lines({ happened, mails }) {
  const acts = happened.map(({ at, what, by, outcome = "" }) => {
    const words = ACTS[what] || what;
    const more = OUTCOMES[outcome] || outcome;
    return {
      at,
      words: more ? t("happened.with", { words, more }) : words,
      by: by.kind === "staff" ? by.name || "" : ACTORS[by.kind] || by.name || "",
      look: BAD.includes(what) ? "failed" : "",
    };
  });
  const sent = mails.map(({ mail, at, state }) => ({
    at,
    words: t("happened.mail", { mail: mailName(mail) }),
    by: fateOf(state),
    look: isLost(state) ? "failed" : "mailed",
  }));
  return [...acts, ...sent].sort((a, b) => Date.parse(b.at) - Date.parse(a.at)).map(line);
}

/** @param {{ at: string, words: string, by: string, look: string }} event */
function line({ at, words, by, look }) {
  const line = copyOf("event");
  first(line, ".timeline-what").textContent = words;
  const moment = momentOf(at);
  first(line, ".timeline-more").textContent = by ? t("happened.when", { moment, by }) : moment;
  if (look) line.classList.add(look);
  return line;
}
