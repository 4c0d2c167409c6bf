"""Pages of events: finding."""
