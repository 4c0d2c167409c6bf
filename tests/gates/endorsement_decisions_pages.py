"""How the pages of decisions are opened for the gates."""
