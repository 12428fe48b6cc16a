// Dates as one reads them.

import { language, locale } from "./language.js";

/** @type {Intl.DateTimeFormatOptions} */
const LONG = { day: "numeric", month: "long", year: "numeric" };

/**
 * The day of an instant, where one is.
 * @param {string} time
 */
export const dayOf = (time) => written(new Date(time), LONG);

/**
 * A civil date, `2027-05-28`: that day in every time zone, because it is not an instant.
 * @param {string} date
 */
export function civilDay(date) {
  // A date without a time is midnight in UTC.
  return written(new Date(date), { ...LONG, timeZone: "UTC" });
}

/**
 * The day and the time of an instant, where one is.
 * @param {string} time
 */
export const momentOf = (time) =>
  written(new Date(time), { dateStyle: "long", timeStyle: "short" });

/**
 * In French the first of a month is `1er`. A date is not parted at the end of a line, a time may stand
 * on the next.
 * @param {Date} date
 * @param {Intl.DateTimeFormatOptions} format
 */
function written(date, format) {
  const words = date.toLocaleString(locale, format).replace(/ (?!à|at)/g, "\u00a0");
  return language === "fr" ? words.replace(/^1\b/, "1er") : words;
}
