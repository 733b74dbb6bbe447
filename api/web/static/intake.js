// The intake desk: files go up one by one, each is shown until its end. Without
// script the page still lists the papers; dropping needs it.
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const list = $("papers"), words = list.dataset;
  let csrf = document.querySelector("meta[name=csrf]").content;
  const say = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const rows = new Map([...list.children].map((li) => [li.dataset.receipt, li]));
  const drawn = new Map(); // what each row was drawn from: one that has not changed is left alone

  function element(tag, className, text) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text) made.textContent = text;
    return made;
  }

  function draw(paper) {
    const seen = JSON.stringify(paper);
    if (drawn.get(paper.receipt) === seen) return;
    drawn.set(paper.receipt, seen);
    let li = rows.get(paper.receipt);
    const isNew = !li;
    if (isNew) {
      li = element("li");
      li.dataset.receipt = paper.receipt;
      li.dataset.key = paper.key;
      rows.set(paper.receipt, li);
    }
    li.dataset.ended = paper.ended ? "1" : "0";
    const around = !words.show && paper.inside && [...rows.values()].find((other) => other.dataset.key === paper.inside);
    li.className = "s-" + paper.state + (paper.nested || around ? " inside" : "");
    const mark = element("span", "mark");
    mark.setAttribute("aria-hidden", "true");
    const name = element("span", "name");
    const title = element("bdi", "", paper.title || paper.file_name);
    if (paper.record) {
      const link = element("a");
      link.href = "/records/" + paper.record;
      link.append(title);
      name.append(link);
    } else name.append(title);
    if (paper.title && paper.title !== paper.file_name) {
      const small = element("small");
      small.append(element("bdi", "", paper.file_name));
      name.append(small);
    }
    if (paper.from) {
      const small = element("small", "", words.from + " ");
      small.append(element("bdi", "", paper.from));
      name.append(small);
    }
    const state = element("span", "state", paper.state_label);
    if (paper.state === "reading" && paper.page_count > 1)
      state.append(" ", element("small", "", say(words.reading, { done: paper.pages_done, total: paper.page_count })));
    if (paper.duplicate) state.append(" ", element("small", "", words.again));
    const hadFocus = li.contains(document.activeElement);
    li.replaceChildren(mark, name, element("span", "kind", paper.kind), state);
    if (paper.why) {
      const why = element("span", "why", paper.why + " ");
      why.append(element("em", "", paper.way_out));
      li.append(why);
    }
    if (hadFocus) {
      const link = li.querySelector("a");
      if (!link) li.tabIndex = -1;
      (link || li).focus({ preventScroll: true });
    }
    if (isNew) around ? around.after(li) : list.prepend(li);
    $("empty").hidden = true;
  }

  // A list of one number holds no paper that the number counts no more.
  function keep(ids) {
    for (const [id, li] of rows) {
      if (ids.has(id) || li.contains(document.activeElement)) continue;
      li.remove();
      rows.delete(id);
      drawn.delete(id);
    }
    $("empty").hidden = rows.size > 0;
  }

  // What is done when the session is gone: a page with files yet to be sent stays (see below).
  let signedOut = () => location.reload();

  // -- following ----------------------------------------------------------
  let timer = 0, pause = 700;
  async function follow() {
    clearTimeout(timer);
    const open = [...rows.values()].filter((li) => li.dataset.ended === "0").map((li) => li.dataset.receipt);
    try {
      const query = open.length ? "?receipts=" + open.slice(0, 400).join(",") : "?show=" + words.show;
      const answer = await fetch("/intake/progress" + query, { headers: { accept: "application/json" } });
      if (answer.redirected || answer.status === 401) signedOut();
      else if (answer.ok) {
        const state = await answer.json();
        for (const paper of state.papers.reverse()) draw(paper);
        if (words.show && !open.length) keep(new Set(state.papers.map((paper) => paper.receipt)));
        for (const place of document.querySelectorAll("[data-count]"))
          place.textContent = state.today[place.dataset.count];
        for (const place of document.querySelectorAll("[data-waits]")) {
          place.textContent = state.waiting[place.dataset.waits];
          if (place.className === "count") place.hidden = !state.waiting[place.dataset.waits];
        }
        $("todo").hidden = !Object.values(state.waiting).some(Boolean);
        pause = 700;
      }
    } catch { pause = Math.min(10000, pause * 2); } // the network is away; papers are safe, ask later
    const busy = [...rows.values()].some((li) => li.dataset.ended === "0");
    timer = setTimeout(follow, busy ? pause : 8000);
  }
  follow();

  // -- sending ------------------------------------------------------------
  const drop = $("drop");
  if (!drop) return;
  const waiting = [], failed = [];
  const large = new Map(); // files that go in pieces, each with its line
  let all = 0, sent = 0, running = 0, away = false, bytes = 0, arrived = 0;
  const moving = new Map(); // how many bytes of each file are under way
  const MANY = 5e6; // of fewer bytes nobody wants to know

  // "here", "gone" (nobody or another person is signed in) or "unknown" (no connection).
  async function session() {
    try {
      const answer = await fetch("/session", { headers: { accept: "application/json" } });
      if (answer.redirected || answer.status === 401) return "gone";
      if (!answer.ok) return "unknown";
      const found = await answer.json();
      if (found.account !== $("signed-out").dataset.account) return "gone";
      csrf = found.csrf;
      return "here";
    } catch { return "unknown"; }
  }

  // Sent in pieces from this size on: what is smaller is sent anew faster than it is gone on with.
  const LARGE = 8e6;

  const pending = () => running > 0 || waiting.length > 0 || failed.length > 0
    || [...large.values()].some((own) => own.file && own.state !== "done");
  signedOut = () => {
    if (!pending()) return location.reload();
    if (away) return;
    away = true;
    $("signed-out").hidden = false;
    setTimeout(comeBack, 2000);
  };
  async function comeBack() {
    if (await session() !== "here") return setTimeout(comeBack, 2000);
    away = false;
    $("signed-out").hidden = true;
    next();
  }

  function add(files) {
    const chosen = [...files].filter((file) => file.size > 0 || file.type || file.name.includes("."));
    all += chosen.length;
    bytes += chosen.reduce((sum, file) => sum + file.size, 0);
    waiting.push(...chosen);
    for (const file of chosen) if (file.size >= LARGE) line(file);
    next();
  }

  function show() {
    $("sending").hidden = all === 0;
    measure();
    let text = say(sent === all && !failed.length ? words.done : words.sent, { sent, all });
    if (failed.length) {
      text += " " + say(words.failed, { failed: failed.length }) + " (" +
        failed.slice(0, 3).map((f) => f.file.name + ": " + f.why).join("; ") + ")";
    }
    const paused = [...large.values()].filter((l) => l.file && l.state === "paused").length;
    if (paused) text += " " + say(words.held, { paused });
    $("sending-text").textContent = text;
    $("resend").hidden = !failed.length || running > 0 || waiting.length > 0;
  }

  function measure() {
    const there = arrived + [...moving.values()].reduce((sum, part) => sum + part, 0);
    $("sending-bar").value = sent === all ? 1 : bytes ? Math.min(there / bytes, 1) : 0;
    const megabytes = (count) => (count / 1e6).toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 });
    $("sending-bytes").textContent = bytes < MANY || sent === all ? ""
      : say(words.bytes, { sent: megabytes(Math.min(there, bytes)), all: megabytes(bytes) });
  }

  async function next() {
    show();
    while (!away && running < 3 && waiting.length) {
      const file = waiting.shift();
      running++;
      (large.has(file) ? sendLarge(large.get(file)) : send(file)).then((why) => {
        if (why === LATER) return;
        if (why === GONE) { waiting.unshift(file); signedOut(); }
        else if (why && large.has(file)) large.get(file).failed(why);
        else if (why) failed.push({ file, why });
        else { sent++; arrived += file.size; }
      })
        .finally(() => { running--; if (!large.has(file) || large.get(file).state === "done") moving.delete(file); next(); });
    }
  }

  // Only the older interface tells how much of a body has gone. Nothing comes back where there is no connection.
  const post = (form, moved) => new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/intake/files");
    request.setRequestHeader("x-csrf-token", csrf);
    request.setRequestHeader("accept", "application/json");
    request.upload.onprogress = (event) => moved(event.loaded);
    request.onload = () => resolve({
      status: request.status, redirected: !request.responseURL.endsWith("/intake/files"), text: request.responseText,
    });
    request.onerror = request.onabort = () => resolve(null);
    request.send(form);
  });

  // Sends one file. The answer is why it did not arrive in the reader's words, GONE, or nothing.
  const GONE = {};
  async function send(file, again = false) {
    const form = new FormData();
    form.append("file", file, file.name);
    let body = null;
    const answer = await post(form, (part) => { moving.set(file, Math.min(part, file.size)); measure(); });
    try { if (answer && answer.status < 300 && !answer.redirected) body = JSON.parse(answer.text); } catch { /* no answer of ours */ }
    if (!answer) {
      // A server that refuses a large body at once breaks the connection: ask why.
      const now = await session();
      if (now === "gone") return GONE;
      return now === "here" && !(await readable(file)) ? words.unreadable : words.noConnection;
    }
    if (answer.redirected || answer.status === 401) return GONE;
    if (answer.status === 403 && !again) { // signed in again elsewhere: the session has another token
      const now = await session();
      return now === "gone" ? GONE : now === "here" ? send(file, true) : words.noConnection;
    }
    if (answer.status === 413) return words.tooLarge;
    if (answer.status >= 500) return words.full;
    if (!body) return say(words.refused, { status: answer.status });
    for (const receipt of body.receipts) taken(receipt);
    return "";
  }

  // A file that has its receipt: from now on it is followed.
  function taken(receipt) {
    draw({ receipt: receipt.id, key: receipt.record, inside: null, from: "", nested: false,
      file_name: receipt.file_name, duplicate: receipt.duplicate, state: "received", state_label: words.waiting, ended: false, record: null, title: "", kind: "", why: "", way_out: "",
      page_count: 0, pages_done: 0 });
    if (!timer || pause > 700) pause = 700;
    clearTimeout(timer);
    timer = setTimeout(follow, 150);
  }

  // -- large files, in pieces ---------------------------------------------------
  const LATER = {};
  const list_of_large = $("large");
  const token = (anew) => anew ? session().then((now) => now === "here") : csrf;
  const same = (left, file) => left.name === file.name && left.size === file.size && (left.modified === null || left.modified === file.lastModified);

  // The line of a large file. One that was left unfinished before has no `file` until it is chosen again.
  function line(file, left = null) {
    for (const [key, other] of large) if (file && !other.file && same(other.left, file)) {
      large.delete(key);
      other.li.remove();
      left = other.left;
    }
    const li = element("li"), name = element("span", "name"), bar = element("progress"), text = element("span", "quiet"), acts = element("span", "actions");
    name.append(element("bdi", "", file ? file.name : left.name));
    bar.max = (file || left).size || 1;
    bar.setAttribute("aria-label", file ? file.name : left.name);
    li.append(name, bar, text, acts);
    list_of_large.append(li);
    const own = { file, left, li, state: file ? "waiting" : "left", upload: null };
    const button = (label, act, main) => {
      const made = element("button", main ? "main" : "", label);
      made.type = "button";
      made.addEventListener("click", act);
      acts.append(made);
      return made;
    };
    const megabytes = (count) => (count / 1e6).toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 });
    own.show = (state, done = own.upload ? own.upload.done : left ? left.done : 0, why = "") => {
      const hadFocus = acts.contains(document.activeElement), before = own.state;
      own.state = state;
      bar.value = done;
      if (file) moving.set(file, state === "done" ? 0 : done);
      const told = { waiting: words.queued, sending: words.sending, offline: words.offline, busy: words.busy, paused: words.paused, left: words.left, failed: why, done: words.whole };
      text.textContent = told[state] + (state === "done" ? "" : " " + say(words.bytes, { sent: megabytes(done), all: megabytes(bar.max) }));
      if (before !== state || !acts.childElementCount) {
        acts.replaceChildren();
        if (["sending", "offline", "busy", "waiting"].includes(state)) button(words.pause, own.pause);
        if (state === "paused") button(words.goOn, own.again, true);
        if (state === "failed") button(words.retry, own.again, true);
        if (state !== "done") button(words.forget, own.forget);
        if (hadFocus && acts.firstChild) acts.firstChild.focus();
      }
      measure();
    };
    own.pause = () => {
      const at = waiting.indexOf(file);
      if (at >= 0) waiting.splice(at, 1);
      if (own.upload) own.upload.stop("paused");
      own.show("paused");
      show();
    };
    own.again = () => { own.show("waiting"); waiting.unshift(file); next(); };
    own.failed = (why) => { own.show("failed", undefined, why); show(); };
    own.forget = async () => {
      const at = waiting.indexOf(file);
      if (at >= 0) waiting.splice(at, 1);
      const upload = own.upload || (left && new ResumableUpload({ size: left.size, name: left.name }, token, () => {}, left));
      if (upload && !(await upload.forget())) return own.show(file ? "paused" : "left");
      large.delete(file || left.id);
      moving.delete(file);
      li.remove();
      if (file) { all--; bytes -= file.size; }
      list_of_large.hidden = !large.size;
      $("files").focus();
      show();
    };
    large.set(file || left.id, own);
    list_of_large.hidden = false;
    own.show(own.state);
    return own;
  }

  // Sends a large file on. The answer is as `send` gives it, or LATER when somebody paused or forgot it.
  async function sendLarge(own) {
    own.upload = own.upload || new ResumableUpload(own.file, token, (state, done) => {
      if (!own.upload.stopped) own.show(state, done);
    }, own.left);
    own.show("sending");
    const ended = await own.upload.run();
    if (ended.stopped) return LATER;
    if (ended.gone) { own.show("waiting"); return GONE; }
    if (ended.ok) {
      own.show("done", own.file.size);
      taken({ id: ended.receipt, record: ended.record, file_name: own.file.name, duplicate: false });
      setTimeout(() => { own.li.remove(); large.delete(own.file); list_of_large.hidden = !large.size; }, 4000);
      return "";
    }
    if (ended.status === 413) return words.tooLarge;
    if (ended.status === -1) return words.unreadable;
    return ended.status >= 500 || ended.status === 429 ? words.full : say(words.refused, { status: ended.status });
  }

  // What was left unfinished when the page was closed is offered again.
  fetch("/intake/uploads", { headers: { accept: "application/json" } }).then(async (answer) => {
    if (!answer.ok || answer.redirected) return;
    for (const left of (await answer.json()).uploads) {
      const begun = [...large.values()].some((own) => own.file && (own.upload && own.upload.id === left.id));
      if (!begun) line(null, left);
    }
  }, () => { /* the network is away: nothing can be gone on with now either */ });

  const readable = (file) => file.slice(0, 1).arrayBuffer().then(() => true, () => false);

  $("resend").addEventListener("click", () => {
    const again = failed.splice(0).map((f) => f.file);
    waiting.push(...again);
    $("files").focus(); // the button goes away; what is next to it takes over
    next();
  });
  for (const id of ["files", "folder", "camera"]) {
    const input = $(id);
    const take = () => { add([...input.files]); input.value = ""; };
    input.addEventListener("change", take);
    if (input.files.length) take(); // chosen before this script had loaded
  }
  addEventListener("paste", (event) => { if (event.clipboardData.files.length) add(event.clipboardData.files); });
  let depth = 0;
  addEventListener("dragenter", (event) => { event.preventDefault(); depth++; drop.classList.add("over"); });
  addEventListener("dragleave", () => { if (--depth <= 0) drop.classList.remove("over"); });
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", async (event) => {
    event.preventDefault();
    depth = 0;
    drop.classList.remove("over");
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry && item.webkitGetAsEntry());
    if (entries.some((entry) => entry && entry.isDirectory)) {
      const files = [];
      for (const entry of entries) if (entry) await walk(entry, files);
      add(files);
    } else add(event.dataTransfer.files);
  });
  async function walk(entry, files) {
    if (entry.isFile) return files.push(await new Promise((done, no) => entry.file(done, no)));
    const reader = entry.createReader();
    for (;;) {
      const batch = await new Promise((done, no) => reader.readEntries(done, no));
      if (!batch.length) return;
      for (const child of batch) await walk(child, files);
    }
  }
  addEventListener("beforeunload", (event) => { if (running || waiting.length) event.preventDefault(); });
})();
