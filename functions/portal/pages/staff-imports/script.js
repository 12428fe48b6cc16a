// A file of leases: what it would change, then exactly that.

import { Problem, asProblem } from "../../scripts/api.js";
import { momentOf } from "../../scripts/dates.js";
import { copyOf, first, one } from "../../scripts/elements.js";
import { t } from "../../scripts/messages.js";
import { call, isUnknown, may } from "../../scripts/staff.js";
import { whileBusy } from "../../components/button/script.js";
import { conceal, showProblem } from "../../components/error-summary/script.js";
import { onSubmit } from "../../components/form/script.js";
import { whenStaff } from "../../components/staff-gate/script.js";
import { csv, figures, number, readAs, showRejected } from "./report.js";

/** @typedef {import("./report.js").Report} Report */
/** @typedef {Report & { id: string, file: string, needs_confirmation: boolean, expires_at: string }} Preview */
/** @typedef {Report & { state: "running" | "done", done: number }} Applied */
/**
 * @typedef {object} Import
 * @property {string} id
 * @property {string} file
 * @property {string} by
 * @property {string} at
 * @property {"previewed" | "running" | "interrupted" | "done"} state
 * @property {number} done
 * @property {number} received
 * @property {number} created
 * @property {number} updated
 * @property {number} unchanged
 * @property {number} rejected
 */

const PATH = "/api/staff/imports";

/** The largest file that is taken, in bytes. */
const MAX = 2 * 1024 * 1024;

/** How often one asks how far an import is, in milliseconds. */
const OFTEN = 2_000;

/** How long one asks in vain for an import whose call was lost, in milliseconds. */
const PATIENCE = 90_000;

/** How many answers in a row may be lost. */
const LOST = 5;

const field = one("file", HTMLInputElement);
const drop = one("drop");

/** @type {{ file: File, preview: Preview } | null} */
let tried = null;

/** @type {Report | null} */
let report = null;

/** @param {string} part */
function show(part) {
  for (const name of ["choose", "preview", "running", "finished"]) one(name).hidden = name !== part;
}

field.addEventListener("change", () => {
  const [file] = field.files || [];
  if (file) tryOut(file);
});
for (const name of ["dragenter", "dragover"]) {
  drop.addEventListener(name, (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
}
for (const name of ["dragleave", "drop"]) {
  drop.addEventListener(name, () => drop.classList.remove("over"));
}
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  const [file] = /** @type {DragEvent} */ (event).dataTransfer?.files || [];
  if (file) tryOut(file);
});
// A file that misses its place must not replace the page.
for (const name of ["dragover", "drop"]) {
  window.addEventListener(name, (event) => event.preventDefault());
}

/**
 * The file as it is sent: a browser does not always know what it is.
 * @param {File} file
 */
function typed(file) {
  const isNdjson = /\.(nd)?jsonl?$/i.test(file.name);
  return file.slice(0, file.size, isNdjson ? "application/x-ndjson" : "text/csv");
}

/**
 * Asks what a file would change; nothing is written.
 * @param {File} file
 */
async function tryOut(file) {
  conceal(one("file-error"));
  try {
    if (file.size > MAX) throw new Problem({ detail: t("staff_imports.choose.too_large") });
    const isDone = await whileBusy(field, one("file-status"), async () => {
      one("file-status").textContent = t("staff_imports.choose.reading", { file: file.name });
      const path = `${PATH}?name=${encodeURIComponent(file.name)}`;
      tried = { file, preview: await call("POST", path, typed(file)) };
    });
    if (!isDone || !tried) return;
    draw(tried.preview);
    await loadPast();
  } catch (problem) {
    showProblem(one("file-error"), inWords(problem));
  } finally {
    // The same file can be chosen again, once it was corrected.
    field.value = "";
  }
}

/**
 * A problem with a file says all that is wrong with it.
 * @param {unknown} problem
 */
function inWords(problem) {
  const { status, code, errors, message } = asProblem(problem);
  if (code === "unsupported_media_type") {
    return new Problem({ status, detail: t("staff_imports.choose.unsupported") });
  }
  if (!errors.length) return new Problem({ status, code, detail: message });
  const details = errors.map(({ message }) => message).join(" ");
  return new Problem({ status, detail: details });
}

/** @param {Preview} preview */
function draw(preview) {
  const { received, created, updated, consequences, needs_confirmation: isMany } = preview;
  const takes = created + updated;
  one("preview-file").textContent = t("staff_imports.preview.file", { file: preview.file });
  one("figures").replaceChildren(...figures(preview));
  one("read-as").textContent = readAs(preview);
  showRejected(one("preview-rejected"), preview.rejected);
  const ending = consequences?.ending || 0;
  one("consequences").hidden = !ending;
  one("consequences").textContent = ending ? follows(preview) : "";
  const isAllowed = may("apply-import") && (!isMany || may("confirm-endings"));
  one("may-not").hidden = isAllowed || !takes;
  one("may-not").textContent = may("apply-import")
    ? t("staff_imports.preview.may_not_end")
    : t("staff_imports.preview.may_not");
  one("with-number").hidden = !(isAllowed && isMany && takes);
  one("confirm-hint").textContent = t("staff_imports.preview.number.hint", {
    count: number(ending),
  });
  one("confirm", HTMLInputElement).value = "";
  one("apply").hidden = !isAllowed || !takes;
  one("apply-label").textContent =
    takes === 1
      ? t("staff_imports.preview.apply_one")
      : t("staff_imports.preview.apply", { count: number(takes) });
  one("expires").hidden = !isAllowed || !takes;
  one("expires").textContent = t("staff_imports.preview.expires", {
    moment: momentOf(preview.expires_at),
  });
  if (!takes && received) one("may-not").textContent = t("staff_imports.preview.nothing");
  if (!takes) one("may-not").hidden = false;
  show("preview");
  one("preview-title").focus();
}

/** @param {Preview} preview */
function follows({ consequences }) {
  const { ending, warned, deactivated } = consequences || { ending: 0, warned: 0, deactivated: 0 };
  const parts = [
    ending === 1
      ? t("staff_imports.consequences.one")
      : t("staff_imports.consequences.several", { count: number(ending) }),
  ];
  if (warned) parts.push(t("staff_imports.consequences.warned", { count: number(warned) }));
  if (deactivated) {
    parts.push(t("staff_imports.consequences.deactivated", { count: number(deactivated) }));
  }
  return parts.join(" ");
}

const form = onSubmit(
  async ({ confirm }) => {
    if (!tried) return;
    const { file, preview } = tried;
    const ending = preview.consequences?.ending || 0;
    const isAsked = confirm !== undefined;
    if (isAsked && confirm.replace(/\s/g, "") !== String(ending)) {
      const message = t("staff_imports.preview.number.wrong", { count: number(ending) });
      throw new Problem({
        detail: message,
        errors: [{ field: "confirm", code: "not_allowed", message }],
      });
    }
    const query = isAsked ? `?confirm=${ending}` : "";
    const path = `${PATH}/${encodeURIComponent(preview.id)}${query}`;
    await run(preview, () => call("POST", path, typed(file)));
  },
  one("import", HTMLFormElement),
);

/**
 * Runs an import and shows how far it is.
 * @param {Preview} preview
 * @param {() => Promise<Applied>} send
 */
async function run(preview, send) {
  progress(0, preview.received);
  show("running");
  one("running-title").focus();
  let isOver = false;
  watch(preview.id, () => isOver);
  window.addEventListener("beforeunload", stay);
  try {
    finish({ ...preview, ...(await whole(preview.id, send)) });
  } catch (problem) {
    throw back(problem);
  } finally {
    isOver = true;
    window.removeEventListener("beforeunload", stay);
    one("running-status").textContent = "";
    await loadPast();
  }
}

/**
 * Sends the file until all of it is imported: a long one takes several calls. Where an answer is lost,
 * the list of imports says whether it is over, or has to be sent again.
 * @param {string} id
 * @param {() => Promise<Applied>} send
 */
async function whole(id, send) {
  let lost = 0;
  for (;;) {
    try {
      const answer = await send();
      if (answer.state === "done") return answer;
      lost = 0;
      progress(answer.done, answer.received);
    } catch (problem) {
      lost += 1;
      if (!isUnknown(problem) || lost > LOST) throw problem;
      one("running-status").textContent = t("staff_imports.running.lost");
      const found = await outcome(id);
      // What the list knows is the numbers; the rejected lines are those of the preview.
      if (found?.state === "done") return numbersOf(found);
      if (found?.state !== "interrupted") throw problem;
    }
    await pause();
  }
}

/** @param {Import} past */
const numbersOf = ({ created, updated, unchanged }) => ({ created, updated, unchanged });

/**
 * Has the browser ask before the page is left.
 * @param {Event} event
 */
const stay = (event) => event.preventDefault();

const pause = () => new Promise((done) => setTimeout(done, OFTEN));

/**
 * Shows the preview again, with what went wrong; what has changed since has to be looked at anew.
 * @param {unknown} error
 */
function back(error) {
  const problem = asProblem(error);
  show("preview");
  const { status, code } = problem;
  if (code === "preview_outdated" || status === 404) {
    return new Problem({ status, code, detail: t("staff_imports.preview.outdated") });
  }
  return problem;
}

/**
 * Asks how far the import is while it runs.
 * @param {string} id
 * @param {() => boolean} isOver
 */
async function watch(id, isOver) {
  for (;;) {
    await pause();
    if (isOver()) return;
    const found = await find(id);
    if (found && !isOver()) progress(found.done, found.received);
  }
}

/**
 * The state of an import whose answer was lost, once the import is over.
 * @param {string} id
 * @returns {Promise<Import | undefined>}
 */
async function outcome(id) {
  let last = { done: -1, at: Date.now() };
  for (;;) {
    const found = await find(id);
    if (found && found.state !== "running") return found;
    if (found && found.done !== last.done) last = { done: found.done, at: Date.now() };
    if (Date.now() - last.at > PATIENCE) {
      throw back(new Problem({ code: "unknown", detail: t("staff_imports.unknown") }));
    }
    await pause();
  }
}

/**
 * @param {string} id
 * @returns {Promise<Import | undefined>}
 */
async function find(id) {
  try {
    /** @type {{ imports: Import[] }} */
    const { imports } = await call("GET", PATH);
    return imports.find((one) => one.id === id);
  } catch (problem) {
    asProblem(problem);
    return undefined;
  }
}

/**
 * @param {number} done
 * @param {number} received
 */
function progress(done, received) {
  const bar = one("progress", HTMLProgressElement);
  bar.max = received || 1;
  bar.value = done;
  one("so-far").textContent = t("staff_imports.running.so_far", {
    done: number(done),
    received: number(received),
  });
}

/** @param {Report} done */
function finish(done) {
  report = done;
  one("finished-text").textContent = done.rejected?.length
    ? t("staff_imports.finished.some")
    : t("staff_imports.finished.all");
  one("finished-figures").replaceChildren(...figures(done));
  showRejected(one("finished-rejected"), done.rejected);
  show("finished");
  one("finished-title").focus();
}

one("download").addEventListener("click", () => {
  if (!report) return;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([csv(report)], { type: "text/csv" }));
  link.download = t("staff_imports.finished.file");
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
});

for (const name of ["put-back", "another"]) {
  one(name).addEventListener("click", () => {
    tried = null;
    conceal(first(form, ".error-summary"));
    show("choose");
    field.focus();
  });
}

/** Reads the last imports. */
async function loadPast() {
  conceal(one("past-error"));
  try {
    /** @type {{ imports: Import[] }} */
    const { imports } = await call("GET", PATH);
    one("past").replaceChildren(...imports.map(item));
    one("no-past").hidden = imports.length > 0;
  } catch (problem) {
    one("past-error").textContent = asProblem(problem).message;
    one("past-error").hidden = false;
  }
}

/** @param {Import} past */
function item(past) {
  const item = copyOf("past-import");
  const part = /** @param {string} name */ (name) => first(item, `[data-of=${name}]`);
  part("file").textContent = past.file;
  const moment = momentOf(past.at);
  part("who").textContent = t("staff_imports.past.who", { by: past.by, moment });
  part("what").textContent = t("staff_imports.past.what", {
    received: number(past.received),
    created: number(past.created),
    updated: number(past.updated),
    rejected: number(past.rejected),
  });
  const [words, look] = stateOf(past);
  part("state").textContent = words;
  if (look) part("state").classList.add(look);
  return item;
}

/** @param {Import} past */
function stateOf({ state }) {
  switch (state) {
    case "done":
      return [t("staff_imports.past.done"), "good"];
    case "running":
      return [t("staff_imports.past.running"), "middling"];
    case "interrupted":
      return [t("staff_imports.past.interrupted"), "bad"];
    default:
      return [t("staff_imports.past.previewed"), ""];
  }
}

whenStaff(async () => {
  one("choose").hidden = !may("preview-import");
  await loadPast();
});
