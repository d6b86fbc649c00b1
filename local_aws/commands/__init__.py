"""What each command does, and its exit status."""

from .guard import guarded
from .keep import deploy, down, status, up
from .logs import logs
from .once import call, run

__all__ = ["call", "deploy", "down", "guarded", "logs", "run", "status", "up"]
