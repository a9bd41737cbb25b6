// One press is one answer; without a signal the page says "Not sent yet" and keeps the choice.
(() => {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sending) { event.preventDefault(); return; }
    if (!navigator.onLine) {
      event.preventDefault();
      const note = document.getElementById("offline");
      if (note) { note.hidden = false; note.focus(); }
      window.addEventListener("online", () => form.requestSubmit(event.submitter), { once: true });
      return;
    }
    form.dataset.sending = "yes";
  });
  // "Back" shows the page as it was left, which must not stay deaf.
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sending]")) delete form.dataset.sending;
  });
})();
