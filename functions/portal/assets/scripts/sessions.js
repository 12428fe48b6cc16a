// The devices one is signed in on.

import "./site.js";
import { momentOf } from "./dates.js";
import { showProblem, whileBusy } from "./form.js";
import { t } from "./language.js";
import { whenSignedIn } from "./private.js";
import { call } from "./session.js";

const one = (id) => document.getElementById(id);
const list = one("sessions");

/** A browser's and a system's name, as far as the browser says them. */
function device(agent) {
  const find = (names) => (names.find(([pattern]) => pattern.test(agent)) || [])[1];
  const browser = find([
    [/Edg/, "Edge"],
    [/SamsungBrowser/, "Samsung Internet"],
    [/OPR|Opera/, "Opera"],
    [/Firefox|FxiOS/, "Firefox"],
    [/Chrom|CriOS/, "Chrome"],
    [/Safari/, "Safari"],
  ]);
  const system = find([
    [/iPhone/, "iPhone"],
    [/iPad/, "iPad"],
    [/Android/, "Android"],
    [/Windows/, "Windows"],
    [/Mac OS/, "Mac"],
    [/CrOS/, "Chromebook"],
    [/Linux/, "Linux"],
  ]);
  if (browser && system) return t(`${browser} sur ${system}`, `${browser} on ${system}`);
  return browser || system || t("Appareil inconnu", "Unknown device");
}

function item(session) {
  const item = one("session").content.cloneNode(true).firstElementChild;
  const name = device(session.user_agent);
  item.querySelector("h2").textContent = name;
  item.querySelector(".tag").hidden = !session.current;
  item.querySelector(".session-seen").textContent = t(
    `Vu pour la dernière fois le ${momentOf(session.seen_at)}`,
    `Last seen on ${momentOf(session.seen_at)}`,
  );
  item.querySelector(".session-since").textContent = t(
    `Ouverte le ${momentOf(session.created_at)}`,
    `Opened on ${momentOf(session.created_at)}`,
  );
  const button = item.querySelector("button");
  button.hidden = session.current;
  button.querySelector(".session-which").textContent = ` ${name}`;
  button.addEventListener("click", () => end(session, item, button));
  return item;
}

async function end(session, item, button) {
  one("sessions-error").hidden = true;
  try {
    await whileBusy(button, one("sessions-status"), () =>
      call("DELETE", `/api/sessions/${encodeURIComponent(session.id)}`),
    );
  } catch (problem) {
    // Ended already, which is what was wanted.
    if (problem.code !== "not_found") return showProblem(one("sessions-error"), problem);
  }
  item.remove();
  one("sessions-status").textContent = t("La session est fermée.", "The session is ended.");
  one("main").focus();
}

whenSignedIn(async () => {
  try {
    const { sessions } = await call("GET", "/api/sessions");
    sessions.sort((a, b) => b.current - a.current);
    list.replaceChildren(...sessions.map(item));
  } catch (problem) {
    showProblem(one("sessions-error"), problem);
  }
});
