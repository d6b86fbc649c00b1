"""Verify the app in an AWS account of your own, in which it may break things."""
