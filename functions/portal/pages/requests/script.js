// Documents without paper, and what is asked of the agency.

import { asProblem } from "../../scripts/api.js";
import { dayOf } from "../../scripts/dates.js";
import { all, copyOf, first, one } from "../../scripts/elements.js";
import { t } from "../../scripts/messages.js";
import { sent } from "../../scripts/sent.js";
import { account, call, update } from "../../scripts/session.js";
import { whileBusy } from "../../components/button/script.js";
import { counting } from "../../components/character-count/script.js";
import { conceal, showProblem } from "../../components/error-summary/script.js";
import { onSubmit } from "../../components/form/script.js";
import { whenSignedIn } from "../../components/sign-in-gate/script.js";

/**
 * @typedef {object} AgencyRequest
 * @property {string} kind
 * @property {"open" | "done" | "refused" | "not_delivered"} state
 * @property {string} asked_at
 * @property {string} [settled_at]
 * @property {string} [message]
 * @property {string} [reason]
 */

/**
 * What was asked, the newest first.
 * @type {AgencyRequest[]}
 */
let requests = [];

/** @param {string | undefined} kind */
const open = (kind) =>
  requests.find((request) => request.kind === kind && request.state === "open");

/**
 * Whether `kind` can be asked: one request of a kind is open at a time.
 * @param {string | undefined} kind
 */
const isAskable = (kind) =>
  !open(kind) && (kind === "close-account" || account()?.paperless === true);

const kinds = ["stop-paperless", "close-account"];

const form = onSubmit(async ({ kind = kinds.find(isAskable), message }) => {
  const body = message.trim() ? { kind, message } : { kind };
  const { state } = await call("POST", "/api/account/agency-requests", body);
  await load();
  for (const part of all("[data-answer]")) part.hidden = part.dataset.answer !== state;
  const since = open(kind);
  one("sent-since").textContent = since ? openSince(since) : "";
  sent();
});
counting(form);

one("go-paperless").addEventListener("click", async () => {
  one("paperless-error").hidden = true;
  try {
    const isDone = await whileBusy(one("go-paperless"), one("paperless-status"), async () => {
      update(await call("PATCH", "/api/account", { paperless: true }));
    });
    if (!isDone) return;
    draw();
    one("paperless-status").textContent = t("requests.paperless.done");
  } catch (error) {
    one("paperless-error").textContent = asProblem(error).message;
    one("paperless-error").hidden = false;
  }
});

/** Reads the requests and shows them. If they cannot be read, the form is still shown: the server checks it. */
async function load() {
  conceal(one("requests-error"));
  try {
    ({ requests } = await call("GET", "/api/account/agency-requests"));
  } catch (problem) {
    one("listing").hidden = false;
    showProblem(one("requests-error"), problem);
  }
  draw();
}

function draw() {
  one("requests").replaceChildren(...requests.map(item));
  one("no-requests").hidden = requests.length > 0 || !one("requests-error").hidden;
  one("listing").hidden = false;
  for (const part of all("[data-ask]")) part.hidden = !isAskable(part.dataset.ask);
  for (const part of all("[data-open]")) {
    const request = open(part.dataset.open);
    part.hidden = !request;
    if (!request) continue;
    for (const since of all("[data-since]", part)) since.textContent = openSince(request);
  }
  const askable = kinds.filter(isAskable);
  one("form").hidden = !askable.length;
  one("ask-again").hidden = !askable.length;
  // Where one thing alone can be asked, there is nothing to choose.
  one("choice").hidden = askable.length < 2;
  for (const part of all("[data-only]")) {
    part.hidden = askable.length !== 1 || part.dataset.only !== askable[0];
  }
  if (one("sent").hidden) one("asking").hidden = false;
}

/** @param {AgencyRequest} request */
function item(request) {
  const item = copyOf("request");
  for (const kind of all("[data-kind]", item)) kind.hidden = kind.dataset.kind !== request.kind;
  first(item, ".request-state").textContent = words(request);
  const message = first(item, ".quote");
  message.textContent = request.message || "";
  message.hidden = !request.message;
  return item;
}

/**
 * Where a request stands.
 * @param {AgencyRequest} request
 */
function words(request) {
  const { kind, state, reason, settled_at: settled } = request;
  const day = settled ? dayOf(settled) : "";
  switch (state) {
    case "open":
      return openSince(request);
    case "done":
      return day ? t("requests.state.done_on", { day }) : t("requests.state.done");
    case "refused":
      return reason
        ? t("requests.state.refused_because", { day, reason })
        : t("requests.state.refused", { day });
    default:
      return isAskable(kind)
        ? t("requests.state.not_delivered_again")
        : t("requests.state.not_delivered");
  }
}

/** @param {AgencyRequest} request */
const openSince = ({ asked_at: asked }) => t("requests.state.open", { day: dayOf(asked) });

whenSignedIn(load);
