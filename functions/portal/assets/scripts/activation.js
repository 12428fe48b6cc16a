// Activating the account, by the mailed link.

import "./site.js";
import { onSubmit } from "./form.js";
import { fill, follow, openLink, show, signInAs } from "./link.js";

const wanted = document.getElementById("password-wanted");

onSubmit(async ({ password }) => {
  try {
    const answer = await follow("/api/activations", password === undefined ? {} : { password });
    if (!answer) return;
    fill("email", answer.email);
    signInAs(answer.email);
    show("done");
  } catch (problem) {
    const first = wanted.hidden && problem.errors && problem.errors.some((e) => e.field === "password");
    if (!first) throw problem;
    // Another browser than the one that registered: the password shows that it is the same person.
    wanted.hidden = false;
    document.getElementById("password").focus();
  }
});

openLink("registration");
