// Writing a plan: numbered lines, a way to the line that is wrong, and nothing typed is left by mistake.
"use strict";
(() => {
  const text = document.getElementById("plan"), numbers = document.getElementById("plan-lines");
  const form = document.getElementById("writing"), first = text.value;
  let count = 0, sent = false;
  const number = () => {
    const lines = text.value.split("\n").length;
    if (lines === count) return;
    count = lines;
    numbers.textContent = Array.from({ length: lines }, (_, at) => at + 1).join("\n");
  };
  text.addEventListener("input", number);
  text.addEventListener("scroll", () => { numbers.scrollTop = text.scrollTop; });
  number();
  for (const button of document.querySelectorAll("[data-line]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const lines = text.value.split("\n"), line = Math.min(Number(button.dataset.line), lines.length);
      const start = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
      text.focus();
      text.setSelectionRange(start, start + lines[line - 1].length);
      text.scrollTop = Math.max(0, line - 4) * parseFloat(getComputedStyle(text).lineHeight);
      text.scrollLeft = 0;
    });
  }
  form.addEventListener("submit", () => { sent = true; });
  addEventListener("pageshow", () => { sent = false; });
  addEventListener("beforeunload", (event) => { if (!sent && text.value !== first) event.preventDefault(); });
})();
