// How much one has written in a field whose length is limited.

import { language, t } from "./language.js";

/** Makes the counters of `form` count. A limit is in characters, as the server counts them. */
export function counting(form) {
  for (const counter of form.querySelectorAll("[data-counts]")) {
    const field = document.getElementById(counter.dataset.counts);
    const max = Number(counter.dataset.max);
    const [shown, told] = counter.children;
    const look = () => {
      const length = [...field.value].length;
      const over = Math.max(length - max, 0);
      counter.classList.toggle("over", over > 0);
      shown.textContent = length ? words(length, max, over) : "";
      // Told once to those who listen, not at each key.
      const said = over ? t("Le texte est trop long.", "The text is too long.") : "";
      if (told.textContent !== said) told.textContent = said;
    };
    field.addEventListener("input", look);
    look();
  }
}

function words(length, max, over) {
  const number = (value) => value.toLocaleString(language);
  if (over === 1) return t("1 caractère de trop", "1 character too many");
  if (over) return t(`${number(over)} caractères de trop`, `${number(over)} characters too many`);
  return t(`${number(length)} sur ${number(max)}`, `${number(length)} of ${number(max)}`);
}
