"""The effects of an upgrade, computed from two sets of templates."""

from typing import Any

from updates.effects import effects_of
from vendoring import report


def app(**properties: Any) -> dict[str, dict[str, Any]]:
    return {"Bills": {"Resources": {"Group": {"Type": "AWS::Logs::LogGroup", "Properties": properties}}}}


def test_equal_templates_have_no_effect() -> None:
    assert list(report.preview(effects_of(app(), app()))) == ["the templates stay the same"]


def test_a_changed_setting_replaces_nothing() -> None:
    lines = list(report.preview(effects_of(app(RetentionInDays=30), app(RetentionInDays=90))))
    assert lines == [
        "1 resource would change",
        "  1 modified",
        "nothing is replaced in a way that interrupts requests or loses data",
    ]


def test_a_changed_name_is_a_replacement() -> None:
    lines = list(report.preview(effects_of(app(LogGroupName="old"), app(LogGroupName="new"))))
    assert lines[:3] == [
        "1 resource would change",
        "  1 replaced",
        "  replacement  AWS::Logs::LogGroup Bills/Group (LogGroupName)",
    ]
