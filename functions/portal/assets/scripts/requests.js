// Documents without paper, and what is asked of the agency.

import "./site.js";
import { dayOf } from "./dates.js";
import { onSubmit, showProblem, whileBusy } from "./form.js";
import { t } from "./language.js";
import { whenSignedIn } from "./private.js";
import { sent } from "./sent.js";
import { account, call, update } from "./session.js";

const one = (id) => document.getElementById(id);
const all = (selector) => [...document.querySelectorAll(selector)];

/** What was asked, the newest first. */
let requests = [];

const open = (kind) =>
  requests.find((request) => request.kind === kind && request.state === "open");

/** Whether `kind` can be asked: one request of a kind is open at a time. */
function isAskable(kind) {
  const { paperless } = account() || {};
  return !open(kind) && (kind === "close-account" || paperless === true);
}

onSubmit(async ({ kind, message }) => {
  const body = message.trim() ? { kind, message } : { kind };
  const { state } = await call("POST", "/api/account/agency-requests", body);
  await load();
  for (const part of all("[data-answer]")) part.hidden = part.dataset.answer !== state;
  const since = open(kind);
  one("sent-since").textContent = since ? openSince(since) : "";
  sent();
});

one("go-paperless").addEventListener("click", async (event) => {
  const button = event.currentTarget;
  one("paperless-error").hidden = true;
  try {
    await whileBusy(button, one("paperless-status"), async () => {
      update(await call("PATCH", "/api/account", { paperless: true }));
    });
    draw();
    one("paperless-status").textContent = t(
      "C’est fait : vos documents arrivent désormais sans papier.",
      "Done: your documents now come without paper.",
    );
  } catch (problem) {
    one("paperless-error").textContent = problem.message;
    one("paperless-error").hidden = false;
  }
});

/** Reads the requests and shows them. Without them the form is there all the same: the server knows. */
async function load() {
  one("requests-error").hidden = true;
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
    const since = part.querySelector("[data-since]");
    if (request && since) since.textContent = openSince(request);
  }
  const askable = ["close-account", "stop-paperless"].some(isAskable);
  one("form").hidden = !askable;
  one("ask-again").hidden = !askable;
  if (one("sent").hidden) one("asking").hidden = false;
}

function item(request) {
  const item = one("request").content.cloneNode(true).firstElementChild;
  for (const kind of item.querySelectorAll("[data-kind]")) {
    kind.hidden = kind.dataset.kind !== request.kind;
  }
  item.querySelector(".request-state").textContent = words(request);
  const message = item.querySelector(".quote");
  message.textContent = request.message || "";
  message.hidden = !request.message;
  return item;
}

/** Where a request stands. */
function words(request) {
  const { kind, state, reason, settled_at: settled } = request;
  switch (state) {
    case "open":
      return openSince(request);
    case "done":
      return settled
        ? t(`Demande faite le ${dayOf(settled)}.`, `Request done on ${dayOf(settled)}.`)
        : t("Demande faite.", "Request done.");
    case "refused": {
      const words = t(`Demande refusée le ${dayOf(settled)}`, `Request refused on ${dayOf(settled)}`);
      return reason ? `${words}${t(" : ", ": ")}${reason}` : `${words}.`;
    }
    default: {
      const words = t(
        "Cette demande n’est pas parvenue à l’agence",
        "This request did not reach the agency",
      );
      const again = t("vous pouvez la refaire", "you can make it again");
      return isAskable(kind) ? `${words}, ${again}.` : `${words}.`;
    }
  }
}

function openSince({ asked_at: asked }) {
  return t(`Demande ouverte depuis le ${dayOf(asked)}.`, `Request open since ${dayOf(asked)}.`);
}

whenSignedIn(load);
