// Two presses of Esc leave the page, and the page leaves the history: for people who are watched.
(() => {
  const link = document.querySelector(".leave");
  if (!link) return;
  const leave = (event) => {
    if (event) event.preventDefault();
    document.documentElement.hidden = true;
    window.location.replace(link.href);
  };
  link.addEventListener("click", leave);
  let last = 0;
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    if (event.timeStamp - last < 900) leave();
    last = event.timeStamp;
  });
})();
