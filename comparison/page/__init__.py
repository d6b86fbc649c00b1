"""The comparison page: one HTML file that needs no network."""

from .render import default_path, relative, render, write

__all__ = ["default_path", "relative", "render", "write"]
