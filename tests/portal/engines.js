// What two engines find on the page: axe-core, and IBM's accessibility-checker-engine. Loaded behind
// them, into the world of find.js.

/**
 * What an engine cannot decide and can be decided here: for each rule, whether an element is as it
 * has to be.
 */
const decided = {
  // axe-core reads `-webkit-text-fill-color`, which Chromium answers as the page has it and not as the
  // system shows it. What the system colours is readable; it colours all that the page lets it.
  "color-contrast": (element) =>
    matchMedia("(forced-colors: active)").matches &&
    getComputedStyle(element).forcedColorAdjust === "auto",
  // The engine knows the words for a new window in English alone.
  a_target_warning: (link) => /nouvel onglet|new tab/.test(link.textContent),
  // It looks at what covers a box where it lies, not where one scrolls to.
  element_tabbable_unobscured: (element) => {
    const [x, y] = [scrollX, scrollY];
    const isSeen = middle(element) !== null;
    scrollTo({ left: x, top: y, behavior: "instant" });
    return isSeen;
  },
  // It looks for the label of an `input`, not of a `textarea`.
  input_label_visible: ({ labels: [label] }) => Boolean(label) && label.checkVisibility(),
  // HTML allows a `dl` its groups in `div`s.
  list_structure_proper: ({ localName, children }) =>
    localName === "dl" &&
    [...children].every(({ children: [...terms] }) =>
      /^(dt )+dd( dd)*$/.test(terms.map(({ localName }) => localName).join(" ")),
    ),
};

const isDecided = (rule, element) => Boolean(element && decided[rule] && decided[rule](element));

/** WCAG 2.2 AA and what axe-core holds good besides; what it cannot decide counts too. */
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

/** WCAG 2.2 AA and IBM's own requirements: all that is not a pass, whatever the engine calls it. */
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

/** What both find: for each, the rule, the element, and what the engine says. */
globalThis.findings = async () => [...(await axeFinds()), ...(await ibmFinds())];
