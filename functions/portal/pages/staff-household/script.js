// One household: why they cannot get in, what happened, and what one may do about it.

import { Problem, asProblem } from "../../scripts/api.js";
import { dayOf } from "../../scripts/dates.js";
import { all, copyOf, first, one } from "../../scripts/elements.js";
import { t } from "../../scripts/messages.js";
import { fullName } from "../../scripts/person.js";
import { call, isUnknown, may } from "../../scripts/staff.js";
import { whileBusy } from "../../components/button/script.js";
import { ask, close, wasAsked } from "../../components/confirm/script.js";
import { conceal, showProblem } from "../../components/error-summary/script.js";
import { whenStaff } from "../../components/staff-gate/script.js";
import { asks, grant, refuse } from "../../components/staff-request/script.js";
import { facts } from "./facts.js";
import { lines } from "./happened.js";
import { words } from "./why.js";

/** How much of what happened is shown at first. */
const FEW = 6;

const lease = location.hash.slice(1);
const path = `/api/staff/households/${encodeURIComponent(lease)}`;

/** @type {Household} */
let household;

/** Reads the household. */
async function read() {
  household = await call("GET", path);
  draw();
}

/** Reads the household, and says what is in the way of that. */
async function load() {
  conceal(one("household-error"));
  one("again").hidden = true;
  try {
    await read();
  } catch (problem) {
    const { status } = asProblem(problem);
    if (status === 404 || status === 422) return miss();
    one("again").hidden = false;
    showProblem(one("household-error"), problem);
  }
}

function miss() {
  one("household").hidden = true;
  one("missing").hidden = false;
}

function draw() {
  const { lease, account, cannot_get_in: obstacles } = household;
  close();
  one("name").textContent = fullName(lease);
  one("lease").textContent = lease.reference;
  one("line").textContent = ` · ${lease.agency.name}`;
  const [state, look] = stateOf(account);
  one("account-state").textContent = state;
  one("account-state").className = `badge ${look}`;
  drawWhy(obstacles);
  drawRequests();
  drawHappened();
  one("facts").replaceChildren(...facts(household));
  drawActs();
  one("household").hidden = false;
}

/** @param {Household["account"]} account */
function stateOf(account) {
  if (!account) return [t("staff.account.none"), ""];
  if (account.status === "active") return [t("staff.account.active"), "good"];
  return [t("staff.account.deactivated"), "bad"];
}

/** @param {Obstacle[]} obstacles */
function drawWhy(obstacles) {
  const [[text, hint], ...others] = obstacles.length
    ? obstacles.map((obstacle) => words(obstacle, household))
    : [[t("why.nothing.text"), t("why.nothing.hint")]];
  one("why-card").classList.toggle("clear", !obstacles.length);
  one("why-first").textContent = text;
  one("why-hint").textContent = hint;
  one("why-hint").hidden = !hint;
  const more = others.map(([text, hint]) => {
    const item = document.createElement("li");
    item.textContent = [text, hint].filter(Boolean).join(" ");
    return item;
  });
  one("why-more").replaceChildren(...more);
  one("why-more").hidden = !more.length;
}

function drawRequests() {
  const { requests } = household;
  const isOpen = /** @param {{ state: string }} request */ ({ state }) => state === "open";
  const inOrder = [...requests.filter(isOpen), ...requests.filter((request) => !isOpen(request))];
  one("open").replaceChildren(...inOrder.map(request));
  one("open-card").hidden = !requests.length;
}

/** @param {Household["requests"][number]} request */
function request(request) {
  const item = copyOf("request");
  first(item, "h3").textContent = asks(request);
  first(item, ".timeline-more").textContent = stands(request);
  const message = first(item, ".quote");
  message.textContent = request.message || "";
  message.hidden = !request.message;
  first(item, ".actions").hidden = request.state !== "open" || !may("settle-request");
  for (const button of all("[data-do]", item)) {
    const isGrant = button.dataset.do === "grant";
    const settled = async (/** @type {string} */ words) => {
      await read().catch(() => {});
      say(words);
    };
    const open = () =>
      (isGrant ? grant : refuse)(request, { place: item, opener: button, settled });
    button.addEventListener("click", open);
    if (wasAsked(`${isGrant ? "done" : "refused"} ${request.id}`)) queueMicrotask(open);
  }
  return item;
}

/**
 * Where a request stands.
 * @param {Household["requests"][number]} request
 */
function stands({ state, asked_at: asked, settled_at: settled, reason }) {
  const day = settled ? dayOf(settled) : "";
  switch (state) {
    case "open":
      return t("requests.state.open", { day: dayOf(asked) });
    case "done":
      return day ? t("requests.state.done_on", { day }) : t("requests.state.done");
    case "refused":
      return reason
        ? t("requests.state.refused_because", { day, reason })
        : t("requests.state.refused", { day });
    default:
      return t("staff_household.open.not_delivered");
  }
}

function drawHappened() {
  const events = lines(household);
  one("nothing-happened").hidden = events.length > 0;
  one("happened").replaceChildren(...events);
  const rest = events.slice(FEW);
  for (const event of rest) event.hidden = true;
  const button = one("all");
  button.hidden = !rest.length;
  button.textContent = t("staff_household.happened.all", { count: events.length });
  button.onclick = () => {
    for (const event of rest) event.hidden = false;
    button.hidden = true;
    rest[0].tabIndex = -1;
    rest[0].focus();
  };
}

function drawActs() {
  const offered = all("[data-act]");
  for (const act of offered) act.hidden = !household.may.includes(act.dataset.act || "");
  const isNone = offered.every(({ hidden }) => hidden);
  one("acts").hidden = isNone;
  one("no-acts").hidden = !isNone;
  one("no-acts").textContent = may("send-again")
    ? t("staff_household.acts.none")
    : t("staff_household.acts.reader");
}

/**
 * Does something about the household, reads it again, and says what was done. Where the answer was
 * lost, the household itself says whether it was.
 * @param {string} place
 * @param {object | undefined} body
 * @param {string} words
 * @param {() => boolean | null} isDone null where the household does not tell
 */
async function act(place, body, words, isDone) {
  try {
    await call("POST", `${path}/${place}`, body);
  } catch (problem) {
    const { status } = asProblem(problem);
    if (status === 404) {
      await read().catch(() => {});
      throw new Problem({ status, detail: t("staff_household.acts.nothing") });
    }
    if (status === 429) {
      throw new Problem({ status, detail: t("staff_household.acts.too_many") });
    }
    if (!isUnknown(problem)) throw problem;
    try {
      await read();
    } catch {
      throw new Problem({ code: "unknown", detail: t("staff.unknown") });
    }
    const known = isDone();
    if (known) return say(words);
    throw known === null ? new Problem({ code: "unknown", detail: t("staff.unknown") }) : problem;
  }
  // It is done, whether what it has changed can be read or not.
  await read().catch(() => {});
  say(words);
}

/** @param {string} words */
function say(words) {
  close();
  one("done").textContent = words;
  one("done").hidden = false;
  one("done").focus();
}

/** When the last link to choose a password was asked for. */
const lastReset = () => household.mails.find(({ mail }) => mail === "password-reset")?.at;

/**
 * Makes the button of an act work that needs no question.
 * @param {string} name
 * @param {() => Promise<unknown>} work
 */
function onAct(name, work) {
  const button = first(one("acts"), `[data-act=${name}] button`);
  button.addEventListener("click", async () => {
    conceal(one("acts-error"));
    one("done").hidden = true;
    try {
      await whileBusy(button, one("acts-status"), work);
    } catch (problem) {
      showProblem(one("acts-error"), problem);
    }
  });
}

onAct("send-activation", () =>
  // A mail that is sent again has no line of its own.
  act("mails", { mail: "activation" }, t("staff_household.acts.activation.done"), () => null),
);
onAct("send-reset", () => {
  const before = lastReset();
  const words = t("staff_household.acts.reset.done");
  return act("mails", { mail: "password-reset" }, words, () => lastReset() !== before);
});
onAct("lift-stop", () =>
  act("mail-permission", undefined, t("staff_household.acts.stop.done"), () =>
    household.cannot_get_in.every(({ code }) => code !== "mail_comes_back"),
  ),
);

/**
 * Makes the button of an act work that asks why before it is done.
 * @param {string} name
 * @param {() => Omit<import("../../components/confirm/script.js").Question, "key" | "place" | "opener">} question
 */
function onAsking(name, question) {
  const place = first(one("acts"), `[data-act=${name}]`);
  const opener = first(place, "button");
  const open = () => {
    one("done").hidden = true;
    ask({ key: name, place, opener, ...question() });
  };
  opener.addEventListener("click", open);
  return { name, open };
}

const questions = [
  onAsking("close-account", () => ({
    title: t("staff_household.acts.close.question", { name: fullName(household.lease) }),
    causes: t("staff_household.acts.close.sure"),
    label: t("staff_household.acts.close.title"),
    reason: {
      label: t("staff_household.acts.reason"),
      hint: t("staff_household.acts.reason_hint"),
    },
    act: (reason) =>
      act(
        "closure",
        { reason, kind: "close-account" },
        t("staff_household.acts.close.done"),
        () => household.account?.status === "deactivated",
      ),
  })),
  onAsking("stop-paperless", () => ({
    title: t("staff_household.acts.paper.question"),
    causes: t("staff_household.acts.paper.causes"),
    label: t("staff_household.acts.paper.label"),
    reason: {
      label: t("staff_household.acts.reason"),
      hint: t("staff_household.acts.reason_hint"),
    },
    act: (reason) =>
      act(
        "closure",
        { reason, kind: "stop-paperless" },
        t("staff_household.acts.paper.done"),
        () => household.account?.paperless.granted === false,
      ),
  })),
];

one("load-again").addEventListener("click", () =>
  whileBusy(one("load-again"), one("refresh-status"), load),
);

one("refresh").addEventListener("click", async () => {
  conceal(one("household-error"));
  try {
    if (await whileBusy(one("refresh"), one("refresh-status"), read)) {
      one("refresh-status").textContent = t("staff_household.happened.refreshed");
    }
  } catch (problem) {
    showProblem(one("household-error"), problem);
  }
});

// The same page, another household.
window.addEventListener("hashchange", () => location.reload());

whenStaff(async () => {
  if (!/^\d+$/.test(lease)) return miss();
  await load();
  for (const { name, open } of questions) {
    if (household?.may.includes(name) && wasAsked(name)) open();
  }
});
