// Skipping to the content is no step of the tab's history, where links keep their token.

import { first, one } from "../../scripts/elements.js";

first(document, ".skip-link").addEventListener("click", (event) => {
  event.preventDefault();
  one("main").focus();
  one("main").scrollIntoView();
});
