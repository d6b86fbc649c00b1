"""The description of this machine."""

from pathlib import Path

from deployment import host


def test_processors_and_memory_are_named() -> None:
    assert " × " in host.description()
    assert "GiB" in host.description()


def test_trademarks_and_clock_speed_are_removed_from_the_processor(tmp_path: Path) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("processor : 0\nmodel name\t: Intel(R) Xeon(R) CPU E5-2686 v4 @ 2.30GHz\n")
    assert " × Intel Xeon E5-2686 v4, " in host.description(cpuinfo)


def test_without_cpuinfo_the_rest_is_there(tmp_path: Path) -> None:
    assert "GiB" in host.description(tmp_path / "missing")
