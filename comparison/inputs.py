"""The inputs of a command, read when it needs them."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from comparison.facts import Facts, gather
from deployment import results
from deployment.assembly import Assembly
from deployment.results import Results
from pricing.sizes import larger_sizes


@dataclass
class Inputs:
    """The files that a command reads.

    Attributes:
        directory: the directory of the local run.
        path: the cloud assembly.
        page: where the page is written.
        stage: construct path of a `cdk.Stage` of the app; "" for the app itself, or its only stage.
    """

    directory: Path
    path: Path
    page: Path
    stage: str = ""

    @cached_property
    def assembly(self) -> Assembly:
        """The cloud assembly."""
        return Assembly.load(self.path, self.stage)

    @cached_property
    def results(self) -> Results | None:
        """Results of the last local run; None without one."""
        return results.read(self.directory) if (self.directory / results.FILE_NAME).exists() else None

    @cached_property
    def template_facts(self) -> Facts:
        """All facts except those at larger replica sizes, which would have to be synthesised."""
        return gather(self.assembly, self.results)

    @cached_property
    def facts(self) -> Facts:
        """All facts."""
        return gather(self.assembly, self.results, larger=larger_sizes())
