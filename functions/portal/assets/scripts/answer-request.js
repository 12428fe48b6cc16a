// The agency's answer to a tenant's request, by the mailed link.

import "./site.js";
import { onSubmit } from "./form.js";
import { fill, follow, openLink, show } from "./link.js";

onSubmit(async () => {
  const answer = await follow("/api/agency-requests/answer");
  if (!answer) return;
  fill("lease", answer.lease);
  for (const kind of document.querySelectorAll("[data-kind]")) {
    kind.hidden = kind.dataset.kind !== answer.kind;
  }
  show("done");
});

openLink("agency-request");
