// Asking for a link to choose another password with.

import { send } from "../../scripts/api.js";
import { carried, carrying } from "../../scripts/carried.js";
import { one } from "../../scripts/elements.js";
import { remembered } from "../../scripts/identifier.js";
import { again, sent } from "../../scripts/sent.js";
import { onSubmit } from "../../components/form/script.js";

const form = onSubmit(async ({ email }) => {
  await send("POST", "/api/password-resets", { email });
  sent(email);
});
again(form);

const email = one("email", HTMLInputElement);
if (!email.value) email.value = carried() || remembered();
for (const id of ["sign-in", "sign-in-instead"]) {
  carrying(one(id, HTMLAnchorElement), () => email.value);
}
