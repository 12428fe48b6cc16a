// How much one has written in a field whose length is limited.

import { all, first, one } from "../../scripts/elements.js";
import { locale } from "../../scripts/language.js";
import { t } from "../../scripts/messages.js";

/**
 * Makes the counters of `form` count. A limit is in characters, as the server counts them.
 * @param {HTMLFormElement} form
 */
export function counting(form) {
  for (const counter of all("[data-counts]", form)) {
    const field = one(counter.dataset.counts || "", HTMLTextAreaElement);
    const max = Number(counter.dataset.max);
    const shown = first(counter, "[aria-hidden]");
    const told = first(counter, "[role]");
    const look = () => {
      const length = [...field.value].length;
      const over = Math.max(length - max, 0);
      counter.classList.toggle("over", over > 0);
      shown.textContent = length ? words(length, max, over) : "";
      // Told once to those who listen, not at each key.
      const said = over ? t("character_count.too_long", { max: number(max) }) : "";
      if (told.textContent !== said) told.textContent = said;
    };
    field.addEventListener("input", look);
    look();
  }
}

/**
 * @param {number} length
 * @param {number} max
 * @param {number} over
 */
function words(length, max, over) {
  if (over === 1) return t("character_count.one_over");
  if (over) return t("character_count.over", { count: number(over) });
  return t("character_count.written", { count: number(length), max: number(max) });
}

/** @param {number} value */
const number = (value) => value.toLocaleString(locale);
