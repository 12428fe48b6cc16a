// How a test finds what a tenant sees, by its words. Loaded into a world of its own.

const words = (text) => (text || "").replace(/\s+/g, " ").trim();
const shown = (element) => element.checkVisibility({ visibilityProperty: true });
const places = () => [document.querySelector("main"), document];

function among(selector, named) {
  for (const place of places()) {
    const all = [...place.querySelectorAll(selector)].filter(shown);
    const names = all.map((element) => words(named(element)));
    for (const is of [(a, b) => a === b, (a, b) => a.startsWith(b)]) {
      const found = (name) => all[names.findIndex((candidate) => is(candidate, name))];
      const element = found(wanted);
      if (element) return element;
    }
  }
  return null;
}

let wanted = "";

/** The field whose label says `name`. */
globalThis.field = (name) => {
  wanted = name;
  return among("input, textarea, select", ({ labels }) => labels && labels[0] && labels[0].textContent);
};

/** The button or link that says `name`, in the page's own part first. */
globalThis.control = (name) => {
  wanted = name;
  return among("button, a, summary", (element) => element.textContent);
};

/** What the page says, as one sees it; what is only for screen readers included. */
globalThis.said = () => words(document.body.innerText);

/** What has the focus, by its name. */
globalThis.focused = () => {
  const element = document.activeElement;
  if (!element || element === document.body) return "";
  const label = element.labels && element.labels[0];
  return words((label || element).textContent);
};

/** Whether one sees what has the focus. */
globalThis.focusShows = () => {
  const element = document.activeElement;
  const look = getComputedStyle(element);
  const box = element.getBoundingClientRect();
  const ring = look.outlineStyle !== "none" && parseFloat(look.outlineWidth) >= 2;
  const inView = box.bottom > 0 && box.top < innerHeight && box.width > 0;
  return element.matches(":focus-visible") && inView && (ring || look.boxShadow !== "none");
};

/** The middle of an element, in view. */
globalThis.middle = (element) => {
  if (!element) return null;
  element.scrollIntoView({ block: "center", behavior: "instant" });
  const box = element.getBoundingClientRect();
  const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
  const hit = document.elementFromPoint(x, y);
  return hit && (element.contains(hit) || hit.contains(element)) ? { x, y } : null;
};

/** What stands out of the page's width. */
globalThis.tooWide = () => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  return [...document.querySelectorAll("body *")]
    .filter((element) => element.getBoundingClientRect().right > width + 0.5)
    .map((element) => element.outerHTML.slice(0, 120));
};

/** The lines of text on the page, and what it says where one does not look. */
globalThis.lines = () => {
  const lines = [document.title];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    if (!walker.currentNode.parentElement.closest("script, noscript, code")) {
      lines.push(words(walker.currentNode.data));
    }
  }
  for (const element of document.querySelectorAll("[aria-label]")) {
    lines.push(element.getAttribute("aria-label"));
  }
  return lines.filter((line) => /\p{L}{2}/u.test(line));
};
