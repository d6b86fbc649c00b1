"""Monthly cost of a target, priced from its synthesised templates.

The price rule of a resource type is in `rules/`, one module for each AWS service; the unit prices are in `prices.json`.
"""
