// Signing in.

import "./site.js";
import { onSubmit } from "./form.js";
import { remembered } from "./identifier.js";
import { t } from "./language.js";
import { follow, signIn } from "./session.js";

const email = document.getElementById("email");
const parameters = new URLSearchParams(location.search);
const wanted = parameters.get("suite") || "";
const next = /^\/mon-compte(\/[a-z-]+)?$/.test(wanted) ? wanted : "/mon-compte";

follow((account) => account && location.replace(next));

if (wanted) {
  const notice = document.getElementById("notice");
  notice.textContent = t("Connectez-vous pour continuer.", "Sign in to continue.");
  notice.hidden = false;
}

const form = onSubmit(async (values) => {
  // Signed in, the page gives way to the account.
  await signIn(values);
  await new Promise(() => {});
});

if (remembered()) form.querySelector("#remember").checked = true;
if (!email.value) email.value = (history.state && history.state.email) || remembered();
if (email.value) document.getElementById("password").focus();
