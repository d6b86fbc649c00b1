"""The README shows the templates as they are now, and nothing that one machine measured."""

from comparison.facts.costs import costs
from comparison.formats import fixed_as_markdown, targets_as_markdown
from comparison.readme import README, WRITE, part
from comparison.rows import rows
from local_aws.deploying.assembly import Assembly
from tests.conftest import Synthesised


def test_the_tables_of_targets_are_current(synthesised: Synthesised) -> None:
    assembly = Assembly.load(synthesised.directory)
    found = rows(assembly)
    assert part(README.read_text(), "targets") == targets_as_markdown(found, costs(assembly).idle_usd), f"run: {WRITE}"
    assert part(README.read_text(), "fixed") == fixed_as_markdown(found), f"run: {WRITE}"
