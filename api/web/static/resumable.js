// Sends one large file in pieces (tus 1.0, see docs/intake.md): goes on by itself after the network was away, and
// from where it was after the page was closed. What it does, it says to `told(state, done)`.
"use strict";
class ResumableUpload {
  static PIECE = 8 * 1024 * 1024;
  static BASE = "/intake/uploads";

  // `token` gives the session's token; `upload` is {id, done} of one begun before, if there is one.
  constructor(file, token, told, upload = null) {
    Object.assign(this, { file, token, told, id: upload ? upload.id : "", done: upload ? upload.done : 0 });
    this.request = null;
    this.wake = null;
    this.stopped = "";
  }

  // Ends with {ok, receipt, record}, {stopped: "paused" | "forgotten"}, {gone: true} (nobody is signed in) or
  // {status} of an answer that trying again does not better.
  async run() {
    this.stopped = "";
    let tries = 0, fresh = Boolean(this.id);
    for (;;) {
      if (this.stopped) return { stopped: this.stopped };
      const answer = !this.id ? await this.begin() : fresh ? await this.look() : await this.piece();
      if (this.stopped) return { stopped: this.stopped };
      if (answer.receipt) return { ok: true, receipt: answer.receipt, record: answer.record };
      if (answer.gone) return { gone: true };
      if (answer.status >= 200 && answer.status < 300) { tries = 0; fresh = false; continue; }
      if (answer.status === 404) { this.id = ""; this.done = 0; if (tries++ < 3) continue; }
      if (answer.status === 403 && tries++ < 2 && await this.token(true)) continue; // signed in again meanwhile
      const passing = !answer.status || [408, 409, 423, 460, 500, 502, 503, 504].includes(answer.status);
      if (!passing || answer.status === 500 && tries > 4) return { status: answer.status || 0 };
      // Whatever went wrong, the server knows best how far it got.
      fresh = Boolean(this.id);
      if (answer.status !== 409) {
        this.told(answer.status ? "busy" : "offline", this.done);
        await this.rest(Math.min(30000, 500 * 2 ** tries++));
      }
    }
  }

  // A rest that ends early when the network is back or somebody stops it.
  rest(time) {
    return new Promise((done) => {
      const end = () => { clearTimeout(timer); removeEventListener("online", end); this.wake = null; done(); };
      const timer = setTimeout(end, time);
      addEventListener("online", end);
      this.wake = end;
    });
  }

  stop(why) {
    this.stopped = why;
    if (this.request) this.request.abort();
    if (this.wake) this.wake();
  }

  async forget() {
    this.stop("forgotten");
    return !this.id || [204, 404].includes((await this.ask("DELETE", this.address)).status);
  }

  get address() { return `${ResumableUpload.BASE}/${this.id}`; }

  begin() {
    const told = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));
    return this.ask("POST", ResumableUpload.BASE, {
      "upload-length": String(this.file.size),
      "upload-metadata": `filename ${told(this.file.name)},modified ${told(String(this.file.lastModified))}`,
    });
  }

  look() { return this.ask("HEAD", this.address); }

  async piece() {
    const from = this.done, piece = this.file.slice(from, from + ResumableUpload.PIECE);
    const headers = { "upload-offset": String(from), "content-type": "application/offset+octet-stream" };
    let bytes;
    try { bytes = await piece.arrayBuffer(); } catch { return { status: -1 }; } // gone from this computer
    if (crypto.subtle) { // not there on pages that came without encryption from elsewhere
      const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
      headers["upload-checksum"] = "sha256 " + btoa(String.fromCharCode(...digest));
    }
    if (this.stopped) return {};
    return this.ask("PATCH", this.address, headers, bytes, (part) => this.told("sending", from + part));
  }

  // Only the older interface tells how much of a body has gone.
  ask(method, address, headers = {}, body = null, moved = null) {
    return new Promise((resolve) => {
      const request = this.request = new XMLHttpRequest();
      request.open(method, address);
      const all = { "tus-resumable": "1.0.0", "x-csrf-token": this.token(), accept: "application/json", ...headers };
      for (const [name, value] of Object.entries(all)) request.setRequestHeader(name, value);
      if (moved) request.upload.onprogress = (event) => moved(event.loaded);
      request.onload = () => {
        const told = { status: request.status, receipt: request.getResponseHeader("akta-receipt"), record: request.getResponseHeader("akta-record") };
        told.gone = request.status === 401 || !request.responseURL.includes(ResumableUpload.BASE);
        const place = request.getResponseHeader("upload-offset"), made = request.getResponseHeader("location");
        if (made && request.status === 201) this.id = made.split("/").pop();
        if (place !== null && request.status < 300) this.told("sending", this.done = Number(place));
        resolve(told);
      };
      request.onerror = request.onabort = request.ontimeout = () => resolve({ status: 0 });
      request.send(body);
    });
  }
}
