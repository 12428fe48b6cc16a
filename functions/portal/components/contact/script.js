// How an agency or an adviser is reached.

import { language } from "../../scripts/language.js";
import { t } from "../../scripts/messages.js";

/**
 * A line for each way to reach `who`.
 * @param {Contact} who
 */
export function contact(who) {
  const lines = [line(who.name)];
  if (who.phone) lines.push(line(way(`tel:${called(who.phone)}`, who.phone)));
  lines.push(line(way(`mailto:${who.email}`, who.email)));
  if (who.address) lines.push(line(who.address.join(", "), "contact-more"));
  if (who.hours) {
    const hours = language === "fr" ? who.hours.fr : who.hours.en;
    lines.push(line(t("contact.open_at", { hours }), "contact-more"));
  }
  return lines;
}

/**
 * @param {Node | string} content
 * @param {string} [name]
 */
function line(content, name) {
  const line = document.createElement("span");
  line.className = name ? `contact-line ${name}` : "contact-line";
  line.append(content);
  return line;
}

/**
 * @param {string} href
 * @param {string} text
 */
function way(href, text) {
  const link = document.createElement("a");
  link.className = "contact-way";
  link.href = href;
  link.textContent = text;
  return link;
}

/**
 * A number as it is called: one that begins with 0 is French.
 * @param {string} phone
 */
function called(phone) {
  const digits = phone.replace(/[^+\d]/g, "");
  return digits.replace(/^0/, "+33");
}
