// Activating the account, by the mailed link.

import "./site.js";
import { onSubmit } from "./form.js";
import { askPassword, fill, followAsWhoAsked, openLink, show, signInAs } from "./link.js";

onSubmit(async (values) => {
  const answer = await followAsWhoAsked("/api/activations", values);
  if (!answer) return;
  fill("email", answer.email);
  signInAs(answer.email);
  show("done");
});

openLink("registration", (link) => askPassword(link.needs_password));
