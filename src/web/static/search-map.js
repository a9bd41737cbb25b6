// Public search pages work without this: it adds the map, "Use where I am now" and printing.
(() => {
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
  });
  for (const button of document.querySelectorAll("[data-print]")) button.hidden = false;

  const here = document.getElementById("here");
  if (here && navigator.geolocation) {
    here.hidden = false;
    here.addEventListener("click", () => {
      navigator.geolocation.getCurrentPosition(
        ({ coords }) => {
          const near = document.getElementById("near");
          // Three decimals are 100 m: near enough to walk, too rough for a doorbell.
          near.value = `${coords.latitude.toFixed(3)},${coords.longitude.toFixed(3)}`;
          const form = near.form;
          if (form.q.value || form.querySelector("[name=need]")) form.submit();
          else form.q.focus();
        },
        () => { here.insertAdjacentText("afterend", ` ${here.dataset.failed}`); },
        { timeout: 8000 },
      );
    });
  }

  const figure = document.querySelector("[data-map]");
  const data = document.getElementById("map-data");
  if (!figure || !data || !window.L) return;
  const { markers, me, states, tiles } = JSON.parse(data.textContent);
  if (!markers.length && !me) return;
  figure.hidden = false;
  for (const link of document.querySelectorAll("[data-with-map]")) link.hidden = false;
  const map = L.map("search-map", {
    scrollWheelZoom: false, zoomControl: false, attributionControl: Boolean(tiles),
  });
  const { zoomIn, zoomOut } = figure.dataset;
  L.control.zoom({ zoomInTitle: zoomIn, zoomOutTitle: zoomOut }).addTo(map);
  const points = markers.map((marker) => [marker.lat, marker.lon]);
  if (me) points.push([me.lat, me.lon]);
  map.fitBounds(L.latLngBounds(points).pad(0.2), { maxZoom: tiles ? 15 : 11 });
  if (tiles) L.tileLayer(tiles, { maxZoom: 19 }).addTo(map);
  // Without a tile server the counties' outlines show roughly where a place is.
  for (const state of tiles ? [] : states) {
    fetch(`/static/vendor/counties/${state}.json`)
      .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(answer.status))))
      .then((outlines) => L.geoJSON(outlines, {
        interactive: false, className: "county", weight: 1, fillOpacity: 1,
      }).addTo(map).bringToBack())
      .catch(() => {});
  }
  if (me) {
    L.marker([me.lat, me.lon], {
      icon: L.divIcon({ className: "me" }), interactive: false, keyboard: false,
    }).addTo(map);
  }
  for (const marker of markers) {
    const label = document.createElement("a");
    label.href = `/services/${marker.id}`;
    label.textContent = marker.name;
    L.marker([marker.lat, marker.lon], {
      icon: L.divIcon({ className: "pin", html: String(marker.number || "") }),
      title: marker.name, alt: marker.name,
    }).bindPopup(label).addTo(map);
  }
})();
