// What was typed into a record's form is not lost: leaving asks, and what was sent while the session had
// ended, or the network was away, comes back into the form after signing in.
"use strict";
(() => {
  const form = document.getElementById("fields"), back = document.getElementById("typed-back");
  if (!form || !form.querySelector("[name=save]")) return;
  const key = `akta-draft:${form.dataset.person}:${form.dataset.record}`;
  const inputs = () => [...form.elements].filter((e) => e.name && e.type !== "hidden" && e.tagName !== "BUTTON");
  const stored = (e) => (form.elements[e.name === "kind" ? "was_kind" : e.name.replace("field.", "was.")] || e).value;
  const fresh = (e) => e.name === "new_field" || e.name === "new_value" ? "" : stored(e);
  const changed = () => inputs().filter((e) => e.value !== fresh(e));
  let sent = false;
  if (form.dataset.shown === "typed") sessionStorage.removeItem(key); // the server shows what was typed
  const draft = JSON.parse(sessionStorage.getItem(key) || "null");
  if (draft && form.dataset.shown === "done") sessionStorage.removeItem(key);
  else if (draft) {
    const fill = () => {
      for (const [name, value] of Object.entries(draft)) {
        const input = form.elements[name];
        if (input && !input.disabled && input.value !== value) input.value = value;
      }
    };
    fill();
    form.addEventListener("shown", () => { // what was typed over a value that was hidden again meanwhile
      fill();
      back.hidden = changed().length === 0;
    }, { once: true });
    back.hidden = changed().length === 0;
    sessionStorage.removeItem(key);
  }
  document.getElementById("typed-forget").addEventListener("click", () => { form.reset(); back.hidden = true; });
  form.addEventListener("submit", () => {
    sent = true;
    sessionStorage.setItem(key, JSON.stringify(Object.fromEntries(changed().map((e) => [e.name, e.value]))));
  });
  for (const other of document.querySelectorAll("form")) if (other !== form) other.addEventListener("submit", (event) => {
    if (changed().length && !confirm(back.dataset.lose)) event.preventDefault(); else sent = true;
  });
  addEventListener("pageshow", () => { sent = false; });
  addEventListener("beforeunload", (event) => { if (!sent && changed().length) event.preventDefault(); });
})();
