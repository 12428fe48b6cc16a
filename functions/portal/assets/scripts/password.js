// The password policy ticks itself off as one types: the rules of shared/src/domain/password.rs,
// the list of common passwords excepted, which only the server knows.

import { t } from "./language.js";

/** The letters and digits of `text` alone, without case or accents. */
export function fold(text) {
  const spelled = { œ: "oe", æ: "ae", ß: "ss", ø: "o", đ: "d", ð: "d", ł: "l", ı: "i" };
  return text
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[œæßøđðłı]/g, (letter) => spelled[letter])
    .replace(/[^\p{Alphabetic}\p{N}]|\p{M}/gu, "");
}

/**
 * Which rules `password` keeps, for somebody of these `names`, which may not be all of them, and this
 * `email`; null: that is not known here.
 */
export function check(password, { min, names, areAllNames, email }) {
  const text = password.normalize("NFKC");
  const begins = (start, least) =>
    [...start].length >= least && fold(text).startsWith(start);
  return {
    length: [...text].length >= min && [...text].length <= 128,
    letter: /\p{Alphabetic}/u.test(text),
    digit: /[0-9]/.test(text),
    name: names.some((name) => begins(fold(name), 2)) ? false : areAllNames || null,
    email: email === null ? null : ![email.split("@")[0], email].some((e) => begins(fold(e), 3)),
  };
}

/** From 1, just enough, to 3, hard to guess: length does more than anything else. */
export function strength(password) {
  const characters = [...password.normalize("NFKC")];
  const variety = new Set(characters).size;
  const kinds = [/\p{Ll}/u, /\p{Lu}/u, /\p{N}/u, /[^\p{L}\p{N}]/u];
  const mixed = kinds.filter((kind) => kind.test(password)).length;
  const bits = Math.min(characters.length, variety * 2) * (2.2 + mixed * 0.6);
  return bits >= 62 ? 3 : bits >= 42 ? 2 : 1;
}

/** Follows what is typed in the field `id`; `person` says whose password it is, as far as known. */
export function policy(id, person) {
  const field = document.getElementById(id);
  const rules = [...document.querySelectorAll("[data-rule]")];
  const meter = document.getElementById("strength");
  const status = document.getElementById("rules-status");
  let timer = 0;

  function look() {
    const typed = field.value !== "";
    const kept = check(field.value, { min: Number(field.dataset.min), ...person() });
    for (const rule of rules) {
      const state = stateOf(kept[rule.dataset.rule], typed);
      rule.dataset.state = state;
      // That a rule is kept shows; that it is checked later has to be read.
      const words = rule.querySelector("span > span");
      words.className = state === "later" ? "" : "sr";
      words.textContent = {
        kept: t(" : respecté", ": met"),
        open: t(" : à respecter", ": to be met"),
        later: t(" – vérifié à l’envoi", " – checked when sent"),
      }[state] || "";
    }
    const count = (state) => rules.filter((rule) => rule.dataset.state === state).length;
    const level = count("open") ? 0 : strength(field.value);
    meter.hidden = !typed;
    meter.dataset.strength = level;
    const words = [
      t("Pas encore suffisant", "Not enough yet"),
      t("Facile à deviner : allongez-le", "Easy to guess: make it longer"),
      t("Assez difficile à deviner", "Rather hard to guess"),
      t("Mot de passe très solide", "Very strong password"),
    ];
    document.getElementById("strength-text").textContent = words[level];
    clearTimeout(timer);
    if (typed) timer = setTimeout(() => (status.textContent = said(count, words[level])), 800);
  }

  document.querySelector("main form").addEventListener("input", look);
  look();
}

/** Where a rule stands; what the page cannot know is checked when the form is sent. */
function stateOf(isKept, typed) {
  if (isKept === null) return "later";
  if (!typed) return "";
  return isKept ? "kept" : "open";
}

/** What is told to those who listen, of the rules whose states `count` counts. */
function said(count, words) {
  if (!count("open")) return words;
  const [kept, known] = [count("kept"), count("kept") + count("open")];
  return t(`Règles respectées : ${kept} sur ${known}`, `Rules met: ${kept} out of ${known}`);
}
