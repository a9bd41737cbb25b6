/* The simulator's pages: keys that type, a page that keeps up by itself, a clock that turns.
   Nothing here is needed: every form works without it. */
"use strict";
(() => {
  const body = document.body;
  const words = body.dataset;
  const news = document.getElementById("news");
  const POLL_MS = 2000;
  const TAP_MS = 900; // as on a real phone: after this the same key starts a new letter

  body.classList.add("scripted");

  function say(text, kind) {
    news.textContent = text;
    news.className = "note " + (kind || "ok");
    news.hidden = !text;
  }

  // ---- the reply: typed text, counter, sending ----

  const field = document.getElementById("body");
  const reply = document.querySelector("[data-reply]");
  const LONGEST = 160;

  function showTyped() {
    const typed = document.getElementById("typed");
    if (typed) typed.textContent = field.value;
    document.getElementById("count").textContent = field.value.length + "/" + LONGEST;
  }

  async function send(event) {
    event.preventDefault();
    if (!field.value.trim()) return;
    try {
      const form = new URLSearchParams(new FormData(reply));
      const answer = await fetch(reply.action, { method: "POST", body: form });
      if (!answer.ok) throw new Error(answer.status);
      field.value = "";
      showTyped();
      say("");
      await keepUp();
    } catch {
      say(words.notSent, "stop");
    }
  }

  // ---- twelve keys: numbers, small letters, one capital, capitals ----

  const LETTERS = { 1: ".,?!'1", 2: "abc2", 3: "def3", 4: "ghi4", 5: "jkl5", 6: "mno6", 7: "pqrs7", 8: "tuv8", 9: "wxyz9", 0: "0+" };
  const MODES = ["123", "abc", "Abc", "ABC"];
  let mode = "123";
  let last = { key: null, at: 0, turn: 0 };

  function setMode(next) {
    mode = next;
    document.getElementById("mode").textContent = next;
  }

  function letterOf(key, turn) {
    const letter = LETTERS[key][turn % LETTERS[key].length];
    return mode === "abc" ? letter : letter.toUpperCase();
  }

  function type(key) {
    const now = Date.now();
    if (key === "#") {
      setMode(MODES[(MODES.indexOf(mode) + 1) % MODES.length]);
      last.key = null;
      return;
    }
    const again = mode !== "123" && key === last.key && now - last.at < TAP_MS;
    if (last.key !== null && !again && mode === "Abc") setMode("abc"); // one capital only
    last = { key, at: now, turn: again ? last.turn + 1 : 0 };
    const kept = again ? field.value.slice(0, -1) : field.value;
    const typed = key === "*" ? " " : mode === "123" ? key : letterOf(key, last.turn);
    field.value = (kept + typed).slice(0, LONGEST);
    showTyped();
  }

  if (reply) {
    reply.addEventListener("submit", send);
    reply.addEventListener("reset", () => setTimeout(showTyped));
    field.addEventListener("input", showTyped);
    for (const key of reply.querySelectorAll("[data-key]")) {
      key.disabled = false;
      key.addEventListener("click", () => type(key.dataset.key));
    }
    const shown = document.getElementById("mode");
    if (shown) shown.hidden = false;
    showTyped();
  }

  // ---- choosing a phone or a mailbox goes there at once ----

  for (const form of document.querySelectorAll("[data-choose]")) {
    form.addEventListener("change", () => form.submit());
  }

  // ---- the page keeps up: asks a version number, fetches only on change ----

  let version = words.version;
  let silent = false;

  function scrollToNewest() {
    const texts = document.getElementById("texts");
    if (texts) texts.scrollTop = texts.scrollHeight;
  }

  function bringChildren(old, fresh) {
    for (const child of [...old.children]) {
      if (!fresh.querySelector("#" + CSS.escape(child.id))) child.remove();
    }
    let place = old.firstElementChild;
    for (const child of [...fresh.children]) {
      if (place && place.id === child.id) {
        place = place.nextElementSibling;
      } else {
        old.insertBefore(document.importNode(child, true), place);
      }
    }
  }

  function bring(fresh) {
    for (const old of document.querySelectorAll("[data-live]")) {
      const now = fresh.getElementById(old.id);
      if (!now || old === document.activeElement || old.contains(document.activeElement)) {
        if (!now || !("keyed" in old.dataset)) continue;
      }
      if ("keyed" in old.dataset) bringChildren(old, now);
      else if (old.innerHTML !== now.innerHTML) {
        old.replaceChildren(...document.importNode(now, true).childNodes);
        // Options that leave their list one by one choose each other: say again which one it is.
        if (old.matches("select")) old.value = now.value;
      }
    }
    const clock = document.getElementById("clock-form");
    Object.assign(clock.dataset, fresh.getElementById("clock-form").dataset);
  }

  async function keepUp() {
    const answer = await fetch("/simulator/api/version?lang=" + words.lang);
    if (!answer.ok) throw new Error(answer.status);
    const present = await answer.json();
    document.getElementById("clock").textContent = present.clock;
    if (present.version !== version) {
      const page = await fetch(location.href);
      if (!page.ok) throw new Error(page.status);
      const texts = document.getElementById("texts");
      const before = texts && texts.lastElementChild;
      bring(new DOMParser().parseFromString(await page.text(), "text/html"));
      if (texts && texts.lastElementChild !== before) scrollToNewest();
      version = present.version;
    }
    if (silent) say("");
    silent = false;
  }

  async function look() {
    if (document.hidden) return;
    try {
      await keepUp();
    } catch {
      if (!silent) say(words.silent, "stop");
      silent = true;
    }
  }

  async function poll() {
    await look();
    setTimeout(poll, POLL_MS);
  }

  document.addEventListener("visibilitychange", look); // back from the mail's link: at once

  // ---- the clock: the program turns it, this page only asks ----

  const DAY_SECONDS = 86400;

  function secondsToMorning(form) {
    const now = Date.now() / 1000 + Number(form.dataset.offset);
    let seconds = Number(form.dataset.morning) - now;
    while (seconds <= 0) seconds += DAY_SECONDS; // the page has been open since before 9:00
    return Math.ceil(seconds); // whole ones, and never a moment before 9:00
  }

  document.querySelector("[data-clock]").addEventListener("submit", async (event) => {
    event.preventDefault();
    const form = event.currentTarget;
    const seconds = Number(event.submitter.dataset.seconds) || secondsToMorning(form);
    try {
      const answer = await fetch("/simulator/api/clock", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ advance_seconds: seconds }),
      });
      if (!answer.ok) throw new Error(answer.status);
      say(words.turned);
      await keepUp();
    } catch {
      say(words.notTurned, "stop");
    }
  });

  scrollToNewest();
  setTimeout(poll, POLL_MS);
})();
