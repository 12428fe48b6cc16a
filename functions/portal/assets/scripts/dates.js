// Dates as one reads them.

import { language } from "./language.js";

/** English is written as in Britain. */
const locale = language === "en" ? "en-GB" : language;

const LONG = { day: "numeric", month: "long", year: "numeric" };

/** The day of an instant, where one is. */
export const dayOf = (time) => written(new Date(time), LONG);

/** A civil date, `2027-05-28`: that day in every time zone, for it is no instant. */
export function civilDay(date) {
  const [year, month, day] = date.split("-").map(Number);
  return written(new Date(Date.UTC(year, month - 1, day)), { ...LONG, timeZone: "UTC" });
}

/** The day and the time of an instant, where one is. */
export const momentOf = (time) =>
  written(new Date(time), { dateStyle: "long", timeStyle: "short" });

/** In French the first of a month is `1er`. */
function written(date, format) {
  const words = date.toLocaleString(locale, format);
  return language === "fr" ? words.replace(/^1 /, "1er ") : words;
}
