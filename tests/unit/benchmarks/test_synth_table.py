"""The table of the synthesis benchmark."""

from benchmarks.synth.table import Measured, Seconds, table

SMALL = Measured(1, True, 100, Seconds(2.0, 3.0), Seconds(1.6, 2.0))
LARGE = Measured(5, True, 500, Seconds(2.8, 4.0), Seconds(2.0, 4.0))
QUICK = Measured(1, False, 100, Seconds(1.0, 1.0), Seconds(0.5, 0.5))


def test_each_line_has_its_measurements_and_the_goal() -> None:
    lines = [line.split("  ") for line in table([SMALL, LARGE, QUICK]).splitlines()]
    assert ["|".join(cell.strip() for cell in line if cell.strip()) for line in lines] == [
        "validation|services|resources|python s|floor s|ratio|cpu ratio|s per 100|each further 100|goal",
        "on|1|100|2.00|1.60|1.25|1.50|2.00|-|-",
        "on|5|500|2.80|2.00|1.40|1.00|0.56|0.20|<= 0.5",
        "off|1|100|1.00|0.50|2.00|2.00|1.00|-|-",
    ]
