// @ts-check
/**
 * The keys of the desk. A page marks what a key presses with `data-key`; within a list it is the one of the
 * row that has the focus. Without this file every one of them is a link or a button to press.
 */

/** Rows of the list on this page, in order. @returns {HTMLElement[]} */
export function rows() {
  return [...document.querySelectorAll("[data-row]")].filter((row) => row instanceof HTMLElement);
}

/** The row with the focus. @returns {HTMLElement | null} */
export function rowHere() {
  const row = document.activeElement?.closest("[data-row]");
  return row instanceof HTMLElement ? row : null;
}

/** Put the focus on a row: on what opens it. @param {Element | null | undefined} row */
export function goTo(row) {
  const opener = row?.querySelector("[data-open]");
  if (opener instanceof HTMLElement) {
    opener.focus();
    row?.scrollIntoView({ block: "nearest" });
  }
}

/** @param {number} by */
function move(by) {
  const all = rows();
  const here = rowHere();
  const at = here ? all.indexOf(here) + by : by > 0 ? 0 : all.length - 1;
  goTo(all[Math.max(0, Math.min(all.length - 1, at))]);
}

/** What acts on all chosen rows instead of the one with the focus. @param {string} key */
function ofChosen(key) {
  if (!document.querySelector("[data-row] input[type=checkbox]:checked")) return null;
  return document.querySelector(`.bulk [data-key="${CSS.escape(key.toUpperCase())}"]`);
}

/** What a key presses: of the chosen rows, else of the row with the focus, else of the page. @param {string} key */
function pressed(key) {
  const wanted = `[data-key="${CSS.escape(key)}"]`;
  const found = ofChosen(key) ?? rowHere()?.querySelector(wanted) ?? [...document.querySelectorAll(wanted)].find((one) => !one.closest("[data-row]"));
  return found instanceof HTMLElement ? found : null;
}

/** @param {KeyboardEvent} event */
function isTyping(event) {
  const at = event.target;
  if (!(at instanceof HTMLElement)) return false;
  return at.isContentEditable || at.matches("textarea, select, input:not([type=checkbox], [type=radio], [type=submit])");
}

const PREFIX_MS = 1500;
let prefix = "";
let prefixAt = 0;

/** Ctrl and Enter send a text of several lines that says so. @param {KeyboardEvent} event */
function send(event) {
  const at = event.target;
  if (!(at instanceof HTMLTextAreaElement) || !at.hasAttribute("data-send") || event.isComposing) return;
  at.form?.requestSubmit();
  event.preventDefault();
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) return send(event);
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key === "Escape" && isTyping(event) && event.target instanceof HTMLElement) event.target.blur();
  if (isTyping(event) || event.key.length !== 1) return;
  const key = event.timeStamp - prefixAt < PREFIX_MS && prefix ? `${prefix} ${event.key}` : event.key;
  prefix = "";
  if (key === "g") {
    prefix = key;
    prefixAt = event.timeStamp;
  } else if (key === "j" || key === "k") {
    move(key === "j" ? 1 : -1);
  } else {
    const found = pressed(key);
    if (!found) return;
    if (found.matches("input:not([type=checkbox])")) found.focus();
    else found.click();
  }
  event.preventDefault();
}

document.querySelector(".top nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
document.addEventListener("keydown", onKey);
