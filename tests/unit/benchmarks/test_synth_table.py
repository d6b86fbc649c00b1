from benchmarks.synth.table import Measured, Seconds, table

SMALL = Measured(1, True, 100, Seconds(2.0, 3.0), Seconds(1.6, 2.0))
LARGE = Measured(5, True, 500, Seconds(2.8, 4.0), Seconds(2.0, 4.0))
QUICK = Measured(1, False, 100, Seconds(1.0, 1.0), Seconds(0.5, 0.5))


def test_figures_stand_beside_their_targets() -> None:
    lines = [line.split("  ") for line in table([SMALL, LARGE, QUICK]).splitlines()]
    assert ["|".join(cell.strip() for cell in line if cell.strip()) for line in lines] == [
        "validation|services|resources|python s|javascript s|ratio|cpu ratio|target|s per 100|each further 100",
        "on|1|100|2.00|1.60|1.25|1.50|<= 1.3|2.00|-",
        "on|5|500|2.80|2.00|1.40|1.00|<= 1.3|0.56|0.20",
        "off|1|100|1.00|0.50|2.00|2.00|<= 2.3 or 0.5 s per 100|1.00|-",
    ]
