// Offers phrases while somebody types; the form works without it. Nothing typed is kept anywhere.
(() => {
  for (const input of document.querySelectorAll("[data-suggest]")) {
    const list = document.createElement("datalist");
    list.id = "suggestions";
    input.after(list);
    input.setAttribute("list", list.id);
    let waiting = 0;
    let asked = "";
    input.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(async () => {
        const start = input.value.trim();
        if (start.length < 2 || start === asked) return;
        asked = start;
        try {
          const answer = await fetch(`${input.dataset.suggest}?q=${encodeURIComponent(start)}`, {
            cache: "no-store", credentials: "omit", referrerPolicy: "no-referrer",
          });
          if (!answer.ok || asked !== start) return;
          const { suggestions } = await answer.json();
          list.replaceChildren(...suggestions.map((words) => new Option(words, words)));
        } catch {
          // Without a signal the form still works.
        }
      }, 150);
    });
  }
})();
