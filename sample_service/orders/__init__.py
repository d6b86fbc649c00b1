"""Orders: one image, three ways in (HTTP server, Lambda handlers, one-shot task of a workflow)."""
