"""Orders: one image, three ways in."""
