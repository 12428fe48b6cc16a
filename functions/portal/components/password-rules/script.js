// The password policy ticks itself off as one types: the rules of shared/src/domain/password.rs,
// the list of common passwords excepted, which only the server knows.

import { all, first, one } from "../../scripts/elements.js";
import { t } from "../../scripts/messages.js";

/**
 * Whose password it is, as far as known: the names, which may not be all of them, and the address.
 * @typedef {{ names: string[], areAllNames: boolean, email: string | null }} Person
 */

/** @type {Record<string, string>} */
const SPELLED = {
  œ: "oe",
  æ: "ae",
  ß: "ss",
  þ: "th",
  ø: "o",
  đ: "d",
  ð: "d",
  ħ: "h",
  ł: "l",
  ı: "i",
  ς: "σ",
};

/**
 * The letters and digits of `text` alone, without case or accents.
 * @param {string} text
 */
export function fold(text) {
  return text
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[œæßþøđðħłıς]/g, (letter) => SPELLED[letter])
    .replace(/[^\p{Alphabetic}\p{N}]|[\p{M}\p{DI}ʹ-˟˥-˿Ꞌꞌ]/gu, "");
}

/**
 * Whether `name` may be several, or have another spelling, which the server tells apart: `DUPONT ET
 * MARTIN`, `St-Étienne`.
 * @param {string} name
 */
const isManifold = (name) =>
  /[^\p{L}\p{M}\p{N}'’ʼ‐-―−﹘﹣－-]/u.test(name.trim()) ||
  /(^|[^\p{L}\p{M}])ste?([^\p{L}\p{M}]|$)/iu.test(name);

/**
 * Which rules `password` keeps; null: that is not known here.
 * @param {string} password
 * @param {{ min: number } & Person} policy
 * @returns {Record<string, boolean | null>}
 */
export function check(password, { min, names, areAllNames, email }) {
  const text = password.normalize("NFKC");
  /**
   * @param {string} start
   * @param {number} least
   */
  const begins = (start, least) => [...start].length >= least && fold(text).startsWith(start);
  return {
    length: [...text].length >= min && [...text].length <= 128,
    letter: /\p{Alphabetic}/u.test(text),
    digit: /[0-9]/.test(text),
    name: names.some((name) => begins(fold(name), 2))
      ? false
      : (areAllNames && !names.some(isManifold)) || null,
    email: email === null ? null : ![email.split("@")[0], email].some((e) => begins(fold(e), 3)),
  };
}

/**
 * From 1, just enough, to 3, hard to guess: length does more than anything else.
 * @param {string} password
 */
export function strength(password) {
  const characters = [...password.normalize("NFKC")];
  const variety = new Set(characters).size;
  const kinds = [/\p{Ll}/u, /\p{Lu}/u, /\p{N}/u, /[^\p{L}\p{N}]/u];
  const mixed = kinds.filter((kind) => kind.test(password)).length;
  const bits = Math.min(characters.length, variety * 2) * (2.2 + mixed * 0.6);
  return bits >= 62 ? 3 : bits >= 42 ? 2 : 1;
}

/**
 * Follows what is typed in the field `id`, which is a password of `person`.
 * @param {string} id
 * @param {() => Person} person
 */
export function policy(id, person) {
  const field = one(id, HTMLInputElement);
  const rules = all("[data-rule]");
  const meter = one("strength");
  const status = one("rules-status");
  let timer = 0;

  // For password managers that propose one (https://github.com/whatwg/html/issues/3518).
  const length = `minlength: ${field.dataset.min}; maxlength: 128`;
  const kinds = "required: lower, upper; required: digit; allowed: ascii-printable";
  field.setAttribute("passwordrules", `${length}; ${kinds};`);

  function look() {
    const typed = field.value !== "";
    const kept = check(field.value, { min: Number(field.dataset.min), ...person() });
    for (const rule of rules) {
      const state = stateOf(kept[rule.dataset.rule || ""], typed);
      rule.dataset.state = state;
      // That a rule is kept shows; that it is checked later has to be read.
      const words = first(rule, "span > span");
      words.className = state === "later" ? "" : "sr";
      words.textContent = told(state);
    }
    /** @param {State} state */
    const count = (state) => rules.filter((rule) => rule.dataset.state === state).length;
    const level = count("open") ? 0 : strength(field.value);
    meter.hidden = !typed;
    meter.dataset.strength = String(level);
    const words = [
      t("password_rules.strength.insufficient"),
      t("password_rules.strength.weak"),
      t("password_rules.strength.good"),
      t("password_rules.strength.strong"),
    ][level];
    one("strength-text").textContent = words;
    clearTimeout(timer);
    const say = () => (status.textContent = said(count, words));
    if (typed) timer = window.setTimeout(say, 800);
  }

  first(document, "main form").addEventListener("input", look);
  look();
}

/** @typedef {"" | "kept" | "open" | "later"} State */

/**
 * Where a rule stands; what the page cannot know is checked when the form is sent.
 * @param {boolean | null} isKept
 * @param {boolean} typed
 * @returns {State}
 */
function stateOf(isKept, typed) {
  if (isKept === null) return "later";
  if (!typed) return "";
  return isKept ? "kept" : "open";
}

/**
 * What is told beside a rule.
 * @param {State} state
 */
function told(state) {
  switch (state) {
    case "kept":
      return t("password_rules.kept");
    case "open":
      return t("password_rules.open");
    case "later":
      return t("password_rules.later");
    default:
      return "";
  }
}

/**
 * What is told to those who listen, of the rules whose states `count` counts.
 * @param {(state: State) => number} count
 * @param {string} words
 */
function said(count, words) {
  if (!count("open")) return words;
  const kept = count("kept");
  return t("password_rules.count", { kept, known: kept + count("open") });
}
