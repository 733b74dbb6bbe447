// Fetches the pictures of the pages one after the other, and offers printing when all are there.
"use strict";
(async () => {
  const said = document.getElementById("print-wait"), button = document.getElementById("print-now");
  const rest = (time) => new Promise((done) => setTimeout(done, time));
  // The status in the end: 200, or another if there is no picture or it takes too long.
  async function ready(address) {
    let status = 202;
    for (let tries = 0; tries < 120 && status === 202; tries++) {
      if (tries) await rest(tries < 40 ? 500 : 2000);
      try { status = (await fetch(address)).status; } catch { /* the network is away; ask later */ }
    }
    return status;
  }
  const missing = [];
  for (const picture of document.querySelectorAll("[data-src]")) {
    const loaded = new Promise((done) => { picture.onload = picture.onerror = done; });
    if (await ready(picture.dataset.src) !== 200) {
      missing.push(picture.dataset.page);
      picture.closest("figure").remove();
      continue;
    }
    picture.src = picture.dataset.src;
    await loaded;
  }
  said.hidden = !missing.length;
  if (missing.length) said.textContent = said.dataset.missing + " " + missing.join(", ");
  button.hidden = !document.querySelector("figure");
  button.addEventListener("click", () => print());
  button.focus();
})();
