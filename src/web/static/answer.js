// One press is one answer. Without a signal the page says "Not sent yet", keeps the answer, also
// over a reload, and sends it when the signal is back. Without this script forms work as ever.
(() => {
  const note = document.getElementById("offline");
  const kept = `answer ${location.pathname}`;
  const SIGNAL_WITHIN_MS = 8000;
  const AGAIN_AFTER_MS = 10000;
  let waiting = null;
  let timer = 0;

  // Phones call themselves online in a cellar: only our own answer proves a signal.
  const signal = async () => {
    if (!navigator.onLine) return false;
    const stop = new AbortController();
    const clock = setTimeout(() => stop.abort(), SIGNAL_WITHIN_MS);
    try {
      return (await fetch("/healthz", { cache: "no-store", signal: stop.signal })).ok;
    } catch {
      return false;
    } finally {
      clearTimeout(clock);
    }
  };

  const store = (value) => {
    try {
      if (value) sessionStorage.setItem(kept, JSON.stringify(value));
      else sessionStorage.removeItem(kept);
    } catch { /* a browser that keeps nothing still sends from the open page */ }
  };

  const warn = (event) => { event.preventDefault(); };

  const keep = (form, button) => {
    waiting = { form, button };
    const words = [...new FormData(form)].filter(([name, value]) =>
      typeof value === "string" && !["nonce", "csrf"].includes(name));
    store({
      form: [...document.forms].indexOf(form),
      button: button ? [button.name, button.value] : null,
      words,
    });
    if (note) { note.hidden = false; note.focus(); }
    window.addEventListener("beforeunload", warn);
    clearTimeout(timer);
    timer = setTimeout(again, AGAIN_AFTER_MS);
  };

  const send = (form, button) => {
    store(null);
    window.removeEventListener("beforeunload", warn);
    waiting = null;
    form.dataset.sending = "yes";
    if (button && button.name) {
      const pressed = document.createElement("input");
      Object.assign(pressed, { type: "hidden", name: button.name, value: button.value });
      pressed.dataset.pressed = "yes";
      form.append(pressed);
    }
    form.submit();
  };

  const again = async () => {
    if (!waiting) return;
    const { form, button } = waiting;
    if (await signal()) send(form, button);
    else keep(form, button);
  };

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if ((form.method || "").toLowerCase() !== "post") return;
    event.preventDefault();
    if (form.dataset.sending) return;
    form.dataset.sending = "asking";
    const button = event.submitter;
    if (await signal()) { send(form, button); return; }
    delete form.dataset.sending;
    keep(form, button);
  });

  // The page was loaded again before the answer went out: it is still here.
  const restore = () => {
    let saved = null;
    try { saved = JSON.parse(sessionStorage.getItem(kept)); } catch { return; }
    const form = saved && document.forms[saved.form];
    if (!form) { store(null); return; }
    for (const [name, value] of saved.words) {
      for (const field of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
        if (["radio", "checkbox"].includes(field.type)) field.checked ||= field.value === value;
        else if (field.type !== "hidden") field.value = value;
      }
    }
    const [name, value] = saved.button || [];
    const button = [...form.querySelectorAll("button[name]")].find((each) =>
      each.name === name && each.value === value) || null;
    if (saved.button && !button) { store(null); return; } // answered meanwhile
    waiting = { form, button };
    again();
  };

  window.addEventListener("online", again);
  // "Back" shows the page as it was left, which must not stay deaf.
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sending]")) {
      delete form.dataset.sending;
      for (const pressed of form.querySelectorAll("[data-pressed]")) pressed.remove();
    }
  });
  restore();
})();
