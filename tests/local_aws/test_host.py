"""The machine in a few words."""

from pathlib import Path

from deployment import host


def test_the_machine_is_described_by_what_makes_figures_differ() -> None:
    assert " × " in host.description()
    assert "GiB" in host.description()


def test_a_processor_s_name_loses_what_says_nothing(tmp_path: Path) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("processor : 0\nmodel name\t: Intel(R) Xeon(R) CPU E5-2686 v4 @ 2.30GHz\n")
    assert " × Intel Xeon E5-2686 v4, " in host.description(cpuinfo)


def test_where_nothing_names_it_the_rest_is_there(tmp_path: Path) -> None:
    assert "GiB" in host.description(tmp_path / "missing")
