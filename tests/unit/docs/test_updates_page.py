"""The page of updates names every change that the local run executes, and the targets on which it does not show it."""

from deployment.changes import CHANGES
from local_aws.update_limits import not_shown
from tests.conftest import ROOT, Synthesised


def rows() -> dict[str, tuple[str, str]]:
    """Change -> requests lost, and where it is not shown."""
    text = (ROOT / "docs/updates.md").read_text()
    section = text.split("## Changes that the local run executes")[1].split("\n## ")[0]
    lines = [line.strip("| ").split("|") for line in section.splitlines() if line.startswith("| `")]
    return {change.strip(" `"): (lost.strip(), where.strip()) for change, lost, where in map(padded, lines)}


def padded(cells: list[str]) -> list[str]:
    return [*cells, ""][:3]


def test_the_page_names_every_executed_change_in_order() -> None:
    assert list(rows()) == [change.name for change in CHANGES]


def test_the_page_names_the_targets_on_which_a_change_is_not_shown(synthesised: Synthesised) -> None:
    targets = {target.TARGET_ID for target in synthesised.targets} | {"app-runner"}
    for change in CHANGES:
        lost, where = rows()[change.name]
        hidden = {target for target in targets if not_shown(change.name, target)}
        if hidden == targets:
            assert (lost, where[:12]) == ("not shown", "every target")
        else:
            assert set(filter(None, where.split(", "))) == hidden, change.name
            assert lost == ("0, rolled back" if change.must_fail else "0")
