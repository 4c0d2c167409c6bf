"""The demo network that `./dev run` shows: invented, real-looking, the same every time."""
