// Asking for a link to choose another password with.

import "./site.js";
import { send } from "./api.js";
import { onSubmit } from "./form.js";
import { remembered } from "./identifier.js";
import { again, sent } from "./sent.js";

const form = onSubmit(async ({ email }) => {
  await send("POST", "/api/password-resets", { email });
  sent(email);
});
again(form);

const email = document.getElementById("email");
if (!email.value) email.value = remembered();
