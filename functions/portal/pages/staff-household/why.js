// Why a household cannot get in: a sentence, and what to do about it.

import { civilDay, dayOf, momentOf } from "../../scripts/dates.js";
import { t } from "../../scripts/messages.js";
import { mailName } from "./mails.js";

/**
 * A day, of a civil date or of an instant.
 * @param {string} [time]
 */
export const day = (time = "") => (time.length === 10 ? civilDay(time) : dayOf(time));

/**
 * A sentence, and a second one that helps on.
 * @param {Obstacle} obstacle
 * @param {Household} household
 * @returns {[string, string]}
 */
export function words(obstacle, household) {
  const { code, mail = "" } = obstacle;
  const [at, until] = [momentOr(obstacle.at), momentOr(obstacle.until)];
  switch (code) {
    case "never_registered": {
      const { reference: lease, last_name } = household.lease;
      return [t("why.never_registered.text"), t("why.never_registered.hint", { lease, last_name })];
    }
    case "link_not_followed":
      return isPast(obstacle.until)
        ? [t("why.link_expired.text", { at }), t("why.link_expired.hint", { until })]
        : [t("why.link_not_followed.text", { at }), t("why.link_not_followed.hint", { until })];
    case "reset_not_followed":
      return isPast(obstacle.until)
        ? [t("why.reset_expired.text", { at }), t("why.reset_expired.hint", { until })]
        : [t("why.reset_not_followed.text", { at }), t("why.reset_not_followed.hint", { until })];
    case "mail_not_sent":
      return [notSent(obstacle, at), aboutMail(mail)];
    case "address_in_use":
      return [t("why.address_in_use.text"), t("why.address_in_use.hint")];
    case "mail_waiting":
      return [t("why.mail_waiting.text", { at }), aboutMail(mail)];
    case "mail_comes_back":
      return comesBack(obstacle, at, until);
    case "held_back":
      return heldBack(obstacle, household, until);
    case "password_not_set":
      return [t("why.password_not_set.text"), t("why.password_not_set.hint")];
    case "deactivated":
      return [t("why.deactivated.text", { day: day(obstacle.at) }), whyDeactivated(household)];
    case "lease_ended":
      return [
        t("why.lease_ended.text", { day: day(obstacle.at) }),
        household.account ? "" : t("why.lease_ended.hint"),
      ];
    default:
      return [t("why.other", { code }), ""];
  }
}

/**
 * What comes back, what the mail service says of it, and until when nothing is sent.
 * @param {Obstacle} obstacle
 * @param {string} at
 * @param {string} until
 * @returns {[string, string]}
 */
function comesBack({ reason = "" }, at, until) {
  const stopped = until && t("why.mail_comes_back.until", { until });
  if (reason === "complained") return [t("why.mail_comes_back.complained"), stopped];
  const text = at
    ? t("why.mail_comes_back.bounced", { at })
    : t("why.mail_comes_back.bounced_once");
  const isKnown = reason && reason !== "bounced";
  const says = isKnown ? t("why.mail_comes_back.says", { reason }) : "";
  return [text, [stopped, says].filter(Boolean).join(" ")];
}

/**
 * @param {Obstacle} obstacle
 * @param {Household} household
 * @param {string} until
 * @returns {[string, string]}
 */
function heldBack({ reason }, { account }, until) {
  if (account?.status !== "active") {
    return [t("why.held_back.registering", { until }), t("why.held_back.later")];
  }
  const isOfSome = reason === "some_browsers";
  const text = isOfSome ? t("why.held_back.some", { until }) : t("why.held_back.text", { until });
  return [text, t("why.held_back.hint")];
}

/**
 * @param {Obstacle} obstacle
 * @param {string} at
 */
function notSent({ reason }, at) {
  if (reason === "refused") return t("why.mail_not_sent.refused", { at });
  if (reason === "broken") return t("why.mail_not_sent.broken", { at });
  return t("why.mail_not_sent.dropped", { at });
}

/** @param {string} mail */
const aboutMail = (mail) => mail && t("why.mail_waiting.hint", { mail: mailName(mail) });

/** @param {Household} household */
function whyDeactivated({ account, lease }) {
  const { deactivated_by: by, reason = "" } = account || {};
  const again = lease.ended ? "" : t("why.deactivated.again");
  return [closedBy(by, reason), again].filter(Boolean).join(" ");
}

/**
 * @param {string} [by]
 * @param {string} [reason]
 */
function closedBy(by, reason) {
  if (by === "schedule") return t("why.deactivated.schedule");
  if (by === "tenant") return t("why.deactivated.tenant");
  if (reason) return t("why.deactivated.reason", { reason });
  return t("why.deactivated.agency");
}

/** @param {string} [time] */
const momentOr = (time) => (time ? momentOf(time) : "");

/** @param {string} [time] */
const isPast = (time) => Boolean(time) && Date.parse(time || "") < Date.now();
