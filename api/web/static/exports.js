// The list of exports: how far they are, and the page again once one has ended.
"use strict";
(() => {
  const list = document.querySelector(".exports");
  if (!list || list.dataset.busy !== "yes") return;
  let pause = 700;
  async function follow() {
    try {
      const answer = await fetch("/exports/state");
      if (answer.ok) {
        const items = (await answer.json()).items;
        for (const item of items) {
          const row = list.querySelector(`[data-export="${item.id}"]`);
          if (!row || row.dataset.state !== item.state) return location.replace("/exports");
          const bar = row.querySelector("progress");
          if (bar) {
            bar.max = item.found || 1;
            bar.value = item.done;
            row.querySelector(".far").textContent = `${item.done} / ${item.found}`;
          }
        }
      }
    } catch { /* the network is away; ask later */ }
    pause = Math.min(4000, pause * 1.2);
    setTimeout(follow, pause);
  }
  setTimeout(follow, pause);
})();
