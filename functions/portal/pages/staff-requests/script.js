// The queue of tenants' requests, oldest first.

import { momentOf } from "../../scripts/dates.js";
import { all, copyOf, first, one } from "../../scripts/elements.js";
import { locale } from "../../scripts/language.js";
import { t } from "../../scripts/messages.js";
import { fullName } from "../../scripts/person.js";
import { may, pageOf } from "../../scripts/staff.js";
import { waited } from "../../scripts/waited.js";
import { whileBusy } from "../../components/button/script.js";
import { close, wasAsked } from "../../components/confirm/script.js";
import { conceal, showProblem } from "../../components/error-summary/script.js";
import { whenStaff } from "../../components/staff-gate/script.js";
import { asks, grant, refuse } from "../../components/staff-request/script.js";

/** @typedef {OpenRequest & { lease: string, last_name: string, first_name?: string, agency: Contact, waited_days: number }} Waiting */

const PATH = "/api/staff/requests";

/** Where the list goes on. */
let next = "";

/** How many of those that are shown still wait. */
let open = 0;

/** Reads the queue from its beginning. */
async function load() {
  conceal(one("requests-error"));
  one("again").hidden = true;
  try {
    const answer = await pageOf(PATH, {}, "requests");
    close();
    one("queue").replaceChildren();
    open = 0;
    draw(answer);
  } catch (problem) {
    one("again").hidden = false;
    showProblem(one("requests-error"), problem);
  }
}

one("load-again").addEventListener("click", () =>
  whileBusy(one("load-again"), one("queue-status"), load),
);

one("more").addEventListener("click", async () => {
  conceal(one("requests-error"));
  const { length } = one("queue").children;
  try {
    await whileBusy(one("more"), one("queue-status"), async () => {
      draw(await pageOf(PATH, { after: next }, "requests"));
    });
  } catch (problem) {
    return showProblem(one("requests-error"), problem);
  }
  const title = all("h2", one("queue"))[length];
  (title || one("main")).focus();
});

/** @param {{ requests: Waiting[], next?: string }} answer */
function draw(answer) {
  one("queue").append(...answer.requests.map(item));
  open += answer.requests.length;
  next = answer.next || "";
  one("more").hidden = !next;
  count();
}

function count() {
  const number = open.toLocaleString(locale);
  if (!open) one("count").textContent = next ? "" : t("staff_requests.none");
  else if (next) one("count").textContent = t("staff_requests.first", { count: number });
  else if (open === 1) one("count").textContent = t("staff_requests.one");
  else one("count").textContent = t("staff_requests.several", { count: number });
}

/** @param {Waiting} request */
function item(request) {
  const item = copyOf("request");
  const part = /** @param {string} name */ (name) => first(item, `[data-of=${name}]`);
  part("kind").textContent = asks(request);
  part("waited").textContent = t("staff_requests.waits", { waits: waited(request.waited_days) });
  if (request.waited_days > 2) part("waited").classList.add("middling");
  const name = first(item, "a", HTMLAnchorElement);
  name.textContent = fullName(request);
  name.href = `/agence/foyer#${request.lease}`;
  part("lease").textContent = request.lease;
  part("agency").textContent = request.agency.name;
  part("asked").textContent = t("staff_requests.asked", { moment: momentOf(request.asked_at) });
  part("message").textContent = request.message || "";
  first(item, ".asked-message").hidden = !request.message;
  part("answers").hidden = !may("settle-request");
  for (const button of all("[data-do]", item)) {
    // Many buttons say the same: those who listen hear whose request it is.
    const whose = document.createElement("span");
    whose.className = "sr";
    whose.textContent = ` – ${fullName(request)}`;
    button.append(whose);
    const answer = button.dataset.do === "grant" ? grant : refuse;
    const wanted = `${button.dataset.do === "grant" ? "done" : "refused"} ${request.id}`;
    const settled = (/** @type {string} */ words) => settle(item, words);
    const open = () => answer(request, { place: item, opener: button, settled });
    button.addEventListener("click", open);
    if (wasAsked(wanted)) queueMicrotask(open);
  }
  return item;
}

/**
 * Says in its place that a request is settled.
 * @param {HTMLElement} item
 * @param {string} words
 */
function settle(item, words) {
  close();
  const said = document.createElement("p");
  said.className = "notice";
  said.textContent = words;
  said.tabIndex = -1;
  item.classList.add("settled");
  first(item, "[data-of=answers]").replaceWith(said);
  first(item, ".badge").remove();
  open -= 1;
  count();
  said.focus();
}

whenStaff(async () => {
  one("only-reading").hidden = may("settle-request");
  await load();
});
