"""How costs are shown."""
