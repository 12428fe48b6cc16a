// What mails are called, and the state of each.

import { t } from "../../scripts/messages.js";

/** @type {Record<string, string>} */
const NAMES = {
  activation: t("mails.activation"),
  "account-activated": t("mails.account_activated"),
  "household-already-registered": t("mails.household_already_registered"),
  "email-already-registered": t("mails.email_already_registered"),
  "password-reset": t("mails.password_reset"),
  "password-changed": t("mails.password_changed"),
  "identifier-reminder": t("mails.identifier_reminder"),
  "email-change-confirm": t("mails.email_change_confirm"),
  "email-changed": t("mails.email_changed"),
  "session-theft": t("mails.session_theft"),
  "agency-request": t("mails.agency_request"),
  "agency-request-received": t("mails.agency_request_received"),
  "agency-request-not-delivered": t("mails.agency_request_not_delivered"),
  "agency-request-refused": t("mails.agency_request_refused"),
  "account-closed": t("mails.account_closed"),
  "lease-changed": t("mails.lease_changed"),
  "paperless-started": t("mails.paperless_started"),
  "paperless-stopped": t("mails.paperless_stopped"),
  "closing-soon": t("mails.closing_soon"),
  "account-deactivated": t("mails.account_deactivated"),
};

/** @param {string} mail */
export const mailName = (mail) => NAMES[mail] || t("mails.other", { mail });

/** @type {Record<string, string>} */
const FATES = {
  waiting: t("mails.fate.waiting"),
  sent: t("mails.fate.sent"),
  refused: t("mails.fate.refused"),
  dropped: t("mails.fate.dropped"),
  not_due: t("mails.fate.not_due"),
  broken: t("mails.fate.broken"),
};

/** @param {string} state */
export const fateOf = (state) => FATES[state] || state;

/** @param {string} state */
export const isLost = (state) => ["refused", "dropped", "broken"].includes(state);
