"""What a template says, in words: read from the cloud assembly, without asking AWS or any stack."""

from .template import Resource, Template, read
from .words import data, plain, words

__all__ = ["Resource", "Template", "data", "plain", "read", "words"]
