// Registering a household.

import "./site.js";
import { send } from "./api.js";
import { onSubmit } from "./form.js";
import { language } from "./language.js";
import { policy } from "./password.js";
import { keepTyped } from "./typed.js";

const field = (id) => document.getElementById(id);

onSubmit(async (values) => {
  try {
    const { registration } = await send("POST", "/api/registrations", { ...values, language });
    // The next page finds in its history entry whom the mail went to, and how to send it again.
    // Going back, one finds what one has typed.
    keepTyped();
    history.pushState({ registration, email: values.email }, "", "/verifiez-vos-mails");
    location.reload();
    await new Promise(() => {});
  } catch (problem) {
    if (problem.errors && problem.errors.some(({ code }) => code === "terms_not_current")) {
      field("terms").checked = false;
      field("terms").value = (await send("GET", "/api/terms")).version;
    }
    throw problem;
  }
});

// The first name stands on the lease, which only the server sees.
policy("password", () => ({
  names: [field("last_name").value],
  areAllNames: false,
  email: field("email").value.trim() || null,
}));
