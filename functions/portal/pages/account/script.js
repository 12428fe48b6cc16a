// One's account at a glance.

import { asProblem } from "../../scripts/api.js";
import { civilDay, dayOf } from "../../scripts/dates.js";
import { one } from "../../scripts/elements.js";
import { t } from "../../scripts/messages.js";
import { fullName } from "../../scripts/person.js";
import { call, update } from "../../scripts/session.js";
import { contact } from "../../components/contact/script.js";
import { whenSignedIn } from "../../components/sign-in-gate/script.js";

whenSignedIn((account) => {
  const { adviser, agency, first_name } = account;
  one("hello").textContent = first_name
    ? t("account.hello", { first_name })
    : t("account.hello_unnamed");
  one("who").textContent = t("account.household", { name: fullName(account) });
  one("agency").replaceChildren(...contact(agency));
  one("with-adviser").hidden = !adviser;
  if (adviser) one("adviser").replaceChildren(...contact(adviser));
  one("since").textContent = t("account.since", { day: dayOf(account.created_at) });
  one("closing").hidden = !account.closes_on;
  if (account.closes_on) one("closes_on").textContent = civilDay(account.closes_on);
  one("new-terms").hidden = account.terms.current;
});

const accept = one("accept-terms", HTMLButtonElement);
accept.addEventListener("click", async () => {
  try {
    update(await call("PATCH", "/api/account", { terms: accept.value }));
    one("new-terms").hidden = true;
  } catch (error) {
    one("terms-error").textContent = asProblem(error).message;
    one("terms-error").hidden = false;
  }
});
