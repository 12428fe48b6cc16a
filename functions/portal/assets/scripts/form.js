// Forms: one at a time is sent once, what is wrong is said beside its field and above them all, and
// nothing typed is lost.

import { counting } from "./counter.js";
import { t } from "./language.js";
import { restoreTyped } from "./typed.js";

/** From when on an answer is slow, in milliseconds. */
const SLOW = 1_000;

/**
 * Makes the page's form work: `submit` is given its values by name and says by a Problem what is
 * wrong.
 */
export function onSubmit(submit) {
  const form = document.querySelector("main form");
  const buttons = [...form.querySelectorAll("[type=submit]")];
  const status = form.querySelector(".progress");
  const summary = form.querySelector(".summary");
  restoreTyped();
  counting(form);
  for (const reveal of form.querySelectorAll(".reveal")) revealing(reveal);
  form.addEventListener("input", (event) => clear(form, event.target.name));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (buttons.some(isBusy)) return;
    const faults = missing(form);
    hideProblem(form, summary);
    if (faults.length) return showFaults(form, summary, faults);
    for (const field of form.querySelectorAll(".reveal")) hide(field);
    try {
      await whileBusy(event.submitter || buttons[0], status, () => submit(values(form)));
    } catch (problem) {
      showProblem(summary, problem, form);
    }
  });
  for (const button of buttons) button.disabled = false;
  return form;
}

/** Does `work` once, with the button and the status line saying so. */
export async function whileBusy(button, status, work) {
  if (isBusy(button)) return;
  button.setAttribute("aria-disabled", "true");
  button.classList.add("busy");
  status.textContent = "";
  const timer = setTimeout(() => {
    status.textContent = t(
      "La connexion est lente. Patientez, votre demande est en route.",
      "The connection is slow. Please wait, your request is on its way.",
    );
  }, SLOW);
  try {
    await work();
  } finally {
    clearTimeout(timer);
    status.textContent = "";
    button.removeAttribute("aria-disabled");
    button.classList.remove("busy");
  }
}

/** Shows `problem` in `summary`; what is wrong with a field of `form` also stands beside it. */
export function showProblem(summary, problem, form) {
  if (!problem.code && !problem.status) throw problem;
  if (problem.code === "unauthenticated") return showEnded(summary);
  const known = problem.errors.filter(({ field }) => form && named(form, field));
  if (known.length) return showFaults(form, summary, known);
  summary.replaceChildren(paragraph(problem.message));
  reveal(summary);
}

/** The values of a form's fields by their names; a tick is true, or its value where it has one. */
function values(form) {
  const values = {};
  for (const field of form.querySelectorAll("[name]")) {
    if (field.closest("[hidden]")) continue;
    if (field.type === "radio") {
      if (field.checked) values[field.name] = field.value;
    } else if (field.type === "checkbox") {
      const isPlain = !field.hasAttribute("value");
      if (isPlain) values[field.name] = field.checked;
      else if (field.checked) values[field.name] = field.value;
    } else {
      values[field.name] = field.value;
    }
  }
  return values;
}

/** What must be filled in and is not. */
function missing(form) {
  const given = values(form);
  const names = new Set();
  for (const field of form.querySelectorAll("[required]")) {
    const value = given[field.name];
    if (!field.closest("[hidden]") && !(value && value.trim())) names.add(field.name);
  }
  return [...names].map((field) => ({ field, message: required(field) }));
}

function required(field) {
  switch (field) {
    case "terms":
      return t("Acceptez les conditions générales pour continuer.", "Accept the terms to continue.");
    case "kind":
      return t("Choisissez votre demande.", "Choose your request.");
    default:
      return t("Ce champ est à remplir.", "This field is required.");
  }
}

function showFaults(form, summary, faults) {
  const list = document.createElement("ul");
  for (const { field, message } of faults) {
    const input = named(form, field);
    const error = form.querySelector(`#${field}-error`);
    input.setAttribute("aria-invalid", "true");
    error.textContent = message;
    error.hidden = false;
    const link = document.createElement("a");
    link.href = `#${input.id}`;
    link.textContent = `${label(input)} – ${message}`;
    link.addEventListener("click", (event) => {
      event.preventDefault();
      input.focus();
    });
    const item = document.createElement("li");
    item.append(link);
    list.append(item);
  }
  const title =
    faults.length === 1
      ? t("Un champ est à corriger", "One field needs correcting")
      : t(`${faults.length} champs sont à corriger`, `${faults.length} fields need correcting`);
  summary.replaceChildren(paragraph(title, "summary-title"), list);
  reveal(summary);
}

/** What a field is called, without what only screen readers are told. */
function label(input) {
  const group = input.type === "radio" && input.closest("fieldset");
  const words = (group ? group.querySelector("legend") : input.labels[0]).cloneNode(true);
  for (const hidden of words.querySelectorAll(".sr")) hidden.remove();
  return words.textContent.trim();
}

/** One's session has ended: signing in elsewhere keeps what is typed here. */
function showEnded(summary) {
  const link = document.createElement("a");
  link.href = "/";
  link.target = "_blank";
  link.textContent = t("Reconnectez-vous (nouvel onglet)", "Sign in again (new tab)");
  const words = t(
    "Votre session a pris fin. Ce que vous avez saisi est toujours là :",
    "Your session has ended. What you have typed is still here:",
  );
  const then = t("puis renvoyez ce formulaire.", "then send this form again.");
  const text = paragraph(`${words} `);
  text.append(link, `, ${then}`);
  summary.replaceChildren(text);
  reveal(summary);
}

function hideProblem(form, summary) {
  summary.hidden = true;
  for (const field of form.querySelectorAll("[aria-invalid]")) clear(form, field.name);
}

function clear(form, name) {
  const error = form.querySelector(`#${name}-error`);
  if (!error || error.hidden) return;
  error.hidden = true;
  error.textContent = "";
  named(form, name).removeAttribute("aria-invalid");
}

/** The field called `name`; of a choice, the first that can be chosen. */
function named(form, name) {
  const fields = [...form.querySelectorAll("[name]")].filter((field) => field.name === name);
  return fields.find((field) => !field.closest("[hidden]"));
}

function reveal(summary) {
  summary.hidden = false;
  summary.focus();
}

function paragraph(text, name) {
  const paragraph = document.createElement("p");
  paragraph.textContent = text;
  if (name) paragraph.className = name;
  return paragraph;
}

const isBusy = (button) => button.getAttribute("aria-disabled") === "true";

// Passwords can be looked at; when they are sent they are hidden again.
const of = (button) => document.getElementById(button.getAttribute("aria-controls"));

function revealing(button) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const shown = of(button).type === "password";
    of(button).type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
    button.firstChild.data = shown ? t("Masquer", "Hide") : t("Afficher", "Show");
  });
}

function hide(button) {
  if (of(button).type === "text") button.click();
}
