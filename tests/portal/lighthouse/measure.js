// Runs Lighthouse on three pages of the portal at `process.argv[2]`, for desktop and for mobile, and
// exits with 1 where a score is below its goal. See `run`.

import lighthouse, { desktopConfig } from "lighthouse";
import * as puppeteer from "puppeteer-core";

/** The lowest scores that pass, of 100. */
const GOALS = {
  desktop: { performance: 100, accessibility: 100, "best-practices": 100 },
  mobile: { performance: 98, accessibility: 100, "best-practices": 100 },
};

/** Lighthouse's two settings: its default one is a middling phone on slow 4G. */
const SETTINGS = { desktop: desktopConfig, mobile: undefined };

/** The pages, and whether one is signed in. Who is signed in sees no home page: those come first. */
const PAGES = [
  { name: "home", path: "/", says: "Première visite" },
  { name: "registration", path: "/inscription", says: "Créer le compte" },
  { name: "account", path: "/mon-compte", says: "Bonjour Camille", signedIn: true },
];

/** The median of as many runs counts: the machine has other things to do. */
const RUNS = Number(process.env.RUNS ?? 3);

/** The household that signs up: a row of events/leases.csv. */
const HOUSEHOLD = {
  lease: "12345678",
  last_name: "Martin",
  email: "camille.martin@exemple.example",
  password: "quatre chevaux bleus 4",
};

const address = process.argv[2];

async function post(path, body) {
  const answer = await fetch(address + path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
}

/** Signs the household up over the API. */
async function signUp(terms) {
  await post("/api/registrations", { ...HOUSEHOLD, terms });
  for (let tries = 0; tries < 100; tries += 1) {
    const mails = await (await fetch(`${address}/_local/mails?to=${HOUSEHOLD.email}`)).json();
    const links = mails.flatMap((mail) => mail.links);
    const link = links.find((link) => link.includes("#"));
    if (link) return post("/api/activations", { token: link.split("#")[1], password: HOUSEHOLD.password });
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("the mail that activates the account did not come");
}

/** Signs in as a tenant does, in the browser that Lighthouse drives: it keeps the cookies. */
async function signIn(browser) {
  const page = await browser.newPage();
  await page.goto(address, { waitUntil: "networkidle0" });
  await page.type("input[name=email]", HOUSEHOLD.email);
  await page.type("input[name=password]", HOUSEHOLD.password);
  await Promise.all([page.waitForNavigation(), page.click("button[type=submit]")]);
  await page.close();
}

/** The version of the terms that the registration page asks to accept. */
async function terms() {
  const page = await (await fetch(`${address}/inscription`)).text();
  return page.match(/name="terms"[^>]* value="([^"]+)"/)[1];
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** One report on a page. A trace that Chromium failed to record on a busy machine is recorded again. */
async function report(browser, setting, { path, says }, tries = 3) {
  const page = await browser.newPage();
  const options = { onlyCategories: Object.keys(GOALS[setting]), logLevel: "silent" };
  try {
    const { lhr } = await lighthouse(address + path, options, SETTINGS[setting], page);
    if (lhr.runtimeError) {
      if (tries > 1) return report(browser, setting, { path, says }, tries - 1);
      throw new Error(`${path}: ${lhr.runtimeError.message}`);
    }
    if (new URL(lhr.finalDisplayedUrl).pathname !== path) {
      throw new Error(`${path} led to ${lhr.finalDisplayedUrl}`);
    }
    const text = await page.evaluate(() => document.body.innerText);
    if (!text.includes(says)) throw new Error(`${path} does not say “${says}”: ${text}`);
    return lhr;
  } finally {
    await page.close();
  }
}

/** Measures a page: its scores, and the reports they are the medians of. */
async function measure(browser, setting, page) {
  const reports = [];
  for (let run = 0; run < RUNS; run += 1) reports.push(await report(browser, setting, page));
  const scores = {};
  for (const category of Object.keys(GOALS[setting])) {
    scores[category] = Math.round(median(reports.map((r) => r.categories[category].score)) * 100);
  }
  return { scores, reports };
}

/** A figure of the performance score, the median of all runs. */
const figure = (reports, audit) => median(reports.map((r) => r.audits[audit].numericValue));

/** The audits that count and are not perfect in the last run, each with what it says. */
function faults({ categories, audits }) {
  const found = [];
  for (const [category, { auditRefs }] of Object.entries(categories)) {
    for (const { id, weight } of auditRefs) {
      const { score, title, displayValue = "", details } = audits[id];
      if (!weight || score === null || score >= (category === "performance" ? 0.995 : 1)) continue;
      const elements = (details?.items ?? []).map((item) => item.node?.snippet ?? item.description);
      const where = elements.filter(Boolean).slice(0, 3).join(" ");
      found.push(`${category}: ${id} ${Math.round(score * 100)}: ${title} ${displayValue} ${where}`);
    }
  }
  return found;
}

const browser = await puppeteer.launch({
  executablePath: process.env.CHROME_PATH,
  args: ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--accept-lang=fr-FR"],
});
let passes = true;
try {
  await signUp(await terms());
  const row = (...cells) => {
    const widths = [14, 9, 13, 15, 16, 8, 8, 8, 7];
    console.log(cells.map((cell, at) => String(cell).padEnd(widths[at])).join("").trimEnd());
  };
  row("page", "setting", "performance", "accessibility", "best practices", "FCP ms", "LCP ms", "TBT ms", "CLS");
  const told = [];
  let isSignedIn = false;
  for (const page of PAGES) {
    if (page.signedIn && !isSignedIn) {
      await signIn(browser);
      isSignedIn = true;
    }
    for (const setting of Object.keys(GOALS)) {
      const { scores, reports } = await measure(browser, setting, page);
      const categories = Object.entries(GOALS[setting]);
      const cells = categories.map(([category, goal]) => {
        const below = scores[category] < goal;
        if (below) passes = false;
        return `${scores[category]}${below ? ` < ${goal}` : ""}`;
      });
      const times = ["first-contentful-paint", "largest-contentful-paint", "total-blocking-time"];
      row(
        page.name,
        setting,
        ...cells,
        ...times.map((audit) => Math.round(figure(reports, audit))),
        figure(reports, "cumulative-layout-shift").toFixed(3),
      );
      told.push(...faults(reports.at(-1)).map((fault) => `${page.name}, ${setting}, ${fault}`));
    }
  }
  if (told.length) console.log(`\nWhat counts and is not perfect:\n${told.join("\n")}`);
} finally {
  await browser.close();
}
process.exit(passes ? 0 : 1);
