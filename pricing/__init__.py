"""What a template costs."""
