// Hits as typing goes on, completion under the box, the form that writes a query. Without it all of the page
// works by loading it again; what comes from the server is the page's own markup.
"use strict";
(() => {
  const form = document.getElementById("search"), box = document.getElementById("q"), found = document.getElementById("found");
  const said = document.getElementById("said"), offers = document.getElementById("offers");
  const builder = document.getElementById("builder"), build = document.getElementById("build");
  const PAUSE = 180, SAY_AFTER = 700;
  const told = { hits: "", offers: "" };
  // What was asked for on purpose keeps its place in the history; typing on begins another.
  let asking = null, waiting = 0, saying = 0, settled = Boolean(box.value);

  // -- the list of hits ------------------------------------------------------
  const address = (q) => {
    const to = new URL("/search", location);
    to.searchParams.set("q", q);
    for (const name of ["sort", "size"]) {
      const value = form.elements[name].value;
      if (value !== (name === "sort" ? "relevance" : "20")) to.searchParams.set(name, value);
    }
    return to;
  };
  const say = (part, text) => {
    told[part] = text;
    clearTimeout(saying);
    saying = setTimeout(() => { said.textContent = `${told.hits} ${told.offers}`.trim(); }, SAY_AFTER);
  };
  const tell = () => {
    const list = found.querySelector("[data-total]");
    if (!list) return say("hits", "");
    const count = list.dataset.total;
    say("hits", count === "0" ? form.dataset.none : form.dataset.found.replace("{count}", count));
  };
  function put(html, live) {
    const fresh = document.createElement("template");
    fresh.innerHTML = html;
    const problem = fresh.content.getElementById("problem");
    box.toggleAttribute("aria-invalid", Boolean(problem));
    if (problem) { box.setAttribute("aria-invalid", "true"); box.setAttribute("aria-describedby", "problem"); }
    else box.removeAttribute("aria-describedby");
    if (problem && live) {
      // While somebody types, half a query is no reason to take the hits away or to raise the voice.
      problem.setAttribute("role", "note");
      const old = found.querySelector("#problem");
      if (old) old.replaceWith(problem); else found.prepend(problem);
      return;
    }
    const pictures = new Map([...found.querySelectorAll(".look img")].map((img) => [img.getAttribute("src"), img]));
    for (const img of fresh.content.querySelectorAll(".look img")) {
      const shown = pictures.get(img.getAttribute("src"));
      if (shown) { pictures.delete(img.getAttribute("src")); img.replaceWith(shown); }
    }
    const focused = found.contains(document.activeElement) ? document.activeElement.id || "hits" : "";
    found.replaceChildren(fresh.content);
    ready();
    if (focused) (document.getElementById(focused) || document.getElementById("hits") || box).focus({ preventScroll: true });
    tell();
  }
  // how: "type" replaces the entry of what was typed before, "go" makes one, "back" is at one already.
  async function ask(to, how) {
    clearTimeout(waiting);
    if (asking) asking.abort();
    const mine = asking = new AbortController();
    if (how === "go" && to.href !== location.href) history.pushState(null, "", to);
    if (how !== "type") settled = true; // even if more is typed before the answer
    found.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch("/search/hits" + to.search, { signal: mine.signal, headers: { accept: "text/html" } });
      if (answer.redirected || (!answer.ok && how !== "type")) return location.assign(to);
      if (!answer.ok) return away();
      const html = await answer.text();
      if (mine.signal.aborted) return;
      if (how === "type" && to.href !== location.href) {
        if (settled) history.pushState(null, "", to); else history.replaceState(null, "", to);
        settled = false;
      }
      const q = to.searchParams.get("q") || "";
      document.title = document.title.replace(/^.*(?= · )/, () => q || form.querySelector("button").textContent);
      put(html, how === "type");
      if (builder.open) read(q);
    } catch (error) {
      if (error.name !== "AbortError") away();
    } finally {
      if (asking === mine) { asking = null; found.removeAttribute("aria-busy"); }
    }
  }
  function away() {
    const note = document.getElementById("away") || document.createElement("p");
    note.id = "away";
    note.className = "problem";
    note.textContent = form.dataset.away;
    found.prepend(note);
    say("hits", form.dataset.away);
  }
  const follow = (to) => {
    box.value = to.searchParams.get("q") || "";
    form.elements.sort.value = to.searchParams.get("sort") || "relevance";
    form.elements.size.value = to.searchParams.get("size") || "20";
  };
  box.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => ask(address(box.value), "type"), PAUSE);
    complete();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    close();
    ask(address(box.value), "go").then(point);
  });
  // After Enter the cursor stands where the mistake is.
  function point() {
    const problem = found.querySelector("#problem[data-at]");
    if (!problem) return;
    const at = [...box.value].slice(0, Number(problem.dataset.at)).join("").length;
    box.focus();
    box.setSelectionRange(at, at + problem.querySelector("mark").textContent.length);
  }
  found.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='/search']");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    const to = new URL(link.href), paged = link.closest("nav");
    follow(to);
    ask(to, "go").then(() => {
      if (!paged) return;
      document.getElementById("hits").focus({ preventScroll: true });
      scrollTo(0, 0);
    });
  });
  found.addEventListener("change", (event) => {
    const order = event.target.closest("#order");
    if (!order) return;
    for (const name of ["sort", "size"]) form.elements[name].value = order.elements[name].value;
    ask(address(box.value), "go").then(() => found.querySelector(`#order [name=${event.target.name}]`)?.focus());
  });
  addEventListener("popstate", () => {
    const to = new URL(location);
    follow(to);
    ask(to, "back");
  });

  // -- what a fresh list needs -----------------------------------------------
  let unfolded = false;
  const folds = () => JSON.parse(localStorage.getItem("akta-facets") || "{}");
  function ready() {
    const kept = folds(), narrow = document.getElementById("narrow");
    if (narrow && matchMedia("(max-width: 900px)").matches) narrow.open = unfolded;
    if (narrow) narrow.addEventListener("toggle", () => { unfolded = narrow.open; });
    for (const group of found.querySelectorAll("details[data-facet]")) {
      if (!group.dataset.chosen && group.dataset.facet in kept) group.open = kept[group.dataset.facet];
      group.querySelector("summary").addEventListener("click", () => {
        localStorage.setItem("akta-facets", JSON.stringify({ ...folds(), [group.dataset.facet]: !group.open }));
      });
    }
    for (const img of found.querySelectorAll(".look img:not([data-watched])")) {
      img.dataset.watched = "1";
      img.addEventListener("error", () => later(img, 0));
      if (img.complete && !img.naturalWidth && img.getAttribute("src")) later(img, 0);
    }
    for (const button of found.querySelectorAll("[data-no-script]")) button.hidden = true;
  }
  // A picture that is still being made comes later; a page that has none keeps its text.
  async function later(img, tries) {
    const look = img.closest(".look"), source = img.getAttribute("src");
    look.hidden = true;
    let status = 202;
    try { status = (await fetch(source)).status; } catch { /* the network is away */ }
    if (status === 200) { look.hidden = false; img.src = source + "&again=1"; }
    else if (status === 202 && tries < 8 && img.isConnected) setTimeout(() => later(img, tries + 1), 800 * (tries + 1));
  }

  // -- completion: a combobox ------------------------------------------------
  let offering = null, pause = 0, items = [], at = -1;
  box.setAttribute("role", "combobox");
  box.setAttribute("aria-autocomplete", "list");
  box.setAttribute("aria-controls", "offers");
  box.setAttribute("aria-expanded", "false");
  function close() {
    clearTimeout(pause);
    if (offering) offering.abort();
    offers.hidden = true;
    if (told.offers) say("offers", "");
    items = [];
    mark(-1);
    box.setAttribute("aria-expanded", "false");
  }
  function mark(index) {
    at = index;
    [...offers.children].forEach((option, n) => option.setAttribute("aria-selected", String(n === at)));
    if (at < 0) box.removeAttribute("aria-activedescendant");
    else box.setAttribute("aria-activedescendant", `offer-${at}`);
  }
  function complete() {
    clearTimeout(pause);
    pause = setTimeout(offer, 120);
  }
  async function offer() {
    if (offering) offering.abort();
    const mine = offering = new AbortController(), before = box.value.slice(0, box.selectionStart);
    if (!/[\p{L}\p{N}:,"]$/u.test(before)) return close();
    const query = new URLSearchParams({ q: box.value, at: [...before].length });
    try {
      const answer = await fetch(`/search/complete?${query}`, { signal: mine.signal, headers: { accept: "application/json" } });
      if (!answer.ok || answer.redirected) return close();
      const made = await answer.json();
      if (mine.signal.aborted || document.activeElement !== box) return;
      const now = [...box.value];
      items = made.filter((one) => now.slice(one.start, one.end).join("") !== one.text);
    } catch { return; }
    offers.replaceChildren(...items.map((one, n) => {
      const option = document.createElement("li");
      option.id = `offer-${n}`;
      option.setAttribute("role", "option");
      const text = document.createElement("bdi");
      text.textContent = one.text;
      option.append(text);
      if (one.count !== null) {
        const count = document.createElement("span");
        count.className = "count";
        count.textContent = one.count.toLocaleString(document.documentElement.lang);
        option.append(" ", count);
      }
      option.addEventListener("pointerdown", (event) => { event.preventDefault(); take(n); });
      return option;
    }));
    if (!items.length) return close();
    offers.hidden = false;
    mark(-1);
    box.setAttribute("aria-expanded", "true");
    say("offers", form.dataset.offered.replace("{count}", items.length));
  }
  function take(n) {
    const one = items[n], now = [...box.value];
    const tail = one.text.endsWith(":") || now[one.end] === " " ? "" : " ";
    const head = now.slice(0, one.start).join("") + one.text + tail;
    box.value = head + now.slice(one.end).join("");
    box.setSelectionRange(head.length, head.length);
    close();
    if (one.text.endsWith(":")) complete();
    else ask(address(box.value), "type");
  }
  box.addEventListener("keydown", (event) => {
    if (offers.hidden) {
      if (event.key === "ArrowDown" && !event.altKey) { event.preventDefault(); offer(); }
      return;
    }
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      mark(at + step < -1 ? items.length - 1 : at + step >= items.length ? -1 : at + step);
    } else if (event.key === "Enter" && at >= 0) { event.preventDefault(); take(at); }
    else if (event.key === "Escape") { event.preventDefault(); close(); }
    else if (event.key === "Tab") close();
  });
  box.addEventListener("blur", close);

  // -- the form that writes a query --------------------------------------------
  let writing = null, drafting = 0;
  async function read(q) {
    const answer = await fetch("/search/builder?" + new URLSearchParams({ q }));
    if (!answer.ok || answer.redirected || build.contains(document.activeElement)) return;
    build.innerHTML = await answer.text();
    arrange();
  }
  function arrange() {
    for (const row of build.querySelectorAll(".row")) {
      const field = row.querySelector("[name=field]"), operator = row.querySelector("[name=operator]");
      const value = row.querySelector("[name=value]"), other = row.querySelector("[name=other]");
      const ranged = Boolean(field.selectedOptions[0].dataset.ranged);
      for (const option of operator.options) option.hidden = option.disabled = !ranged && !["is", "not"].includes(option.value);
      if (operator.selectedOptions[0].disabled) operator.value = "is";
      other.hidden = operator.value !== "between";
      const list = `values-${field.value}`;
      if (document.getElementById(list)) value.setAttribute("list", list);
      else if (ranged) value.removeAttribute("list");
      else value.setAttribute("list", "values-offered");
    }
    const add = document.getElementById("add-row");
    add.hidden = false;
    add.onclick = () => {
      const row = build.querySelector(".row:last-child"), copy = row.cloneNode(true);
      for (const input of copy.querySelectorAll("input")) input.value = "";
      row.after(copy);
      arrange();
      copy.querySelector("select").focus();
    };
  }
  async function write() {
    if (writing) writing.abort();
    const mine = writing = new AbortController();
    try {
      const query = new URLSearchParams(new FormData(build));
      const answer = await fetch(`/search/build?${query}`, { signal: mine.signal, headers: { accept: "application/json" } });
      if (!answer.ok || answer.redirected) return;
      const { q } = await answer.json();
      if (mine.signal.aborted || q === box.value) return;
      box.value = q;
      await ask(address(q), "type");
    } catch { /* another has been sent since, or the network is away */ }
  }
  build.addEventListener("input", (event) => {
    arrange();
    clearTimeout(drafting);
    drafting = setTimeout(write, PAUSE);
    if (event.target.name === "value" && event.target.getAttribute("list") === "values-offered") values(event.target);
  });
  // Values that really occur, from what completes the box.
  async function values(input) {
    const field = input.closest(".row").querySelector("[name=field]").value, typed = `${field}:${input.value}`;
    const list = document.getElementById("values-offered");
    if (!input.value.trim()) return list.replaceChildren();
    const answer = await fetch("/search/complete?" + new URLSearchParams({ q: typed, at: [...typed].length }));
    if (!answer.ok || answer.redirected) return;
    list.replaceChildren(...(await answer.json()).map((one) => {
      const option = document.createElement("option");
      option.value = one.text.replace(/^\w+:"(.*)"$/, "$1");
      return option;
    }));
  }
  build.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(drafting);
    write().then(() => ask(address(box.value), "go"));
  });
  builder.addEventListener("toggle", () => { if (builder.open) read(box.value); });

  ready();
  arrange();
  point();
})();
