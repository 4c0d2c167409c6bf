"""The pages of events, by topic."""
