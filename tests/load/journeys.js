// Mixed journeys of households, for k6: first one at a time, then many at once. Each household has a lease, an
// address and a source of its own. tests/load/run starts it.

import { check, fail, sleep } from "k6";
import exec from "k6/execution";
import http from "k6/http";
import { Counter } from "k6/metrics";

const ADDRESS = __ENV.ADDRESS;
const MINUTES = Number(__ENV.MINUTES);
const HOUSEHOLDS = Number(__ENV.HOUSEHOLDS);
const IDLE_SECONDS = Number(__ENV.IDLE_SECONDS);

// A signature is required and not verified.
const SIGNATURE =
  "AWS4-HMAC-SHA256 Credential=LOAD/20260101/eu-west-3/execute-api/aws4_request, SignedHeaders=host, Signature=0";
const HEADER = "lease,last_name,first_name,agency_name,agency_email,ends_on,adviser_name,adviser_email";

const OPERATIONS = [
  "activate",
  "close-account",
  "export-account",
  "forgot-identifier",
  "forgot-password",
  "get-account",
  "get-lease",
  "import-leases",
  "list-requests",
  "list-sessions",
  "login",
  "logout",
  "change-password",
  "portal",
  "refresh-session",
  "register",
  "request-agency",
  "reset-password",
  "show-link",
  "update-account",
];

const unexpected = new Counter("unexpected");
const finished = new Counter("finished");

function thresholds() {
  const all = { unexpected: ["count==0"], "finished{phase:load}": ["count>0"] };
  for (const operation of OPERATIONS) {
    // A threshold that always holds has k6 keep the percentiles of each operation in each phase.
    for (const phase of ["idle", "load"]) {
      all[`http_req_duration{op:${operation},phase:${phase}}`] = ["max>=0"];
    }
  }
  return all;
}

export const options = {
  discardResponseBodies: false,
  summaryTrendStats: ["count", "med", "p(95)", "p(99)", "max"],
  thresholds: thresholds(),
  scenarios: {
    idle: {
      executor: "constant-vus",
      exec: "household",
      vus: 1,
      duration: `${IDLE_SECONDS}s`,
      gracefulStop: "60s",
      tags: { phase: "idle" },
    },
    load: {
      executor: "constant-vus",
      exec: "household",
      startTime: `${IDLE_SECONDS + 15}s`,
      vus: HOUSEHOLDS,
      duration: `${MINUTES}m`,
      gracefulStop: "120s",
      tags: { phase: "load" },
    },
  },
};

/** A browser of one household: it keeps cookies, also those marked as secure, and the access token. */
class Browser {
  constructor(source) {
    this.source = source;
    this.cookies = {};
    this.token = null;
  }

  call(operation, method, path, expected, body = null, headers = {}) {
    const sent = { "X-Forwarded-For": this.source, "User-Agent": "Load/1.0", ...headers };
    const pairs = Object.entries(this.cookies).map(([name, value]) => `${name}=${value}`);
    if (pairs.length > 0) sent.Cookie = pairs.join("; ");
    if (this.token !== null && sent.Authorization === undefined) sent.Authorization = `Bearer ${this.token}`;
    let text = body;
    if (body !== null && typeof body !== "string") {
      text = JSON.stringify(body);
      sent["Content-Type"] = "application/json";
    }
    const answer = http.request(method, `${ADDRESS}${path}`, text, {
      headers: sent,
      jar: new http.CookieJar(),
      redirects: 0,
      tags: { op: operation, name: operation },
    });
    this.keep(answer);
    const is = check(answer, { [`${operation} answers ${expected}`]: (it) => it.status === expected });
    if (!is) {
      unexpected.add(1, { op: operation });
      fail(`${operation} answers ${answer.status}, not ${expected}: ${answer.body}`);
    }
    return answer;
  }

  keep(answer) {
    for (const [name, values] of Object.entries(answer.cookies)) {
      const { value, max_age: age } = values[values.length - 1];
      if (value === "" || age < 0) delete this.cookies[name];
      else this.cookies[name] = value;
    }
    const kind = answer.headers["Content-Type"] || "";
    if (answer.status === 200 && kind.startsWith("application/json")) {
      const token = answer.json("access_token");
      if (token) this.token = token;
    }
  }

  /** As a page of the portal asks. */
  same(operation, method, path, expected) {
    return this.call(operation, method, path, expected, null, { "Sec-Fetch-Site": "same-origin" });
  }
}

/** The mails to an address are the machine's own. They are not measured. */
function mailsTo(email) {
  const answer = http.get(`${ADDRESS}/_local/mails?to=${email}`, { tags: { op: "local", name: "local" } });
  return answer.json();
}

/** Waits for a mail of this name and returns the token of its link. */
function tokenMailed(email, name) {
  for (let tries = 0; tries < 300; tries += 1) {
    const mail = mailsTo(email).find((it) => it.tags.mail === name);
    const link = mail && mail.links.find((it) => it.includes("#"));
    if (link) return link.split("#")[1];
    sleep(0.1);
  }
  unexpected.add(1, { op: name });
  return fail(`no ${name} is mailed to ${email} within 30 s`);
}

export function household() {
  const isIdle = exec.scenario.name === "idle";
  const number = 50_000_000 + exec.scenario.iterationInTest * 2 + (isIdle ? 0 : 1);
  const source = `10.${(number >> 16) % 256}.${(number >> 8) % 256}.${number % 256}`;
  const letters = String(number).replace(/\d/g, (digit) => "abcdefghij"[Number(digit)]);
  const [name, email, password] = [`Foyer ${letters}`, `foyer.${number}@exemple.example`, `girafes ${number} calmes`];
  const browser = new Browser(source);
  const agency = new Browser("192.0.2.10");
  const asAgency = (operation, method, path, expected, body, type) =>
    agency.call(operation, method, path, expected, body, { Authorization: SIGNATURE, "Content-Type": type });

  const row = `${number},${name},Dominique,Agence des Lilas,lilas@bailleur.example,2031-12-31,,`;
  asAgency("import-leases", "POST", "/api/agency/leases", 200, `${HEADER}\n${row}\n`, "text/csv");
  for (const page of ["/", "/inscription", "/mot-de-passe-oublie", "/mon-compte", "/aide"]) {
    browser.call("portal", "GET", page, 200);
  }
  browser.call("register", "POST", "/api/registrations", 202, {
    lease: `L${number}`,
    last_name: name,
    email,
    password,
    terms: "2026-01",
  });
  const activation = tokenMailed(email, "activation");
  browser.call("show-link", "POST", "/api/links/show", 200, { token: activation });
  browser.call("activate", "POST", "/api/activations", 200, { token: activation });
  browser.call("login", "POST", "/api/sessions", 401, { email, password: "girafes 0 perdues" });
  browser.call("login", "POST", "/api/sessions", 200, { email, password, remember: true });
  browser.call("get-account", "GET", "/api/account", 200);
  browser.same("refresh-session", "POST", "/api/sessions/refresh", 200);
  browser.call("list-sessions", "GET", "/api/sessions", 200);
  browser.call("update-account", "PATCH", "/api/account", 200, { language: "en" });
  const second = `${password} encore`;
  browser.call("change-password", "PUT", "/api/account/password", 204, {
    current_password: password,
    new_password: second,
  });
  browser.call("get-account", "GET", "/api/account", 200);
  asAgency("get-lease", "GET", `/api/agency/leases/${number}`, 200, null, "application/json");
  browser.call("forgot-identifier", "POST", "/api/identifier-reminders", 202, { lease: `${number}`, last_name: name });
  browser.call("forgot-password", "POST", "/api/password-resets", 202, { email });
  const reset = tokenMailed(email, "password-reset");
  const third = `${password} toujours`;
  browser.call("reset-password", "POST", "/api/password-resets/confirm", 204, { token: reset, password: third });
  // A reset ends the sessions.
  browser.call("get-account", "GET", "/api/account", 401);
  browser.call("login", "POST", "/api/sessions", 200, { email, password: third, remember: true });
  browser.call("request-agency", "POST", "/api/account/agency-requests", 202, {
    kind: "close-account",
    message: "Nous partons",
  });
  browser.call("list-requests", "GET", "/api/account/agency-requests", 200);
  browser.call("export-account", "GET", "/api/account/export", 200);
  browser.same("logout", "DELETE", "/api/sessions/current", 204);
  if (number % 3 === 0) {
    const closure = JSON.stringify({ lease: `${number}`, reason: "Départ" });
    asAgency("close-account", "POST", "/api/agency/closures", 204, closure, "application/json");
  }
  http.del(`${ADDRESS}/_local/mails?to=${email}`, null, { tags: { op: "local", name: "local" } });
  finished.add(1);
}

export function handleSummary(data) {
  const values = (name) => (data.metrics[name] ? data.metrics[name].values : null);
  const operations = OPERATIONS.map((operation) => {
    const of = (phase) => values(`http_req_duration{op:${operation},phase:${phase}}`);
    return { operation, idle: of("idle"), load: of("load") };
  });
  const count = (name) => (values(name) ? values(name).count : 0);
  const summary = {
    operations,
    unexpected: count("unexpected"),
    households: count("finished{phase:load}"),
    broken: Object.values(data.metrics).some((metric) =>
      Object.values(metric.thresholds || {}).some((threshold) => threshold.ok === false),
    ),
  };
  return { [__ENV.SUMMARY]: JSON.stringify(summary) };
}
