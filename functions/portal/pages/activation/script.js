// Activating the account, by the mailed link.

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
  const answer = await followAsWhoAsked("/api/activations", values);
  if (!answer) return;
  fill("email", answer.email);
  signInAs(answer.email);
  show("done");
});

openLink("registration", (link) => askPassword(link.needs_password));
