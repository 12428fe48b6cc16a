// One's account at a glance.

import "./site.js";
import { civilDay, dayOf } from "./dates.js";
import { t } from "./language.js";
import { fullName } from "./person.js";
import { whenSignedIn } from "./private.js";
import { call, update } from "./session.js";

const one = (id) => document.getElementById(id);

whenSignedIn((account) => {
  const { first_name: first } = account;
  one("hello").textContent = first ? t(`Bonjour ${first}`, `Hello ${first}`) : t("Bonjour", "Hello");
  one("who").textContent = t(
    `Le compte du foyer de ${fullName(account)}`,
    `The account of ${fullName(account)}’s household`,
  );
  one("agency").textContent = account.agency.name;
  one("agency-email").textContent = account.agency.email;
  one("agency-email").href = `mailto:${account.agency.email}`;
  one("since").textContent = t(
    `Compte ouvert le ${dayOf(account.created_at)}.`,
    `Account opened on ${dayOf(account.created_at)}.`,
  );
  one("closing").hidden = !account.closes_on;
  if (account.closes_on) one("closes_on").textContent = civilDay(account.closes_on);
  one("new-terms").hidden = account.terms.current;
});

one("accept-terms").addEventListener("click", async (event) => {
  try {
    update(await call("PATCH", "/api/account", { terms: event.currentTarget.value }));
    one("new-terms").hidden = true;
  } catch (problem) {
    one("terms-error").textContent = problem.message;
    one("terms-error").hidden = false;
  }
});
