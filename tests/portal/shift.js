// Measures layout shifts without recent input. Loaded into the isolated world of find.js.

/** The layout shifts so far: time in milliseconds, size, and elements. */
const shifts = [];

const named = ({ node }) => {
  const element = node && (node.nodeType === 1 ? node : node.parentElement);
  return element
    ? element.localName + (element.id ? `#${element.id}` : `.${element.className}`)
    : "?";
};

new PerformanceObserver((list) => {
  for (const { hadRecentInput, startTime, value, sources } of list.getEntries()) {
    if (!hadRecentInput) shifts.push({ startTime, value, of: sources.map(named) });
  }
}).observe({ type: "layout-shift", buffered: true });

/**
 * The cumulative layout shift: the largest sum of the shifts in one window. A window lasts five
 * seconds at most, and ends after a second without a shift (web.dev/articles/cls).
 */
globalThis.shift = () => {
  let [largest, sum, first, last] = [0, 0, 0, 0];
  for (const { startTime, value } of shifts) {
    if (startTime - last > 1000 || startTime - first > 5000) [sum, first] = [0, startTime];
    [sum, last] = [sum + value, startTime];
    largest = Math.max(largest, sum);
  }
  const of = shifts.filter(({ value }) => value > 0.005).flatMap(({ of }) => of);
  return { largest, of: [...new Set(of)].join(", ") };
};

/** Whether nothing has moved or been fetched for `quiet` milliseconds. */
globalThis.isSettled = (quiet) => {
  const fetched = performance.getEntriesByType("resource").map(({ responseEnd }) => responseEnd);
  const moved = shifts.map(({ startTime }) => startTime);
  const [{ loadEventEnd }] = performance.getEntriesByType("navigation");
  const last = Math.max(loadEventEnd, ...fetched, ...moved);
  return loadEventEnd > 0 && performance.now() - last > quiet;
};
