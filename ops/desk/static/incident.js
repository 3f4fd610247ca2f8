// @ts-check
/**
 * The page of an incident: a phrase lights up its fact, the ring steps through its revisions, a verdict's key
 * leads to its reason. Without this file phrases and steps are links.
 */
import "./ring.js";

/** Light up a fact with all phrases that say it, or none. @param {string | null} fact */
function light(fact) {
  for (const one of document.querySelectorAll(".facts .is-lit, .cite.is-lit")) one.classList.remove("is-lit");
  if (!fact) return;
  document.getElementById(fact)?.classList.add("is-lit");
  for (const one of document.querySelectorAll(`.cite[data-fact="${CSS.escape(fact)}"]`)) one.classList.add("is-lit");
}

/** The fact that an element says or is. @param {EventTarget | null} at */
function factOf(at) {
  const found = at instanceof Element ? at.closest(".cite, .facts li") : null;
  return found?.getAttribute("data-fact") ?? found?.id ?? null;
}

/** Tell of how many alerts a verdict would be. */
function tellChosen() {
  const said = document.getElementById("chosen");
  const count = document.querySelectorAll(".alert .pick input:checked").length;
  if (said) said.textContent = count === 1 ? "Of the chosen alert" : `Of the ${count} chosen alerts`;
}

/** @param {Event} event */
function onChange(event) {
  const box = event.target;
  if (!(box instanceof HTMLInputElement)) return;
  const reason = document.querySelector(".judge [name=reason]");
  if (box.type === "radio" && reason instanceof HTMLElement) reason.focus();
  if (box.type !== "checkbox") return;
  if (box.hasAttribute("data-all")) {
    for (const one of document.querySelectorAll(".alert .pick input")) if (one instanceof HTMLInputElement) one.checked = box.checked;
  }
  tellChosen();
}

for (const kind of ["mouseover", "focusin"]) document.addEventListener(kind, (event) => light(factOf(event.target)));
for (const box of document.querySelectorAll("[data-all]")) if (box instanceof HTMLElement) box.hidden = false;
document.addEventListener("change", onChange);
tellChosen();
