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
        if (paper.dataset.q) hits();
      } else if (status === 202 && tries++ < 120) setTimeout(load, tries < 40 ? 500 : 2000);
      else none(status === 202);
    };
    load();
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
