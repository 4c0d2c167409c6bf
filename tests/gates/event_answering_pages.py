"""Pages of events: answering."""
