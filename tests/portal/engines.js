// The findings of two engines on the page: axe-core, and IBM's accessibility-checker-engine. Loaded
// after them, into the isolated world of find.js.

/** Rules that an engine cannot decide, but this script can: whether an element keeps the rule. */
const decided = {
  // axe-core reads `-webkit-text-fill-color`. Chromium answers with the page's colour, not with the
  // system's. The system's colours are readable, and apply unless the page forbids it.
  "color-contrast": (element) =>
    matchMedia("(forced-colors: active)").matches &&
    getComputedStyle(element).forcedColorAdjust === "auto",
  // The engine knows the words for a new window only in English.
  a_target_warning: (link) => /nouvel onglet|new tab/.test(link.textContent),
  // The engine does not scroll to the element before it looks for a cover.
  element_tabbable_unobscured: (element) => {
    const [x, y] = [scrollX, scrollY];
    const isSeen = middle(element) !== null;
    scrollTo({ left: x, top: y, behavior: "instant" });
    return isSeen;
  },
  // The engine looks for the label of an `input`, but not of a `textarea`.
  input_label_visible: ({ labels: [label] }) => Boolean(label) && label.checkVisibility(),
  // In HTML, a `div` may group the terms of a `dl`.
  list_structure_proper: ({ localName, children }) =>
    localName === "dl" &&
    [...children].every(({ children: [...terms] }) =>
      /^(dt )+dd( dd)*$/.test(terms.map(({ localName }) => localName).join(" ")),
    ),
};

const isDecided = (rule, element) => Boolean(element && decided[rule] && decided[rule](element));

/** axe-core's findings: WCAG 2.2 AA and its best practices, with those that it cannot decide. */
async function axeFinds() {
  const options = {
    resultTypes: ["violations", "incomplete"],
    rules: { "target-size": { enabled: true } },
  };
  const { violations, incomplete } = await axe.run(options);
  const nodes = [...violations, ...incomplete].flatMap(({ id, nodes }) =>
    nodes.map(({ html, target, failureSummary }) => ({ id, html, target, failureSummary })),
  );
  return nodes
    .filter(({ id, target }) => !isDecided(id, document.querySelector(target)))
    .map(({ id, html, failureSummary }) => ({ rule: id, element: html, says: failureSummary }));
}

/** The IBM engine's findings: WCAG 2.2 AA and IBM's own requirements, everything but a pass. */
async function ibmFinds() {
  const { results } = await new ace.Checker().check(document, ["IBM_Accessibility"]);
  const at = (path) => document.evaluate(path, document, null, 9).singleNodeValue;
  return results
    .filter(({ value: [, outcome] }) => outcome !== "PASS")
    .filter(({ ruleId, path }) => !isDecided(ruleId, at(path.dom)))
    .map(({ ruleId, snippet, value, message }) => ({
      rule: ruleId,
      element: snippet,
      says: `${value.join(" ").toLowerCase()}: ${message}`,
    }));
}

/** The findings of both: rule, element, and the engine's message. */
globalThis.findings = async () => [...(await axeFinds()), ...(await ibmFinds())];
