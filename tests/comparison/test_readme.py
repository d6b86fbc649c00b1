"""The README shows the templates as they are now, and nothing that one machine measured."""

from comparison.formats import as_markdown
from comparison.readme import README, WRITE, part
from comparison.rows import rows
from local_aws.deploying.assembly import Assembly
from tests.conftest import Synthesised


def test_the_table_of_targets_is_current(synthesised: Synthesised) -> None:
    table = as_markdown(rows(Assembly.load(synthesised.directory)))
    assert part(README.read_text(), "targets") == table, f"run: {WRITE}"
