"""Tests of `vendoring/`."""
