"""Pages of events: standing."""
