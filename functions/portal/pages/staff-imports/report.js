// What a file changes, in numbers and words, and the report that one keeps.

import { copyOf, first } from "../../scripts/elements.js";
import { language, locale } from "../../scripts/language.js";
import { t } from "../../scripts/messages.js";

/**
 * @typedef {object} Rejected
 * @property {number} line
 * @property {string} [column]
 * @property {string} code
 * @property {string} message
 */

/**
 * @typedef {object} Report
 * @property {number} received
 * @property {number} created
 * @property {number} updated
 * @property {number} unchanged
 * @property {Rejected[]} [rejected] Absent in the list of imports, which has their number.
 * @property {{ delimiter: string | null, encoding: string, ignored_columns: string[] }} [read_as]
 * @property {{ ending: number, warned: number, deactivated: number }} [consequences]
 * @property {{ names: number, ends: number, brought_forward: number, agencies: number }} [changes]
 */

/** This many rejected lines are shown; the report has all of them. */
const SHOWN = 100;

/** @param {number} value */
export const number = (value) => value.toLocaleString(locale);

/**
 * The numbers of a report, each with what it counts and how it looks.
 * @param {Report} report
 * @returns {[string, number, string][]}
 */
function counted({ received, created, updated, unchanged, rejected = [], changes }) {
  /** @type {[string, number, string][]} */
  const counted = [
    [t("staff_imports.figures.received"), received, ""],
    [t("staff_imports.figures.created"), created, ""],
    [t("staff_imports.figures.updated"), updated, ""],
  ];
  if (changes) {
    counted.push(
      [t("staff_imports.figures.names"), changes.names, ""],
      [t("staff_imports.figures.ends"), changes.ends, changes.ends ? "middling" : ""],
      [
        t("staff_imports.figures.brought_forward"),
        changes.brought_forward,
        changes.brought_forward ? "middling" : "",
      ],
      [t("staff_imports.figures.agencies"), changes.agencies, ""],
    );
  }
  counted.push(
    [t("staff_imports.figures.unchanged"), unchanged, ""],
    [t("staff_imports.figures.rejected"), rejected.length, rejected.length ? "bad" : ""],
  );
  return counted;
}

/** @param {Report} report */
export const figures = (report) =>
  counted(report).map(([name, value, look]) => {
    const figure = copyOf("figure");
    first(figure, "dt").textContent = name;
    first(figure, "dd").textContent = number(value);
    figure.className = look;
    return figure;
  });

/**
 * Shows in `place` the lines that are not taken.
 * @param {HTMLElement} place
 * @param {Rejected[]} [rejected]
 */
export function showRejected(place, rejected = []) {
  place.hidden = !rejected.length;
  place.replaceChildren();
  if (!rejected.length) return;
  const table = copyOf("table");
  const count = number(rejected.length);
  first(table, "caption").textContent =
    rejected.length === 1
      ? t("staff_imports.rejected.one")
      : t("staff_imports.rejected.several", { count });
  const rows = rejected.slice(0, SHOWN).map(({ line, message }) => {
    const row = document.createElement("tr");
    const head = document.createElement("th");
    head.scope = "row";
    head.textContent = number(line);
    const why = document.createElement("td");
    why.textContent = message;
    row.append(head, why);
    return row;
  });
  first(table, "tbody").append(...rows);
  place.append(table);
  if (rejected.length <= SHOWN) return;
  const more = document.createElement("p");
  more.textContent = t("staff_imports.rejected.more", { count: number(SHOWN) });
  place.append(more);
}

/** @param {Report} report */
export function readAs({ read_as: how }) {
  if (!how) return "";
  const { delimiter, encoding, ignored_columns: ignored } = how;
  const by = delimiterName(delimiter);
  const words = by
    ? t("staff_imports.read_as.csv", { by, encoding })
    : t("staff_imports.read_as.ndjson", { encoding });
  if (!ignored.length) return words;
  return `${words} ${t("staff_imports.read_as.ignored", { columns: ignored.join(", ") })}`;
}

/** @param {string | null} delimiter */
function delimiterName(delimiter) {
  if (!delimiter) return "";
  if (delimiter === ";") return t("staff_imports.read_as.semicolon");
  return delimiter === "," ? t("staff_imports.read_as.comma") : t("staff_imports.read_as.tab");
}

/**
 * The report as a file that spreadsheets open: its numbers, then each line that was not taken.
 * @param {Report} report
 */
export function csv(report) {
  const rows = counted(report).map(([name, value]) => [name, String(value), ""]);
  rows.push(["", "", ""], columns());
  for (const { line, column = "", message } of report.rejected || []) {
    rows.push([String(line), column, message]);
  }
  const text = rows.map((row) => row.map(cell).join(language === "fr" ? ";" : ",")).join("\r\n");
  // Spreadsheets know by this mark that the text is in UTF-8.
  return `\ufeff${text}\r\n`;
}

const columns = () => [
  t("staff_imports.rejected.line"),
  t("staff_imports.rejected.column"),
  t("staff_imports.rejected.why"),
];

/**
 * A cell. The name of a column comes from the file: a spreadsheet must not take it for a formula.
 * @param {string} text
 */
function cell(text) {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
}
