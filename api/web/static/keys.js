// `/` goes to the search box, `j` and `k` move through the hits.
"use strict";
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
  if (event.key === "/") {
    event.preventDefault();
    document.getElementById("q").select();
  }
  if (event.key !== "j" && event.key !== "k") return;
  const links = [...document.querySelectorAll(".hits .title")];
  const at = links.indexOf(document.activeElement);
  const next = links[event.key === "j" ? at + 1 : Math.max(0, at - 1)];
  if (next) next.focus();
});
