"""How the pages of seekers are opened for the gates."""
