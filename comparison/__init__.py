"""What the templates and the last local run say about each target, side by side: `python -m comparison --help`."""
