// The devices one is signed in on.

import { asProblem } from "../../scripts/api.js";
import { momentOf } from "../../scripts/dates.js";
import { copyOf, first, one } from "../../scripts/elements.js";
import { t } from "../../scripts/messages.js";
import { call } from "../../scripts/session.js";
import { whileBusy } from "../../components/button/script.js";
import { conceal, showProblem } from "../../components/error-summary/script.js";
import { whenSignedIn } from "../../components/sign-in-gate/script.js";

/**
 * @typedef {object} Session
 * @property {string} id
 * @property {string} user_agent
 * @property {boolean} current
 * @property {string} seen_at
 * @property {string} created_at
 */

/** @type {[RegExp, string][]} */
const BROWSERS = [
  [/Edg/, "Edge"],
  [/SamsungBrowser/, "Samsung Internet"],
  [/OPR|Opera/, "Opera"],
  [/Firefox|FxiOS/, "Firefox"],
  [/Chrom|CriOS/, "Chrome"],
  [/Safari/, "Safari"],
];

/** @type {[RegExp, string][]} */
const SYSTEMS = [
  [/iPhone/, "iPhone"],
  [/iPad/, "iPad"],
  [/Android/, "Android"],
  [/Windows/, "Windows"],
  [/Mac OS/, "Mac"],
  [/CrOS/, "Chromebook"],
  [/Linux/, "Linux"],
];

/**
 * A browser's and a system's name, as far as the browser says them.
 * @param {string} agent
 */
function device(agent) {
  /** @param {[RegExp, string][]} names */
  const find = (names) => names.find(([pattern]) => pattern.test(agent))?.[1];
  const browser = find(BROWSERS);
  const system = find(SYSTEMS);
  if (browser && system) return t("sessions.device", { browser, system });
  return browser || system;
}

/** @param {Session} session */
function item(session) {
  const item = copyOf("session");
  const name = device(session.user_agent);
  const seen = t("sessions.seen", { moment: momentOf(session.seen_at) });
  const opened = t("sessions.opened", { moment: momentOf(session.created_at) });
  const title = first(item, "h2");
  if (name) title.textContent = name;
  first(item, ".tag").hidden = !session.current;
  first(item, ".session-seen").textContent = seen;
  first(item, ".session-since").textContent = opened;
  const button = first(item, "button");
  button.hidden = session.current;
  first(button, ".session-which").textContent = ` ${title.textContent}`;
  button.addEventListener("click", () => end(session, item, button));
  return item;
}

/**
 * @param {Session} session
 * @param {HTMLElement} item
 * @param {HTMLElement} button
 */
async function end(session, item, button) {
  conceal(one("sessions-error"));
  try {
    const isDone = await whileBusy(button, one("sessions-status"), async () => {
      try {
        await call("DELETE", `/api/sessions/${encodeURIComponent(session.id)}`);
      } catch (problem) {
        // Ended already, which is what was wanted.
        if (asProblem(problem).code !== "not_found") throw problem;
      }
    });
    if (!isDone) return;
  } catch (problem) {
    return showProblem(one("sessions-error"), problem);
  }
  item.remove();
  one("sessions-status").textContent = t("sessions.ended");
  one("main").focus();
}

whenSignedIn(async () => {
  try {
    /** @type {{ sessions: Session[] }} */
    const { sessions } = await call("GET", "/api/sessions");
    sessions.sort((a, b) => Number(b.current) - Number(a.current));
    one("sessions").replaceChildren(...sessions.map(item));
  } catch (problem) {
    showProblem(one("sessions-error"), problem);
  }
});
