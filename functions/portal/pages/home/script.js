// Signing in.

import { carried, carrying } from "../../scripts/carried.js";
import { first, one } from "../../scripts/elements.js";
import { remembered } from "../../scripts/identifier.js";
import { t } from "../../scripts/messages.js";
import { follow, signIn, whyEnded } from "../../scripts/session.js";
import { onSubmit } from "../../components/form/script.js";

const email = one("email", HTMLInputElement);
const parameters = new URLSearchParams(location.search);
const wanted = parameters.get("suite") || "";
const next = /^\/mon-compte(\/[a-z-]+)?$/.test(wanted) ? wanted : "/mon-compte";

follow((account) => {
  if (account) return location.replace(next);
  const words = whyHere();
  one("notice").textContent = words;
  one("notice").hidden = !words;
});

/** Why one is to sign in: what ended the session, as the server says it, or what the page before knew. */
function whyHere() {
  const why = whyEnded();
  if (why) return why.message;
  if (parameters.get("fin") === "deconnexion") return t("home.signed_out");
  return wanted ? t("home.sign_in_first") : "";
}

onSubmit(async (values) => {
  // Signed in, the page gives way to the account.
  await signIn(values);
  await new Promise(() => {});
});

carrying(first(document, ".links a", HTMLAnchorElement), () => email.value);
if (remembered()) one("remember", HTMLInputElement).checked = true;
if (!email.value) email.value = carried() || remembered();
if (email.value) one("password").focus();
