// "Use my location": asks the browser only when pressed, and rounds to about half a mile before the
// place goes into the address. Without JavaScript the button stays hidden.
const button = document.querySelector("[data-use-location]");
if (button && "geolocation" in navigator) {
  const status = document.querySelector("[data-location-status]");
  button.hidden = false;
  button.addEventListener("click", () => {
    button.disabled = true;
    status.textContent = button.dataset.wait;
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        const near = `${coords.latitude.toFixed(2)},${coords.longitude.toFixed(2)}`;
        location.assign(`${button.dataset.useLocation}?near=${encodeURIComponent(near)}`);
      },
      () => {
        button.disabled = false;
        status.textContent = button.dataset.refused;
      },
      { maximumAge: 600000, timeout: 10000 },
    );
  });
}
