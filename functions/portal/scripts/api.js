// Calls to the API: an answer, or a Problem that can be shown as it is.

import { language, locale } from "./language.js";
import { t } from "./messages.js";

/** How long an answer is waited for, in milliseconds: API Gateway's own limit. */
const PATIENCE = 30_000;

/** What the server refused, or what is wrong with the way to it. */
export class Problem extends Error {
  /**
   * @param {{ status?: number, code?: string, reason?: string, detail: string, errors?: Fault[] }} what
   */
  constructor({ status = 0, code = "", reason = "", detail, errors = [] }) {
    super(detail);
    this.status = status;
    this.code = code;
    this.reason = reason;
    this.errors = errors;
  }
}

/**
 * `error`, if it is a problem that can be shown; a fault of ours is thrown again.
 * @param {unknown} error
 */
export function asProblem(error) {
  if (error instanceof Problem) return error;
  throw error;
}

/**
 * Sends a request; `token` is an access token, where one is needed. A file is sent as it is.
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 * @param {string} [token]
 * @returns {Promise<any>}
 */
export async function send(method, path, body, token) {
  /** @type {Record<string, string>} */
  const headers = { accept: "application/json", "accept-language": language };
  const isFile = body instanceof Blob;
  if (body) headers["content-type"] = isFile ? body.type : "application/json";
  if (token) headers.authorization = `Bearer ${token}`;
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), PATIENCE);
  try {
    const response = await fetch(path, {
      method,
      headers,
      body: isFile ? body : body && JSON.stringify(body),
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

/** @param {Response} response */
async function readJson(response) {
  const isJson = /json/.test(response.headers.get("content-type") || "");
  const text = await response.text();
  return isJson && text ? JSON.parse(text) : null;
}

/**
 * @param {Response} response
 * @param {{ code?: string, reason?: string, detail: string, errors?: Fault[] } | null} answer
 */
function refusal(response, answer) {
  const { status } = response;
  const known = answer && answer.code ? answer : null;
  let detail = known ? known.detail : unexpected(status);
  if (status === 429) {
    detail = `${detail} ${when(Number(response.headers.get("retry-after")) || 0)}`;
  }
  return new Problem({ ...known, status, detail });
}

/**
 * What API Gateway refuses by itself has no words of ours.
 * @param {number} status
 */
const unexpected = (status) => (status === 429 ? t("api.too_many_requests") : t("api.unexpected"));

const lost = () => (navigator.onLine === false ? t("api.offline") : t("api.unreachable"));

/**
 * From when on it is worth trying again.
 * @param {number} seconds
 */
function when(seconds) {
  if (!seconds) return t("api.retry.in_a_moment");
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 2) return t("api.retry.in_a_minute");
  const time = new Date(Date.now() + seconds * 1000).toLocaleTimeString(locale, {
    hour: "2-digit",
    minute: "2-digit",
  });
  return t("api.retry.in_minutes", { minutes, time });
}
