// What is known of a household's lease and account.

import { civilDay, dayOf } from "../../scripts/dates.js";
import { copyOf, first } from "../../scripts/elements.js";
import { t } from "../../scripts/messages.js";
import { contact } from "../../components/contact/script.js";
import { day } from "./why.js";

/**
 * @param {Household} household
 * @returns {HTMLElement[]}
 */
export function facts({ lease, account }) {
  const known = [
    fact(t("staff_household.facts.lease"), leaseEnd(lease)),
    fact(t("staff_household.facts.agency"), ...contact(lease.agency)),
  ];
  if (lease.adviser)
    known.push(fact(t("staff_household.facts.adviser"), ...contact(lease.adviser)));
  if (!account) return known;
  if (account.email) known.unshift(fact(t("staff_household.facts.identifier"), account.email));
  known.push(
    fact(t("staff_household.facts.opened"), dayOf(account.created_at)),
    fact(t("staff_household.facts.documents"), documents(account)),
    fact(t("staff_household.facts.language"), languageOf(account)),
  );
  if (account.closes_on && account.status === "active") {
    known.push(fact(t("staff_household.facts.closes_on"), civilDay(account.closes_on)));
  }
  if (account.deactivated_at) {
    known.push(fact(t("staff_household.facts.deactivated"), day(account.deactivated_at)));
  }
  if (account.erased_on) {
    known.push(fact(t("staff_household.facts.erased_on"), civilDay(account.erased_on)));
  }
  return known;
}

/** @param {Household["lease"]} lease */
function leaseEnd({ ends_on: end, ended }) {
  if (!end) return t("staff_household.facts.no_end");
  const day = civilDay(end);
  return ended
    ? t("staff_household.facts.ended", { day })
    : t("staff_household.facts.ends", { day });
}

/** @param {NonNullable<Household["account"]>} account */
function documents({ paperless: { granted, since } }) {
  const words = granted ? t("account.facts.paperless") : t("account.facts.by_post");
  if (!since) return words;
  return t("staff_household.facts.since", { words, day: dayOf(since) });
}

/** @param {NonNullable<Household["account"]>} account */
const languageOf = ({ language }) =>
  language === "en" ? t("staff_household.facts.english") : t("staff_household.facts.french");

/**
 * @param {string} name
 * @param {(string | Node)[]} value
 */
function fact(name, ...value) {
  const fact = copyOf("fact");
  first(fact, "dt").textContent = name;
  first(fact, "dd").append(...value);
  return fact;
}
