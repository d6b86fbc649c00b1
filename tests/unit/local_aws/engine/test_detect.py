"""The detected engine."""

import io

from deployment.console import Progress, make_console
from local_aws.engine.detect import detect


def test_the_screen_shows_the_whole_detail_of_the_engine() -> None:
    engine = detect("processes")
    output = io.StringIO()
    Progress(make_console(output)).note("engine", engine.kind, engine.detail)
    assert engine.detail in output.getvalue()
