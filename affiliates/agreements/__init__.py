"""Agreements between a group and the network: their text, the steps of each, its chain of events, its documents."""
