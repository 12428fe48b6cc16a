// Confirming a new address, by the link mailed to it.

import { verify } from "../../scripts/session.js";
import { onSubmit } from "../../components/form/script.js";
import {
  askPassword,
  fill,
  followAsWhoAsked,
  openLink,
  show,
  signInAs,
} from "../../components/link-states/script.js";

onSubmit(async (values) => {
  const answer = await followAsWhoAsked("/api/email-changes/confirm", values);
  if (!answer) return;
  verify();
  fill("email", answer.email);
  signInAs(answer.email);
  show("done");
});

openLink("email-change", (link) => askPassword(link.needs_password));
