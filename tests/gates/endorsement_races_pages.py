"""How the pages of races are opened for the gates."""
