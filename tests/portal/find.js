// How a test finds what a tenant sees, by its words. Loaded into a world of its own.

/** The words of `text`, whatever keeps them together. */
const words = (globalThis.words = (text) =>
  (text || "")
    .replace(/\s+/g, " ")
    .replace(/\u2011/g, "-")
    .trim());

/** What an element is called: without what is hidden from those who listen. */
function name(element) {
  const copy = element.cloneNode(true);
  for (const hidden of copy.querySelectorAll("[aria-hidden=true]")) hidden.remove();
  return words(copy.textContent);
}

const shown = (element) => element.checkVisibility({ visibilityProperty: true });

/** The first of the elements shown that is called `wanted`, else one whose name begins so. */
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

/** The button or link that says `wanted`, in the page's own part first. */
globalThis.control = (wanted) =>
  called(wanted, [...document.querySelectorAll("main :is(a, button)")]) ||
  called(wanted, [...document.querySelectorAll("a, button")]);

/** What the page says, as one sees it; what is only for screen readers included. */
globalThis.said = () => words(document.body.innerText);

/** What has the focus, by its name. */
globalThis.focused = () => {
  const element = document.activeElement;
  if (!element || element === document.body) return "";
  return label(element);
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
