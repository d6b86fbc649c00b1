"""A run ends with the page: written beside it, and named on the screen; one that cannot be drawn undoes nothing."""

from pathlib import Path

from deployment.assembly import Assembly
from deployment.stages.options import Options
from local_aws.commands.once import next_page
from local_aws.environment import Settings
from tests.comparison.conftest import invented_run
from tests.conftest import Synthesised


def test_the_page_is_written_and_how_to_open_it_is_said(synthesised: Synthesised, tmp_path: Path) -> None:
    found = invented_run(Assembly.load(synthesised.directory))
    settings = Settings(directory=tmp_path, assembly=synthesised.directory)
    [(command, _)] = next_page(Options(settings=settings), found)
    assert command == f"open {tmp_path}/comparison/index.html"
    assert (tmp_path / "comparison" / "index.html").read_text().startswith("<!doctype html>")


def test_a_page_that_cannot_be_drawn_is_a_line_and_no_error(synthesised: Synthesised, tmp_path: Path) -> None:
    found = invented_run(Assembly.load(synthesised.directory))
    [(command, cause)] = next_page(Options(settings=Settings(directory=tmp_path, assembly=tmp_path / "cdk.out")), found)
    assert command == "python -m comparison"
    assert "the page was not written" in cause
    assert not (tmp_path / "comparison").exists()
