// How long somebody has waited for an answer.

import { locale } from "./language.js";
import { t } from "./messages.js";

/** @param {number} days */
export function waited(days) {
  if (days < 1) return t("waited.today");
  if (days < 2) return t("waited.one_day");
  return t("waited.days", { count: days.toLocaleString(locale) });
}
