// One's account at a glance.

import "./site.js";
import { language, t } from "./language.js";
import { whenSignedIn } from "./private.js";
import { call, update } from "./session.js";

const one = (id) => document.getElementById(id);
const day = (date) =>
  new Date(date).toLocaleDateString(language, { day: "numeric", month: "long", year: "numeric" });

whenSignedIn((account) => {
  one("hello").textContent = t(`Bonjour ${account.first_name}`, `Hello ${account.first_name}`);
  one("who").textContent = t(
    `Le compte du foyer de ${account.first_name} ${account.last_name}`,
    `The account of ${account.first_name} ${account.last_name}’s household`,
  );
  one("agency").textContent = account.agency.name;
  one("agency-email").textContent = account.agency.email;
  one("agency-email").href = `mailto:${account.agency.email}`;
  one("since").textContent = t(
    `Compte ouvert le ${day(account.created_at)}.`,
    `Account opened on ${day(account.created_at)}.`,
  );
  one("closing").hidden = !account.closes_on;
  if (account.closes_on) one("closes_on").textContent = day(account.closes_on);
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
