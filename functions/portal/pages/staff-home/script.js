// The search for a household, and what waits.

import { asProblem } from "../../scripts/api.js";
import { civilDay } from "../../scripts/dates.js";
import { all, copyOf, first, one } from "../../scripts/elements.js";
import { locale } from "../../scripts/language.js";
import { t } from "../../scripts/messages.js";
import { may, pageOf } from "../../scripts/staff.js";
import { waited } from "../../scripts/waited.js";
import { whileBusy } from "../../components/button/script.js";
import { conceal, showProblem } from "../../components/error-summary/script.js";
import { onSubmit } from "../../components/form/script.js";
import { whenStaff } from "../../components/staff-gate/script.js";

/**
 * @typedef {object} Found
 * @property {string} lease
 * @property {string} last_name
 * @property {string} [first_name]
 * @property {Contact} agency
 * @property {string} [ends_on]
 * @property {"none" | "active" | "deactivated"} account
 */

const PATH = "/api/staff/households";

const field = one("q", HTMLInputElement);

/** What was searched, and where its list goes on. */
let searched = "";
let next = "";

onSubmit(async ({ q }) => {
  await search(q);
  one("found-title").focus();
});

one("more").addEventListener("click", async () => {
  conceal(one("more-error"));
  const { length } = one("households").children;
  try {
    await whileBusy(one("more"), one("more-status"), async () => {
      draw(await pageOf(PATH, { q: searched, after: next }, "households"));
    });
  } catch (problem) {
    return showProblem(one("more-error"), problem);
  }
  const link = all("a", one("households"))[length];
  (link || one("found-title")).focus();
});

/**
 * Searches `q`, and keeps it with this entry of the tab's history: going back finds it again. It is in
 * no address.
 * @param {string} q
 */
async function search(q) {
  const answer = await pageOf(PATH, { q }, "households");
  searched = q;
  history.replaceState({ ...history.state, q }, "");
  one("households").replaceChildren();
  draw(answer);
}

/** @param {{ households: Found[], next?: string }} answer */
function draw(answer) {
  const list = one("households");
  list.append(...answer.households.map(item));
  next = answer.next || "";
  one("more").hidden = !next;
  one("nothing").hidden = list.children.length > 0;
  one("found-title").textContent = counted(list.children.length, Boolean(next));
  one("found").hidden = false;
}

/**
 * @param {number} count
 * @param {boolean} goesOn
 */
function counted(count, goesOn) {
  if (!count) return t("staff_home.found.none", { searched });
  if (goesOn) return t("staff_home.found.first", { count: count.toLocaleString(locale) });
  if (count === 1) return t("staff_home.found.one");
  return t("staff_home.found.several", { count: count.toLocaleString(locale) });
}

/** @param {Found} found */
function item(found) {
  const item = copyOf("household");
  const part = /** @param {string} name */ (name) => first(item, `[data-of=${name}]`);
  first(item, "a", HTMLAnchorElement).href = `/agence/foyer#${found.lease}`;
  // The list is in the order of last names.
  part("name").textContent = [found.last_name, found.first_name].filter(Boolean).join(" ");
  part("lease").textContent = found.lease;
  part("agency").textContent = found.agency.name;
  if (found.ends_on) {
    part("end").textContent = ` · ${t("staff_home.ends", { day: civilDay(found.ends_on) })}`;
  }
  const [words, look] = accountOf(found);
  part("account").textContent = words;
  if (look) part("account").classList.add(look);
  return item;
}

/** @param {Found} found */
function accountOf({ account }) {
  switch (account) {
    case "active":
      return [t("staff.account.active"), "good"];
    case "deactivated":
      return [t("staff.account.deactivated"), "bad"];
    default:
      return [t("staff.account.none"), ""];
  }
}

/** Says how many requests wait, and since when. */
async function count() {
  const [title, since] = [one("open-count"), one("open-since")];
  try {
    /** @type {{ requests: { waited_days: number }[], next?: string }} */
    const { requests, next } = await pageOf("/api/staff/requests", {}, "requests");
    const count = requests.length;
    if (!count) {
      title.textContent = t("staff_home.requests.none");
      since.textContent = t("staff_home.requests.none_hint");
      return;
    }
    const number = count.toLocaleString(locale);
    if (next) title.textContent = t("staff_home.requests.many", { count: number });
    else if (count === 1) title.textContent = t("staff_home.requests.one");
    else title.textContent = t("staff_home.requests.several", { count: number });
    const waits = waited(requests[0].waited_days);
    since.textContent = t("staff_home.requests.oldest", { waits });
  } catch (problem) {
    title.textContent = t("staff_home.requests.title");
    since.textContent = asProblem(problem).message;
  }
}

whenStaff(async () => {
  one("imports-tile").hidden = !may("preview-import");
  const { q } = history.state || {};
  if (q && !field.value) field.value = q;
  // What waits comes by itself; a search that one comes back to is there from the first.
  count();
  if (!q) return;
  try {
    await search(q);
  } catch (problem) {
    showProblem(first(document, "form .error-summary"), problem);
  }
}).then(() => {
  if (one("found").hidden) field.focus();
});
