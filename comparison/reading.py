"""What a command of the comparison reads, once it needs it."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from comparison.facts import Facts, gather
from deployment import results
from deployment.assembly import Assembly
from deployment.results import Results
from pricing.sizes import larger_sizes


@dataclass
class Read:
    """Where to read, and what is there once somebody asks."""

    directory: Path
    path: Path
    page: Path

    @cached_property
    def assembly(self) -> Assembly:
        """The cloud assembly."""
        return Assembly.load(self.path)

    @cached_property
    def last(self) -> Results | None:
        """The last local run; None without one."""
        return results.read(self.directory) if (self.directory / results.FILE_NAME).exists() else None

    @cached_property
    def of_templates(self) -> Facts:
        """What is known without a look at other sizes, whose templates would have to be made."""
        return gather(self.assembly, self.last)

    @cached_property
    def facts(self) -> Facts:
        """Everything that is known."""
        return gather(self.assembly, self.last, larger=larger_sizes())
