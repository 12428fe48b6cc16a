// Asking for a reminder of one's identifier.

import { send } from "../../scripts/api.js";
import { again, sent } from "../../scripts/sent.js";
import { onSubmit } from "../../components/form/script.js";

const form = onSubmit(async (values) => {
  await send("POST", "/api/identifier-reminders", values);
  sent();
});
again(form);
