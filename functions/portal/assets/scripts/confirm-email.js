// Confirming a new address, by the link mailed to it.

import "./site.js";
import { onSubmit } from "./form.js";
import { askPassword, fill, followAsWhoAsked, openLink, show, signInAs } from "./link.js";
import { verify } from "./session.js";

onSubmit(async (values) => {
  const answer = await followAsWhoAsked("/api/email-changes/confirm", values);
  if (!answer) return;
  verify();
  fill("email", answer.email);
  signInAs(answer.email);
  show("done");
});

openLink("email-change", (link) => askPassword(link.needs_password));
