"""The page: one file that needs nothing else."""

from .place import DEFAULT_FILE, beside, shown
from .write import render, write

__all__ = ["DEFAULT_FILE", "beside", "render", "shown", "write"]
