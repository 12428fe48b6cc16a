// Finds elements by their words, as a tenant sees them. Loaded into an isolated world.

/** The text with plain spaces and hyphens, as a test writes it. */
const words = (globalThis.words = (text) =>
  (text || "")
    .replace(/\s+/g, " ")
    .replace(/\u2011/g, "-")
    .trim());

/** The name of an element, without parts that are hidden from screen readers. */
function name(element) {
  const copy = element.cloneNode(true);
  for (const hidden of copy.querySelectorAll("[aria-hidden=true]")) hidden.remove();
  return words(copy.textContent);
}

const shown = (element) => element.checkVisibility({ visibilityProperty: true });

/** The first visible element with the name `wanted`, or else the first whose name begins with it. */
function called(wanted, elements) {
  const named = elements.filter(shown).map((element) => [element, label(element)]);
  const found =
    named.find(([, name]) => name === wanted) || named.find(([, name]) => name.startsWith(wanted));
  return found && found[0];
}

const label = (element) => name((element.labels && element.labels[0]) || element);

/** The field whose label says `wanted`. */
globalThis.field = (wanted) =>
  called(
    wanted,
    [...document.querySelectorAll("input, textarea")].filter((e) => e.labels.length),
  );

/** The button or link that says `wanted`; those of `main` come first. */
globalThis.control = (wanted) =>
  called(wanted, [...document.querySelectorAll("main :is(a, button)")]) ||
  called(wanted, [...document.querySelectorAll("a, button")]);

/** The visible text of the page, and the text for screen readers. */
globalThis.said = () => words(document.body.innerText);

/** The name of the focused element; empty if there is none. */
globalThis.focused = () => {
  const element = document.activeElement;
  if (!element || element === document.body) return "";
  return label(element);
};

/** Whether the focused element is in view and has a visible ring, 2 px wide at least. */
globalThis.focusShows = () => {
  const element = document.activeElement;
  const look = getComputedStyle(element);
  const box = element.getBoundingClientRect();
  const ring = look.outlineStyle !== "none" && parseFloat(look.outlineWidth) >= 2;
  const inView = box.bottom > 0 && box.top < innerHeight && box.width > 0;
  return element.matches(":focus-visible") && inView && (ring || look.boxShadow !== "none");
};

/** The middle of an element, after it was scrolled into view; null if another element covers it. */
globalThis.middle = (element) => {
  if (!element) return null;
  element.scrollIntoView({ block: "center", behavior: "instant" });
  const box = element.getBoundingClientRect();
  const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
  const hit = document.elementFromPoint(x, y);
  return hit && (element.contains(hit) || hit.contains(element)) ? { x, y } : null;
};

/** The elements that are wider than the page. */
globalThis.tooWide = () => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  return [...document.querySelectorAll("body *")]
    .filter((element) => element.getBoundingClientRect().right > width + 0.5)
    .map((element) => element.outerHTML.slice(0, 120));
};

/** The lines of text on the page, with its title and the labels for screen readers. */
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
