// @ts-check
/**
 * A rule is checked while it is written: the page is asked as its button asks it, and what it says of the
 * text is put in place. Without this file the button does the same.
 */

const PAUSE_MS = 350;
const form = document.getElementById("draft");
let timer = 0;
let asked = 0;

async function check() {
  if (!(form instanceof HTMLFormElement)) return;
  const mine = ++asked;
  const entries = [...new FormData(form)].map(([name, value]) => [name, String(value)]);
  const answer = await fetch("/rules/draft/check", { method: "POST", body: new URLSearchParams(entries), headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected || mine !== asked) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const now = page.getElementById("checked");
  const before = document.getElementById("checked");
  if (!now || !before || now.outerHTML === before.outerHTML) return;
  before.className = now.className;
  before.replaceChildren(...[...now.childNodes].map((node) => document.adoptNode(node)));
}

/** Say that a trial is going on: it takes seconds. @param {SubmitEvent} event */
function onSubmit(event) {
  const button = event.submitter;
  if (button instanceof HTMLButtonElement && button.hasAttribute("data-try")) button.textContent = "Trying it…";
}

form?.addEventListener("input", () => {
  window.clearTimeout(timer);
  timer = window.setTimeout(check, PAUSE_MS);
});
form?.addEventListener("submit", onSubmit);
