// @ts-check
/**
 * The queue as it changes: rows are renewed where they are, and none is moved. What is new is counted on a
 * line to press. The focus comes back to its row after an act. Without this file the page is read anew.
 */
import { goTo, rowHere, rows } from "./keyboard.js";

const BATCH_MS = 1000;
const ROWS_A_FRAME = 5;
const PLACE = "ringwatch.row";
const arrived = document.getElementById("arrived");
/** @type {Set<string>} */
const fresh = new Set();
/** @type {Set<string>} */
const stale = new Set();
let timer = 0;

/** Put a row as it is now in the place of an old one; its box and the focus stay. @param {Element} now */
function renew(now) {
  const before = document.getElementById(now.id);
  if (!before) return;
  const focused = before.contains(document.activeElement) ? document.activeElement?.getAttribute("data-key") ?? "open" : null;
  const box = before.querySelector("input[type=checkbox]");
  const next = now.querySelector("input[type=checkbox]");
  if (box instanceof HTMLInputElement && next instanceof HTMLInputElement) next.checked = box.checked;
  before.replaceWith(now);
  if (focused === null) return;
  const again = focused === "open" ? null : now.querySelector(`[data-key="${CSS.escape(focused)}"]`);
  if (again instanceof HTMLElement) again.focus({ preventScroll: true });
  else goTo(now);
}

async function fetchStale() {
  timer = 0;
  const ids = [...stale].filter((id) => document.getElementById(id)).slice(0, 50);
  stale.clear();
  if (!ids.length) return;
  const answer = await fetch(`/rows?ids=${ids.join(",")}`);
  if (answer.redirected || !answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fetched = [...page.querySelectorAll("[data-row]")];
  for (let at = 0; at < fetched.length; at += ROWS_A_FRAME) {
    await new Promise(requestAnimationFrame);
    for (const row of fetched.slice(at, at + ROWS_A_FRAME)) renew(document.adoptNode(row));
  }
}

/** @param {[string, boolean][]} changes */
function onChanges(changes) {
  for (const [id, isNew] of changes) {
    if (document.getElementById(id)) stale.add(id);
    else if (isNew) fresh.add(id);
  }
  if (stale.size && !timer) timer = window.setTimeout(fetchStale, BATCH_MS);
  if (arrived && fresh.size) {
    arrived.textContent = `${fresh.size.toLocaleString("en")} new`;
    arrived.hidden = false;
  }
}

/** @type {EventSource | null} */
let stream = null;

/** Watch while the page is seen; a stream that has ended begins again when somebody is there. */
function watch() {
  const from = document.querySelector("[data-live]")?.getAttribute("data-live");
  if (!from || document.hidden || (stream && stream.readyState !== EventSource.CLOSED)) return;
  stream = new EventSource(from);
  stream.onmessage = (event) => onChanges(JSON.parse(event.data));
  stream.addEventListener("end", () => stream?.close());
}

function unwatch() {
  if (document.hidden) stream?.close();
}

/** Tell how many are chosen. */
function tellChosen() {
  const said = document.getElementById("chosen");
  const count = document.querySelectorAll("[data-row] input[type=checkbox]:checked").length;
  if (said) said.textContent = `${count} chosen`;
}

/** @param {Event} event */
function onChange(event) {
  const box = event.target;
  if (!(box instanceof HTMLInputElement) || box.type !== "checkbox") return;
  if (box.hasAttribute("data-all")) {
    for (const one of document.querySelectorAll("[data-row] input[type=checkbox]")) if (one instanceof HTMLInputElement) one.checked = box.checked;
  }
  tellChosen();
}

/** Keep which row one was in, for the page that comes after an act. */
function keepPlace() {
  const here = rowHere();
  if (here) sessionStorage.setItem(PLACE, String(rows().indexOf(here)));
}

/** Put the focus back: on the row of the address, or on the one that is in its place now. */
function takePlace() {
  const named = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const kept = sessionStorage.getItem(PLACE);
  sessionStorage.removeItem(PLACE);
  if (named && named.matches("[data-row]")) goTo(named);
  else if (location.hash && kept !== null) goTo(rows()[Math.min(Number(kept), rows().length - 1)]);
  if (location.hash) history.replaceState(null, "", location.pathname + location.search);
}

for (const box of document.querySelectorAll("[data-all]")) if (box instanceof HTMLElement) box.hidden = false;
document.addEventListener("change", onChange);
document.addEventListener("visibilitychange", () => (document.hidden ? unwatch() : watch()));
for (const kind of ["keydown", "pointerdown"]) document.addEventListener(kind, watch, { passive: true });
window.addEventListener("pagehide", () => { keepPlace(); stream?.close(); });
window.addEventListener("pageshow", watch);
takePlace();
tellChosen();
