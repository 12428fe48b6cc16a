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
    case "mail_waiting":
      return [
        t("why.mail_waiting.text", { at }),
        mail && t("why.mail_waiting.hint", { mail: mailName(mail) }),
      ];
    case "mail_comes_back":
      return [comesBack(obstacle, at), until && t("why.mail_comes_back.until", { until })];
    case "held_back":
      return [t("why.held_back.text", { until }), t("why.held_back.hint")];
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
 * @param {Obstacle} obstacle
 * @param {string} at
 */
function comesBack({ reason }, at) {
  if (reason === "complained") return t("why.mail_comes_back.complained", { at });
  return t("why.mail_comes_back.bounced", { at });
}

/** @param {Household} household */
function whyDeactivated({ account }) {
  const { deactivated_by: by, reason = "" } = account || {};
  if (by === "schedule") return t("why.deactivated.schedule");
  if (reason) return t("why.deactivated.reason", { reason });
  return by === "agency" ? t("why.deactivated.agency") : "";
}

/** @param {string} [time] */
const momentOr = (time) => (time ? momentOf(time) : "");

/** @param {string} [time] */
const isPast = (time) => Boolean(time) && Date.parse(time || "") < Date.now();
