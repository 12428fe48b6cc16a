// Registering a household.

import { Problem, send } from "../../scripts/api.js";
import { one } from "../../scripts/elements.js";
import { language } from "../../scripts/language.js";
import { keepTyped } from "../../scripts/typed.js";
import { onSubmit } from "../../components/form/script.js";
import { policy } from "../../components/password-rules/script.js";

/** @param {string} id */
const field = (id) => one(id, HTMLInputElement);

onSubmit(async (values) => {
  try {
    const { registration } = await send("POST", "/api/registrations", { ...values, language });
    // The next page finds in its history entry whom the mail went to, and how to send it again.
    // Going back, one finds what one has typed.
    keepTyped();
    history.pushState({ registration, email: values.email }, "", "/verifiez-vos-mails");
    location.reload();
    await new Promise(() => {});
  } catch (error) {
    const errors = error instanceof Problem ? error.errors : [];
    if (errors.some(({ code }) => code === "terms_not_current")) {
      field("terms").checked = false;
      field("terms").value = (await send("GET", "/api/terms")).version;
    }
    throw error;
  }
});

// The first name stands on the lease, which only the server sees.
policy("password", () => ({
  names: [field("last_name").value],
  areAllNames: false,
  email: field("email").value.trim() || null,
}));
