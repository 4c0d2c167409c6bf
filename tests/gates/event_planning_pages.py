"""Pages of events: planning."""
