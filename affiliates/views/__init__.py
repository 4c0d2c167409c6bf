"""The pages of groups, by who uses them."""
