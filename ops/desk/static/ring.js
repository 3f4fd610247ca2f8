// @ts-check
/**
 * The picture of a ring, stepped through its revisions without a new page: what is of a later one is hidden,
 * what is new is marked. A node that is pointed at shows its links.
 */
const ring = document.getElementById("ring");
const numbers = (ring?.getAttribute("data-numbers") ?? "").split(" ").map(Number);
const slider = ring?.querySelector("input[type=range]");
const parts = [...(ring?.querySelectorAll("svg [data-from]") ?? [])];

/** @param {Element} part @param {number} at */
function show(part, at) {
  const since = Number(part.getAttribute("data-from"));
  part.classList.toggle("is-later", since > at);
  part.classList.toggle("is-new", since === at && since > numbers[0]);
}

/** @param {number} count */
function accounts(count) {
  return `${count.toLocaleString("en")} ${count === 1 ? "account" : "accounts"}`;
}

/** Show the revision at a place of the list. @param {number} place */
function goTo(place) {
  const at = numbers[place];
  for (const part of parts) {
    show(part, at);
    const counts = part.getAttribute("data-counts")?.split(" ");
    if (counts) part.textContent = accounts(Number(counts[place]));
  }
  ring?.querySelector("svg.ring-picture")?.classList.toggle("is-earlier", place < numbers.length - 1);
  for (const words of ring?.querySelectorAll("[data-words]") ?? []) words.toggleAttribute("hidden", words.getAttribute("data-words") !== String(at));
  const said = document.getElementById("ring-at");
  if (said) said.textContent = `Revision ${at} of ${numbers[numbers.length - 1]}`;
  if (slider instanceof HTMLInputElement) slider.value = String(place);
  for (const link of ring?.querySelectorAll("[data-step]") ?? []) {
    const to = numbers[place + Number(link.getAttribute("data-step"))];
    link.toggleAttribute("hidden", to === undefined);
    if (to !== undefined) link.setAttribute("href", `?revision=${to}#ring`);
  }
}

/** @param {Event} event */
function onStep(event) {
  const link = event.target instanceof Element ? event.target.closest("[data-step]") : null;
  if (!link || !(slider instanceof HTMLInputElement)) return;
  event.preventDefault();
  const place = Number(slider.value) + Number(link.getAttribute("data-step"));
  if (place >= 0 && place < numbers.length) goTo(place);
}

/** Light up the links of the node that is pointed at, or none. @param {Event} event */
function onPoint(event) {
  for (const line of ring?.querySelectorAll(".ring-link.is-lit") ?? []) line.classList.remove("is-lit");
  const node = event.target instanceof Element ? event.target.closest("[data-node]") : null;
  const number = node?.getAttribute("data-node");
  if (number == null) return;
  for (const line of ring?.querySelectorAll(".ring-link") ?? []) {
    if (line.getAttribute("data-ends")?.split(" ").includes(number)) line.classList.add("is-lit");
  }
}

if (ring && slider instanceof HTMLInputElement) {
  slider.hidden = false;
  slider.addEventListener("input", () => goTo(Number(slider.value)));
  ring.addEventListener("click", onStep);
}
for (const kind of ["mouseover", "focusin"]) ring?.addEventListener(kind, onPoint);
