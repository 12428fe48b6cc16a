// Taking a change of address back, by the link mailed to the old one.

import { verify } from "../../scripts/session.js";
import { onSubmit } from "../../components/form/script.js";
import { fill, follow, openLink, show } from "../../components/link-states/script.js";

onSubmit(async () => {
  const answer = await follow("/api/email-changes/revert");
  if (!answer) return;
  verify();
  fill("email", answer.email);
  show("done");
});

openLink("revert");
