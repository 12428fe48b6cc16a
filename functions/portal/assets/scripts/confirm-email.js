// Confirming a new address, by the link mailed to it.

import "./site.js";
import { onSubmit } from "./form.js";
import { fill, follow, openLink, show, signInAs } from "./link.js";
import { forget } from "./session.js";

onSubmit(async () => {
  const answer = await follow("/api/email-changes/confirm");
  if (!answer) return;
  forget();
  fill("email", answer.email);
  signInAs(answer.email);
  show("done");
});

openLink("email-change");
