"""How the pages of polls are opened for the gates."""
