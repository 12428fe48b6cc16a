// What every page of the agency has: its components, and a way back.

import "../components/skip-link/script.js";
import "../components/staff-masthead/script.js";

// A page reached by pushState shares its document with the one before, as history sees it: going
// back has to fetch that one again.
const here = location.pathname;
window.addEventListener("popstate", () => {
  if (location.pathname !== here) location.reload();
});
