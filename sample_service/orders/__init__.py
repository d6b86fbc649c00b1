"""Orders: one image with three commands (HTTP server, Lambda handlers, one-shot task of a workflow)."""
