"""The demo ends with the comparison page; a page that cannot be written fails nothing."""

from pathlib import Path

import demo
from deployment.assembly import Assembly
from local_aws import cli
from tests.conftest import Synthesised
from tests.unit.comparison.conftest import example_run


def test_the_demo_has_the_options_of_a_run() -> None:
    names = {parameter.name for parameter in demo.main.params}
    assert names == {"directory", *(parameter.name for parameter in cli.run_command.params)}


def test_the_page_is_written_and_the_next_command_opens_it(synthesised: Synthesised, tmp_path: Path) -> None:
    assembly = Assembly.load(synthesised.directory)
    [(command, _)] = demo.write_page(tmp_path, assembly, example_run(assembly))
    assert command == f"open {tmp_path}/comparison/index.html"
    assert (tmp_path / "comparison" / "index.html").read_text().startswith("<!doctype html>")


def test_a_page_that_cannot_be_written_is_a_line_and_no_error(synthesised: Synthesised, tmp_path: Path) -> None:
    assembly = Assembly.load(synthesised.directory)
    without_targets = Assembly(path=assembly.path, stacks=assembly.stacks, targets={})
    [(command, cause)] = demo.write_page(tmp_path, without_targets, example_run(assembly))
    assert command == "python -m comparison"
    assert "the page was not written" in cause
    assert not (tmp_path / "comparison").exists()
