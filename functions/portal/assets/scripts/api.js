// Calls to the API: an answer, or a Problem that can be shown as it is.

import { language, t } from "./language.js";

/** How long an answer is waited for, in milliseconds: API Gateway's own limit. */
const PATIENCE = 30_000;

/** What the server refused, or what is wrong with the way to it. */
export class Problem extends Error {
  constructor({ status = 0, code = "", detail, errors = [], retryAfter = 0 }) {
    super(detail);
    this.status = status;
    this.code = code;
    this.errors = errors;
    this.retryAfter = retryAfter;
  }
}

/** Sends a request; `token` is an access token, where one is needed. */
export async function send(method, path, body, token) {
  const headers = { accept: "application/json", "accept-language": language };
  if (body) headers["content-type"] = "application/json";
  if (token) headers.authorization = `Bearer ${token}`;
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), PATIENCE);
  try {
    const response = await fetch(path, {
      method,
      headers,
      body: body && JSON.stringify(body),
      signal: patience.signal,
    });
    const answer = await readJson(response);
    if (response.ok) return answer;
    throw refusal(response, answer);
  } catch (error) {
    throw error instanceof Problem ? error : new Problem({ code: "unreachable", detail: lost() });
  } finally {
    clearTimeout(timer);
  }
}

async function readJson(response) {
  const isJson = /json/.test(response.headers.get("content-type") || "");
  const text = await response.text();
  return isJson && text ? JSON.parse(text) : null;
}

function refusal(response, answer) {
  const retryAfter = Number(response.headers.get("retry-after")) || 0;
  const known = answer && answer.code ? answer : null;
  let detail = known ? known.detail : unexpected(response.status);
  if (response.status === 429) detail = `${detail} ${when(retryAfter)}`;
  return new Problem({
    status: response.status,
    code: known ? known.code : "",
    detail,
    errors: (known && known.errors) || [],
    retryAfter,
  });
}

/** What API Gateway refuses by itself has no words of ours. */
function unexpected(status) {
  if (status === 429) {
    return t("Le service reçoit trop de demandes.", "The service receives too many requests.");
  }
  return t(
    "Le service ne répond pas comme prévu. Réessayez dans quelques instants.",
    "The service does not answer as it should. Try again in a moment.",
  );
}

function lost() {
  return navigator.onLine === false
    ? t(
        "Vous êtes hors connexion. Rien n’est perdu : réessayez quand le réseau revient.",
        "You are offline. Nothing is lost: try again when the network is back.",
      )
    : t(
        "Le service n’a pas pu être joint. Vérifiez votre connexion, puis réessayez.",
        "The service could not be reached. Check your connection, then try again.",
      );
}

/** From when on it is worth trying again. */
function when(seconds) {
  if (!seconds) return t("Réessayez dans un instant.", "Try again in a moment.");
  const minutes = Math.ceil(seconds / 60);
  const time = new Date(Date.now() + seconds * 1000).toLocaleTimeString(language, {
    hour: "2-digit",
    minute: "2-digit",
  });
  return minutes < 2
    ? t("Réessayez dans une minute.", "Try again in a minute.")
    : t(
        `Réessayez dans ${minutes} minutes, à partir de ${time}.`,
        `Try again in ${minutes} minutes, from ${time} on.`,
      );
}
