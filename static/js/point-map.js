// The map on which a host sets the point of an event, fetched with Leaflet on request (group-map-start.js). The pin stays in the middle and the
// map moves below it, by finger, mouse or arrow keys; latitude and longitude are fields of the form, which work without it.
/* global L */

const element = document.getElementById("group-map");
const texts = element.dataset;
const status = document.getElementById("group-map-status");
const fields = [texts.latitude, texts.longitude].map((id) => document.getElementById(id));
const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;

const LOWER_48 = [[24.5, -124.8], [49.4, -66.9]];
const CLOSE = 12;
const DIGITS = 5; // about a metre

const map = L.map(element, {
  minZoom: 3,
  maxZoom: 16,
  zoomControl: false,
  worldCopyJump: true,
  zoomAnimation: !isStill,
  fadeAnimation: !isStill,
  markerZoomAnimation: !isStill,
  inertia: !isStill,
  scrollWheelZoom: "center", // so that zooming does not move the point
  touchZoom: "center",
  doubleClickZoom: "center",
});
map.attributionControl.remove(); // the page's footer names the sources
L.control.zoom({ zoomInTitle: texts.zoomIn, zoomOutTitle: texts.zoomOut }).addTo(map);
L.control.scale({ metric: false }).addTo(map);

const icon = L.divIcon({ className: "map-you", iconSize: [24, 32], iconAnchor: [12, 32] });
const pin = L.marker([0, 0], { icon, interactive: false, keyboard: false });

function typed() {
  const [latitude, longitude] = fields.map((field) => Number.parseFloat(field.value));
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 ? [latitude, longitude] : null;
}

function showTyped() {
  const point = typed();
  if (point) map.setView(point, Math.max(map.getZoom() ?? 0, CLOSE));
}

const start = typed();
if (start) map.setView(start, CLOSE);
else map.fitBounds(LOWER_48);
pin.setLatLng(map.getCenter()).addTo(map);

let isMoved = false; // by whoever looks, and not by what they typed
for (const event of ["dragstart", "keydown"]) map.on(event, () => { isMoved = true; });
map.on("move", () => pin.setLatLng(map.getCenter()));
map.on("click", ({ latlng }) => {
  isMoved = true;
  map.panTo(latlng);
});
map.on("moveend", () => {
  if (!isMoved) return;
  isMoved = false;
  const point = map.getCenter().wrap();
  [fields[0].value, fields[1].value] = [point.lat.toFixed(DIGITS), point.lng.toFixed(DIGITS)];
  status.textContent = texts.set.replace("%s", `${fields[0].value}, ${fields[1].value}`);
});
for (const field of fields) field.addEventListener("change", showTyped);

async function drawOutlines() {
  const outlines = await (await fetch(texts.outlines)).json();
  L.geoJSON(outlines, { interactive: false, style: { className: "map-state", weight: 1 } }).addTo(map);
}

drawOutlines().catch(() => {
  status.textContent = texts.failed;
});
