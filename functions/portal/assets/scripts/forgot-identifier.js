// Asking for a reminder of one's identifier.

import "./site.js";
import { send } from "./api.js";
import { onSubmit } from "./form.js";
import { again, sent } from "./sent.js";

const form = onSubmit(async (values) => {
  await send("POST", "/api/identifier-reminders", values);
  sent();
});
again(form);
