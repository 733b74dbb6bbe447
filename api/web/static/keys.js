// Keys for people who do not want to reach for the mouse, and what the rail remembers. Without script the
// rail, its menu on a phone and the page of keys work all the same.
"use strict";
(() => {
  const store = {
    get: (name) => { try { return localStorage.getItem(name); } catch { return null; } }, // storage may be forbidden
    set: (name, value) => { try { localStorage.setItem(name, value); } catch { /* then it is not remembered */ } },
  };

  // -- folded groups of the rail -------------------------------------------
  for (const group of document.querySelectorAll(".group")) {
    const name = `akta-rail:${group.dataset.group}`;
    if (store.get(name) === "folded" && !group.querySelector("[aria-current]")) group.open = false;
    group.addEventListener("toggle", () => store.set(name, group.open ? "open" : "folded"));
  }

  // -- the list of keys ------------------------------------------------------
  const dialog = document.getElementById("keys"), off = document.getElementById("keys-off");
  const isOff = () => store.get("akta-keys") === "off";
  const showKeys = () => { if (dialog && !dialog.open) dialog.showModal(); };
  document.getElementById("show-keys").addEventListener("click", (event) => {
    if (!dialog) return;
    event.preventDefault();
    const menu = document.getElementById("desks");
    if (menu.matches(":popover-open")) menu.hidePopover();
    showKeys();
  });
  const label = () => { off.textContent = isOff() ? off.dataset.on : off.dataset.off; };
  label();
  off.hidden = false;
  off.addEventListener("click", () => { store.set("akta-keys", isOff() ? "on" : "off"); label(); });

  // -- keys --------------------------------------------------------------------
  const LISTS = ".hits .title, .papers .name a, .waits a, .pairs .pair a, .figures tbody th a, .types tbody th a";
  const links = () => [...document.querySelectorAll(`main :is(${LISTS})`)].filter((link) => link.checkVisibility());

  function step(by) {
    const all = links(), at = all.indexOf(document.activeElement);
    const next = at < 0 ? all[by > 0 ? 0 : -1] : all[Math.max(0, at + by)];
    if (!next) return;
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  }

  let going = 0; // when `g` was pressed; the letter of a desk comes within a second and a half
  addEventListener("keydown", (event) => {
    const typing = event.target.isContentEditable || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
    const plain = !/^(checkbox|radio|button|submit)$/.test(event.target.type || "");
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isOff()) return;
    if (typing && plain || document.querySelector("dialog[open]")) return;
    if (going && event.timeStamp - going < 1500) {
      going = 0;
      const desk = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
      if (desk) {
        event.preventDefault();
        location.assign(desk.href);
      }
      return;
    }
    going = 0;
    if (event.key === "g") going = event.timeStamp;
    else if (event.key === "?") showKeys();
    else if (event.key === "j") step(1);
    else if (event.key === "k") step(-1);
    else if (event.key === "/") {
      event.preventDefault();
      const box = document.getElementById("q");
      if (box) box.select();
      else location.assign("/search");
    }
  });
})();
