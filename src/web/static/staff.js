// Small helps on staff pages; every page works without them.
(() => {
  const errors = document.getElementById("errors");
  if (errors) errors.focus();
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy],[data-print]");
    if (!button) return;
    event.preventDefault();
    if (button.dataset.copy) {
      const area = document.getElementById(button.dataset.copy);
      area.select();
      navigator.clipboard.writeText(area.value).then(() => {
        button.textContent = button.dataset.done;
      });
    } else {
      window.print();
    }
  });
  // A live page asks for its version every 5 s and shows a bar when something changed.
  const live = document.querySelector("[data-version-url]");
  if (live) {
    const ask = async () => {
      try {
        const answer = await fetch(live.dataset.versionUrl, { headers: { Accept: "text/plain" } });
        if (!answer.ok) throw new Error(String(answer.status));
        const version = await answer.text();
        live.hidden = version === live.dataset.version;
      } catch {
        const stopped = document.getElementById("live-stopped");
        if (stopped && stopped.hidden) {
          const at = stopped.querySelector("time");
          const hour = { hour: "numeric", minute: "2-digit" };
          if (at) at.textContent = new Date().toLocaleTimeString([], hour);
          stopped.hidden = false;
        }
      }
    };
    setInterval(ask, 5000);
  }
})();
