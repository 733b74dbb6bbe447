// The record's page: the picture when it is ready, marks of hits, the box of the field in hand.
"use strict";
(() => {
  const paper = document.getElementById("paper"), picture = document.getElementById("picture");
  const marks = document.getElementById("marks");
  const place = (box, className) => {
    const span = document.createElement("span");
    span.className = className;
    span.style.left = box[0] * 100 + "%";
    span.style.top = box[1] * 100 + "%";
    span.style.width = (box[2] - box[0]) * 100 + "%";
    span.style.height = (box[3] - box[1]) * 100 + "%";
    marks.append(span);
    return span;
  };
  // Whether a key is meant for the page: nothing is typed, no window is open, keys are not switched off.
  function plainKey(event) {
    const typing = event.target.isContentEditable || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
    let off = false;
    try { off = localStorage.getItem("akta-keys") === "off"; } catch { /* then they are on */ }
    const taken = off || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented;
    return !typing && !taken && !document.querySelector("dialog[open]");
  }
  if (picture) {
    const wait = document.getElementById("picture-wait");
    let tries = 0;
    const none = (late) => {
      wait.hidden = true;
      document.getElementById("picture-none").hidden = false;
      document.getElementById("picture-late").hidden = !late;
      const text = document.getElementById("text");
      if (text) text.open = true;
    };
    const load = async () => {
      let status = 202; // the network being away is no answer
      try { status = (await fetch(picture.dataset.src)).status; } catch { /* ask later */ }
      if (status === 200) {
        picture.src = picture.dataset.src;
        wait.hidden = true;
        picture.addEventListener("load", () => { view(); lay(); }, { once: true });
        if (paper.dataset.q) hits();
      } else if (status === 202 && tries++ < 120) setTimeout(load, tries < 40 ? 500 : 2000);
      else none(status === 202);
    };
    load();
  }
  // -- zoom and turning: of the view only, nothing is stored of it but in this window ---------------------
  const STEPS = [25, 50, 75, 100, 125, 150, 200, 300, 400, 600], TURNS = ["", "right", "over", "left"];
  const sheet = document.getElementById("sheet"), leaf = document.getElementById("leaf");
  const tools = document.getElementById("tools");
  const recall = (name) => { try { return sessionStorage.getItem(name); } catch { return null; } }; // may be forbidden
  const keep = (name, value) => { try { sessionStorage.setItem(name, value); } catch { /* then it is not kept */ } };
  let zoom = STEPS.includes(Number(recall("akta-zoom"))) ? Number(recall("akta-zoom")) : 100, turn = 0;
  function view() {
    const across = turn % 2 === 1, ratio = picture.naturalWidth / picture.naturalHeight;
    sheet.style.width = zoom + "%";
    sheet.classList.toggle("turned", across);
    leaf.className = ("leaf " + TURNS[turn]).trim();
    sheet.style.aspectRatio = across ? `${picture.naturalHeight} / ${picture.naturalWidth}` : "";
    leaf.style.width = across ? ratio * 100 + "%" : ""; // its height is then the width of the sheet
    document.getElementById("zoomed").textContent = zoom + " %";
    for (const [name, last] of [["out", STEPS[0]], ["in", STEPS.at(-1)]])
      tools.querySelector(`[data-zoom="${name}"]`).disabled = zoom === last;
    tools.hidden = false;
  }
  function act(name) {
    const box = document.getElementById("view");
    const x = (box.scrollLeft + box.clientWidth / 2) / box.scrollWidth, y = (box.scrollTop + box.clientHeight / 2) / box.scrollHeight;
    const at = STEPS.indexOf(zoom);
    if (name === "turn") turn = (turn + 1) % 4;
    else zoom = name === "fit" ? 100 : STEPS[Math.min(STEPS.length - 1, Math.max(0, at + (name === "in" ? 1 : -1)))];
    keep("akta-zoom", zoom);
    view();
    box.scrollTo(x * box.scrollWidth - box.clientWidth / 2, y * box.scrollHeight - box.clientHeight / 2);
  }
  if (picture && tools) {
    tools.addEventListener("click", (event) => {
      const button = event.target.closest("[data-zoom]");
      if (button) act(button.dataset.zoom);
    });
    const KEYS = { "+": "in", "=": "in", "-": "out", 0: "fit", r: "turn" };
    addEventListener("keydown", (event) => {
      if (tools.hidden || !plainKey(event) || !Object.hasOwn(KEYS, event.key)) return;
      event.preventDefault();
      act(KEYS[event.key]);
    });
  }

  // -- the words that were read, to be selected: each lies over its picture, in units of the sheet, so that
  // zoom and turning move it along ------------------------------------------------------------------------
  async function lay() {
    let words = [];
    try {
      const answer = await fetch(`/records/${paper.dataset.record}/words?page=${paper.dataset.page}`);
      if (answer.ok && !answer.redirected) words = (await answer.json()).words;
    } catch { return; } // the network is away; the text stands below all the same
    const pen = document.createElement("canvas").getContext("2d");
    pen.font = "100px sans-serif";
    const shape = picture.naturalWidth / picture.naturalHeight, layer = document.createDocumentFragment();
    words.forEach(([text, [x0, y0, x1, y1], line], n) => {
      const next = words[n + 1], goes = next && next[2] === line, tall = y1 - y0;
      // Up to the next word of the line, with the gap as its space: so a selection has no holes.
      const until = goes && next[1][0] > x1 ? next[1][0] : x1, said = text + (goes ? " " : "");
      const long = pen.measureText(said).width / 100, span = document.createElement("span");
      span.textContent = said;
      span.style.left = x0 * 100 + "%";
      span.style.top = y0 * 100 + "%";
      span.style.fontSize = tall * 100 + "cqh";
      if (long && tall) span.style.transform = `scaleX(${(until - x0) * shape / (long * tall)})`;
      layer.append(span);
      if (!goes) layer.append(document.createElement("br"));
    });
    document.getElementById("words").replaceChildren(layer);
  }

  // -- the history: kinds and older entries come into their place --------------------------------------------
  const past = document.getElementById("history");
  if (past) past.addEventListener("click", async (event) => {
    const link = event.target.closest(".kinds a, a[rel=next], .actions a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const address = new URL(link.href);
    address.searchParams.set("alone", "1");
    try {
      const answer = await fetch(address);
      if (!answer.ok || answer.redirected) return location.assign(link.href);
      past.querySelector("div").innerHTML = await answer.text();
      (past.querySelector(".kinds [aria-current]") || past).focus();
    } catch { location.assign(link.href); }
  });

  // -- to the form: `e` goes to the first field that is in doubt, else to the first there is ------------------
  addEventListener("keydown", (event) => {
    if (event.key !== "e" || !plainKey(event)) return;
    const field = (where) => document.querySelector(`#fields ${where} input[name^="field."]:not(:disabled)`);
    const found = field(".unsure") || field("");
    if (!found) return;
    event.preventDefault();
    found.focus();
    found.select();
  });

  // -- hidden values: they come into their places, so that nothing typed is lost -------------------------------
  const ask = document.getElementById("show-hidden"), said = document.getElementById("values-shown");
  async function reveal() {
    const form = document.getElementById("fields");
    let told;
    try {
      const answer = await fetch(ask.action, { method: "POST", body: new URLSearchParams(new FormData(ask)) });
      if (answer.redirected) return location.reload(); // to sign in first
      if (!answer.ok) throw new Error(answer.status);
      told = new DOMParser().parseFromString(await answer.text(), "text/html");
    } catch {
      said.hidden = false;
      said.textContent = said.dataset.failed;
      return;
    }
    const masked = [...form.querySelectorAll("[data-masked]")];
    for (const input of masked) for (const name of [input.name, input.name.replace("field.", "was.")]) {
      const here = form.elements[name], there = told.getElementById("fields").elements[name];
      if (!here || !there) continue;
      here.value = here.defaultValue = there.value;
      here.disabled = false;
      here.removeAttribute("placeholder");
      here.removeAttribute("data-masked");
    }
    for (const where of ["#history > div", "#why"]) {
      const [here, there] = [document, told].map((page) => page.querySelector(where));
      if (here && there) here.innerHTML = there.innerHTML;
    }
    document.getElementById("hidden-values").remove();
    said.hidden = false;
    said.textContent = said.dataset.shown;
    form.dispatchEvent(new Event("shown"));
    if (masked.length) masked[0].focus();
  }
  if (ask) {
    let busy = false;
    ask.addEventListener("submit", async (event) => {
      event.preventDefault();
      event.stopImmediatePropagation(); // nothing is left, so nothing asks whether it may be lost
      if (busy) return;
      busy = true;
      await reveal();
      busy = false;
    });
    addEventListener("keydown", (event) => {
      if (event.key !== "v" || !plainKey(event) || !document.getElementById("hidden-values")) return;
      event.preventDefault();
      ask.requestSubmit();
    });
  }

  // A paper that is being read: the page comes again when it has been.
  let pause = 700;
  async function follow() {
    let ended = false;
    try {
      const answer = await fetch(`/records/${paper.dataset.record}/state`);
      if (answer.status === 404) return location.assign("/"); // filed where this person may not see it
      if (answer.ok) {
        const state = await answer.json(), words = document.getElementById("reading");
        ended = state.ended;
        document.getElementById("state").textContent = state.label;
        if (words && state.pages > 1) document.getElementById("reading-pages").textContent =
          words.dataset.pages.replace("{done}", state.done).replace("{total}", state.pages);
      }
    } catch { /* the network is away; ask later */ }
    if (ended) return location.reload();
    pause = Math.min(5000, pause * 1.2);
    setTimeout(follow, pause);
  }
  if (["received", "reading"].includes(paper.dataset.state)) follow();
  async function hits() {
    const query = new URLSearchParams({ page: paper.dataset.page, q: paper.dataset.q });
    const answer = await fetch(`/records/${paper.dataset.record}/marks?${query}`);
    if (!answer.ok) return;
    const boxes = (await answer.json()).boxes.map((box) => place(box, "hit"));
    if (boxes.length) boxes[0].scrollIntoView({ block: "center" });
  }
  const related = document.getElementById("related");
  if (related) related.addEventListener("toggle", async () => {
    const answer = related.open && !related.dataset.there ? await fetch(related.dataset.src) : null;
    if (!answer || !answer.ok || answer.redirected) return; // the link inside stays
    related.querySelector("div").innerHTML = await answer.text();
    related.dataset.there = "1";
  });
  let lit = null;
  const light = (row) => {
    if (lit) lit.remove();
    lit = null;
    if (!marks || !row.dataset.box || row.dataset.page !== paper.dataset.page) return;
    lit = place(row.dataset.box.split(",").map(Number), "lit");
  };
  for (const row of document.querySelectorAll(".fields .row[data-box], .tables [data-box]")) {
    row.addEventListener("focusin", () => light(row));
    row.addEventListener("mouseenter", () => light(row));
  }
})();
