// Taking a change of address back, by the link mailed to the old one.

import "./site.js";
import { onSubmit } from "./form.js";
import { fill, follow, openLink, show } from "./link.js";
import { verify } from "./session.js";

onSubmit(async () => {
  const answer = await follow("/api/email-changes/revert");
  if (!answer) return;
  verify();
  fill("email", answer.email);
  show("done");
});

openLink("revert");
