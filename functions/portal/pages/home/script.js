// Signing in.

import { one } from "../../scripts/elements.js";
import { remembered } from "../../scripts/identifier.js";
import { t } from "../../scripts/messages.js";
import { follow, signIn } from "../../scripts/session.js";
import { onSubmit } from "../../components/form/script.js";

const email = one("email", HTMLInputElement);
const parameters = new URLSearchParams(location.search);
const wanted = parameters.get("suite") || "";
const next = /^\/mon-compte(\/[a-z-]+)?$/.test(wanted) ? wanted : "/mon-compte";

follow((account) => account && location.replace(next));

if (wanted) {
  one("notice").textContent = t("home.sign_in_first");
  one("notice").hidden = false;
}

onSubmit(async (values) => {
  // Signed in, the page gives way to the account.
  await signIn(values);
  await new Promise(() => {});
});

if (remembered()) one("remember", HTMLInputElement).checked = true;
if (!email.value) email.value = (history.state && history.state.email) || remembered();
if (email.value) one("password").focus();
