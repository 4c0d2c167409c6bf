"""Pages of events: door."""
