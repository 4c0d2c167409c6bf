"""How the pages of promotions are opened for the gates."""
