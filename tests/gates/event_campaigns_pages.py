"""Pages of events: campaigns."""
