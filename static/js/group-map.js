// The interactive map of groups, and of events, whose page gives it other texts and addresses. group-map-start.js
// fetches it with Leaflet on request. The outlines of the states are our own file and the
// clusters come from our server for the box on screen: nobody else learns who looks at what.
/* global L */

const element = document.getElementById("group-map");
const texts = element.dataset;
const status = document.getElementById("group-map-status");
const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;

const LOWER_48 = [[24.5, -124.8], [49.4, -66.9]];
const MOST_ZOOM = 14; // affiliates/map.py: MOST_ZOOM
const PLACE_ZOOM = 8;
const PLACE_NAMES_FROM = 7;
const WAIT = 150; // ms after the last movement

const map = L.map(element, {
  minZoom: 2,
  maxZoom: MOST_ZOOM,
  zoomControl: false,
  zoomSnap: 0.5, // so that the country fills what there is
  worldCopyJump: true,
  zoomAnimation: !isStill,
  fadeAnimation: !isStill,
  markerZoomAnimation: !isStill,
  inertia: !isStill,
});
map.attributionControl.remove(); // the page's footer names the sources
L.control.zoom({ zoomInTitle: texts.zoomIn, zoomOutTitle: texts.zoomOut }).addTo(map);
L.control.scale({ metric: false }).addTo(map);

const place = texts.latitude ? [Number(texts.latitude), Number(texts.longitude)] : null;
if (place) {
  map.setView(place, PLACE_ZOOM);
  const icon = L.divIcon({ className: "map-you", iconSize: [24, 32], iconAnchor: [12, 32] });
  L.marker(place, { icon, interactive: false, keyboard: false }).addTo(map);
} else {
  map.fitBounds(LOWER_48);
}

// --- the states ---

async function drawOutlines() {
  const outlines = await (await fetch(texts.outlines)).json();
  const style = { className: "map-state", weight: 1 };
  L.geoJSON(outlines, { interactive: false, style }).addTo(map);
  // Guam and the Marianas once more in the west, for whoever comes across the Pacific.
  L.geoJSON(outlines, {
    interactive: false,
    style,
    filter: (state) => state.geometry.coordinates[0][0][0][0] > 100,
    coordsToLatLng: ([longitude, latitude]) => L.latLng(latitude, longitude - 360),
  }).addTo(map);
}

// --- the groups ---

const markers = new Map(); // by what they show and where, so that those that stay are not drawn anew
const layer = L.layerGroup().addTo(map);
let asked = "";
let request = new AbortController();

/** The box on screen as the server wants it, widened to round numbers so that answers can be kept and used again. */
function boxOnScreen() {
  const bounds = map.getBounds();
  const step = 180 / 2 ** wholeZoom();
  const down = (degrees) => Math.floor(degrees / step) * step;
  const up = (degrees) => Math.ceil(degrees / step) * step;
  const south = Math.max(-90, down(bounds.getSouth()));
  const north = Math.min(90, up(bounds.getNorth()));
  let [west, east] = [down(bounds.getWest()), up(bounds.getEast())];
  [west, east] = east - west >= 360 ? [-180, 180] : [wrapped(west), wrapped(east)];
  if (east === -180) east = 180;
  return [west, south, east, north].map((degrees) => Number(degrees.toFixed(6))).join();
}

/** The server's clusters are made for whole zooms: between two of them the one that is further away. */
function wholeZoom() {
  return Math.floor(map.getZoom());
}

function wrapped(longitude) {
  return longitude < -180 || longitude > 180 ? ((((longitude + 180) % 360) + 360) % 360) - 180 : longitude;
}

async function showGroups() {
  const zoom = wholeZoom();
  element.classList.toggle("shows-places", zoom >= PLACE_NAMES_FROM);
  const address = `${texts.clusters}?box=${boxOnScreen()}&zoom=${zoom}`;
  if (address === asked) return;
  request.abort();
  request = new AbortController();
  try {
    const answer = await fetch(address, { signal: request.signal });
    if (!answer.ok) throw new Error(answer.statusText);
    draw((await answer.json()).features);
    asked = address;
  } catch (error) {
    if (error.name !== "AbortError") status.textContent = texts.failed;
  }
}

function draw(features) {
  const stays = new Set();
  for (const feature of features) {
    const key = JSON.stringify([feature.geometry.coordinates, feature.properties]);
    stays.add(key);
    if (!markers.has(key)) markers.set(key, makeMarker(feature).addTo(layer));
  }
  for (const [key, marker] of markers) {
    if (stays.has(key)) continue;
    // Whoever stood on a marker that goes stays on the map and doesn't fall back to the top of the page.
    if (marker.getElement() === document.activeElement) element.focus({ preventScroll: true });
    marker.remove();
    markers.delete(key);
  }
  announce();
}

function announce() {
  const screen = map.getBounds();
  let total = 0;
  for (const marker of markers.values()) if (screen.contains(marker.getLatLng())) total += marker.options.count;
  status.textContent = total ? texts.shown.replace("%s", counted(total)) : texts.nothing;
}

function counted(count) {
  return (count === 1 ? texts.one : texts.many).replace("%s", count.toLocaleString(document.documentElement.lang));
}

function makeMarker({ geometry, properties }) {
  const [longitude, latitude] = geometry.coordinates;
  // In the copy of the world that is on screen.
  const turn = 360 * Math.round((map.getCenter().lng - longitude) / 360);
  const at = L.latLng(latitude, longitude + turn);
  const count = properties.count ?? 1;
  const size = count === 1 ? 44 : count < 100 ? 46 : 52;
  const face = document.createElement("span");
  face.textContent = properties.name ? properties.place : count.toLocaleString(document.documentElement.lang);
  const icon = L.divIcon({
    className: properties.name ? "map-group" : "map-cluster",
    html: face,
    iconSize: [size, size],
  });
  const name = properties.name ? `${properties.name}, ${properties.place}` : `${counted(count)}. ${texts.closer}`;
  const marker = L.marker(at, { icon, count, title: name, riseOnHover: true });
  marker.on("add", () => marker.getElement().setAttribute("aria-label", name));
  const press = () => (properties.bounds ? comeCloser(properties, at, turn) : showNames(properties, at));
  marker.on("click", press);
  marker.on("keydown", ({ originalEvent: key }) => {
    if (key.key !== "Enter" && key.key !== " ") return;
    key.preventDefault();
    press();
  });
  return marker;
}

function comeCloser(cluster, at, turn) {
  const [west, south, east, north] = cluster.bounds;
  const unbroken = east < west ? east + 360 : east;
  const bounds = L.latLngBounds([south, west + turn], [north, unbroken + turn]);
  const zoom = map.getZoom();
  if (zoom >= MOST_ZOOM) {
    showNames(cluster, at);
    return;
  }
  const fitting = map.getBoundsZoom(bounds, false, L.point(60, 60));
  // At least one step, or a press would seem to do nothing.
  map.setView(fitting > zoom ? bounds.getCenter() : at, Math.min(MOST_ZOOM, Math.max(fitting, zoom + 1)));
}

/** What is at one point: a group, or several with their names, as links. */
function showNames(properties, at) {
  const content = document.createElement("div");
  const groups = properties.name ? [properties] : (properties.groups ?? properties.events ?? []);
  if (properties.count) content.append(paragraph(counted(properties.count)));
  const list = document.createElement("ul");
  for (const group of groups) {
    const line = document.createElement("li");
    line.append(link(group.url, group.name), ` ${group.place}`);
    list.append(line);
  }
  content.append(list);
  if ((properties.count ?? 1) > groups.length) {
    if (groups.length) content.append(paragraph(texts.more.replace("%s", properties.count - groups.length)));
    const near = `${at.wrap().lat.toFixed(4)},${at.wrap().lng.toFixed(4)}`;
    content.append(link(`${texts.finder}?near=${encodeURIComponent(near)}`, texts.list));
  }
  // The map's popup and not the marker's: the marker may be drawn anew while the map makes room for it.
  L.popup({ maxHeight: 260, closeButton: true }).setLatLng(at).setContent(content).openOn(map);
}

function paragraph(text) {
  const made = document.createElement("p");
  made.textContent = text;
  return made;
}

function link(address, text) {
  const made = document.createElement("a");
  made.href = address;
  made.textContent = text;
  return made;
}

map.on("popupopen", ({ popup }) => {
  const close = popup.getElement().querySelector(".leaflet-popup-close-button");
  close?.setAttribute("aria-label", texts.close);
  popup.getElement().querySelector("a[href]:not(.leaflet-popup-close-button)")?.focus({ preventScroll: true });
});
// Leaflet itself listens for it only while the focus is on the map and not in the popup.
element.addEventListener("keydown", ({ key }) => {
  if (key === "Escape") map.closePopup();
});
map.on("popupclose", () => element.focus({ preventScroll: true }));

let waiting = 0;
map.on("moveend", () => {
  clearTimeout(waiting);
  waiting = setTimeout(showGroups, WAIT);
});

drawOutlines().catch(() => {
  status.textContent = texts.failed;
});
showGroups();
