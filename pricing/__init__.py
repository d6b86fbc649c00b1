"""Monthly cost of a target, priced from its synthesised templates."""
