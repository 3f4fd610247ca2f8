// @ts-check
/**
 * A question's steps are shown while it is answered, which takes a model up to two minutes. Without this file
 * the same form is sent, and the page comes when the answer is there.
 */

const form = document.getElementById("asking");
const shown = document.getElementById("steps");
const wrong = document.getElementById("wrong");
let isAsking = false;

/** @param {string} text */
function say(text) {
  const line = document.createElement("p");
  line.textContent = text;
  shown?.append(line);
}

/** @param {string} text */
function end(text) {
  isAsking = false;
  form?.removeAttribute("aria-busy");
  shown?.replaceChildren();
  if (!wrong || !text) return;
  wrong.textContent = text;
  wrong.hidden = false;
}

/** Show a line of the answer. Return whether it was the last one. @param {{step?: string, error?: string, answer?: string}} line */
function take(line) {
  if (line.step) say(line.step);
  if (line.error) end(line.error);
  if (line.answer) window.location.assign(line.answer);
  return !line.step;
}

/** @param {ReadableStream<Uint8Array>} body */
async function read(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return end("The answer did not come to its end: load this page again, it may be among what you asked.");
    const lines = (rest + value).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (take(JSON.parse(line))) return;
  }
}

/** @param {HTMLFormElement} its @param {HTMLElement | null} button */
async function ask(its, button) {
  const entries = [...new FormData(its, button)].map(([name, value]) => [name, String(value)]);
  const answer = await fetch(its.dataset.steps ?? "", { method: "POST", body: new URLSearchParams(entries) });
  if (answer.ok && answer.body && !answer.redirected) return read(answer.body);
  its.removeEventListener("submit", onSubmit); // the session may have ended: the plain way says so
  its.requestSubmit(button);
}

/** @param {SubmitEvent} event */
function onSubmit(event) {
  event.preventDefault();
  if (isAsking || !(form instanceof HTMLFormElement)) return;
  isAsking = true;
  form.setAttribute("aria-busy", "true");
  if (wrong) wrong.hidden = true;
  shown?.replaceChildren();
  say("Looking…");
  ask(form, event.submitter).catch(() => end("The service does not answer: try again in a moment."));
}

form?.addEventListener("submit", onSubmit);
window.addEventListener("pageshow", () => end(""));
