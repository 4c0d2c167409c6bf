// Fetches the interactive map when somebody asks for it: by the button, or by a link that ends in #live.
// Until then templates/affiliates/map.html is the drawn picture, and weighs no more than any other page.

const button = document.getElementById("group-map-start");
const picture = document.getElementById("group-map-picture");
const map = document.getElementById("group-map");
const status = document.getElementById("group-map-status");

/** Adds the element to the page; resolves when what it refers to is there. */
function fetched(element, add) {
  return new Promise((resolve, reject) => {
    element.addEventListener("load", resolve);
    element.addEventListener("error", reject);
    add(element);
  });
}

async function start() {
  button.disabled = true;
  const script = Object.assign(document.createElement("script"), { src: button.dataset.script });
  const style = Object.assign(document.createElement("link"), { rel: "stylesheet", href: button.dataset.sheet });
  try {
    await Promise.all([
      fetched(script, (element) => document.head.append(element)),
      // Before our own rules, which change some of it.
      fetched(style, (element) => document.getElementById("group-map-style").before(element)),
    ]);
    map.hidden = false; // before it is drawn: Leaflet measures it
    picture.hidden = true;
    await import(button.dataset.map);
    map.focus({ preventScroll: true });
    button.hidden = true;
  } catch {
    map.hidden = true;
    picture.hidden = false;
    button.disabled = false;
    status.textContent = map.dataset.failed;
  }
}

button.disabled = false;
button.addEventListener("click", start);
if (location.hash === "#live") start();
