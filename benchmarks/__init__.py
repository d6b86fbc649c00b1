"""What must be fast, measured as ratios."""
