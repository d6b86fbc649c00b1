"""The change of an app: what it changes in the templates, in dollars, and for running services."""

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest

from comparison.change import AppChange, compare_apps
from comparison.change_document import NO_CHANGE, NO_EFFECT, TOO_LONG, change_document, difference, summary
from comparison.formats import json_data, markdown, terminal
from deployment.assembly import Assembly
from deployment.console import make_console, show
from pricing.estimate import estimate
from tests.unit.comparison.assemblies import Resources, log_group, write_assembly
from updates.verdicts import Verdict

# Name of a recorded pair -> the context values of the app after the change.
PAIRS: dict[str, dict[str, Any]] = {
    "more memory": {"service": {"memory_mib": 1024}},
    "another network": {"network": "isolated"},
    "alarms": {"alarm_emails": "operators@example.com"},
}


@pytest.fixture(scope="module")
def changed(assembly: Assembly, variant: Any) -> dict[str, AppChange]:
    """The change of each pair."""
    return {
        name: compare_apps(assembly, Assembly.load(variant(context=context).directory), base="main", head="pair")
        for name, context in PAIRS.items()
    }


def small(directory: Path, before: dict[str, Resources], after: dict[str, Resources]) -> AppChange:
    """The change of a small app."""
    one, other = write_assembly(directory / "before", **before), write_assembly(directory / "after", **after)
    return compare_apps(Assembly.load(one), Assembly.load(other))


def shown(change: AppChange) -> str:
    file = io.StringIO()
    show(make_console(file, {}), terminal.render(change_document(change)))
    return file.getvalue().rstrip()


def comparable(text: str) -> str:
    """The text without hashes of assets, which follow the source, and without dollars, which follow the prices."""
    text = re.sub(r"asset-[0-9a-f]{8}", "asset-", text)
    text = re.sub(r"\d[\d,]*\.\d\d\b", lambda found: re.sub(r"\d", "0", found[0]), text)
    return re.sub(r"\bread\s\d{4}-\d\d-\d\d", "read 0000-00-00", text)


@pytest.mark.parametrize("name", ["more memory", "another network"])
def test_the_terminal_format(changed: dict[str, AppChange], snapshot: Any, name: str) -> None:
    text = shown(changed[name])
    assert max(map(len, text.splitlines())) <= 80
    assert comparable(text) == snapshot


def test_the_markdown_format(changed: dict[str, AppChange], snapshot: Any) -> None:
    assert comparable(markdown.render(change_document(changed["more memory"]))) == snapshot


def test_an_app_does_not_differ_from_itself(assembly: Assembly) -> None:
    found = compare_apps(assembly, assembly)
    assert (found.targets, found.stacks, found.items, found.findings) == ((), (), (), ())
    assert NO_CHANGE in shown(found)
    assert set(found.unchanged) == set(assembly.targets)


def test_dollars_are_those_of_the_cost_command(changed: dict[str, AppChange], facts: Any) -> None:
    rows = {row.id: row for row in changed["more memory"].targets}
    for model in facts.costs.cost_models:
        expected = estimate(model, facts.costs.usage)
        assert (rows[model.target].idle.before, rows[model.target].load.before) == (expected.idle_usd, expected.usd)
    assert rows["ecs-fargate"].idle.difference == pytest.approx(2 * 0.5 * 730 * 0.004445, abs=0.01)


def test_the_items_of_the_bill_add_up_to_the_difference_of_the_target(changed: dict[str, AppChange]) -> None:
    for change in changed.values():
        for row in change.targets:
            if row.state == "changed" and row.load.difference is not None:
                items = [one for one in change.items if row.id in one.targets]
                assert sum(one.idle.difference or 0 for one in items) == pytest.approx(row.idle.difference)
                assert sum(one.load.difference or 0 for one in items) == pytest.approx(row.load.difference)


def test_an_update_in_place_and_one_that_replaces_the_replicas_differ(changed: dict[str, AppChange]) -> None:
    verdicts = {name: {row.id: row.verdict for row in change.targets} for name, change in changed.items()}
    assert verdicts["more memory"]["ecs-fargate"] is Verdict.ROLLING
    assert verdicts["alarms"]["ecs-fargate"] is Verdict.IN_PLACE
    assert changed["more memory"].findings == ()
    assert NO_EFFECT in shown(changed["more memory"])


def test_a_target_that_the_app_no_longer_has_is_named_and_what_is_deployed_stays(
    changed: dict[str, AppChange],
) -> None:
    found = changed["another network"]
    rows = {row.id: row for row in found.targets}
    assert (rows["eks-auto"].state, rows["eks-auto"].verdict, rows["eks-auto"].idle.after) == ("removed", None, None)
    assert "OrdersOnEksAuto" in found.removed_stacks
    assert not [one for one in found.findings if one.stack == "OrdersOnEksAuto"]
    assert rows["shared"].verdict is Verdict.REJECTED
    assert "OrdersOnEksAuto" in shown(found)


def test_a_new_target_has_a_cost_and_no_verdict(assembly: Assembly, variant: Any) -> None:
    before = Assembly.load(variant(context={"network": "isolated"}).directory)
    rows = {row.id: row for row in compare_apps(before, assembly).targets}
    assert (rows["eks-auto"].state, rows["eks-auto"].verdict, rows["eks-auto"].idle.before) == ("added", None, None)
    assert rows["eks-auto"].idle.after


def test_a_changed_setting_is_in_place_with_its_value_before_and_after(tmp_path: Path) -> None:
    found = small(tmp_path, {"Bills": log_group(30)}, {"Bills": log_group(90)})
    [row] = found.targets
    assert (row.id, row.verdict, row.changed) == ("shared", Verdict.IN_PLACE, 1)
    assert shown(found).splitlines()[-4:] == [
        "  ~ Logs LogGroup  Logs",
        "      RetentionInDays",
        "      - 30",
        "      + 90",
    ]


def test_a_changed_name_is_a_replacement_with_its_consequence(tmp_path: Path) -> None:
    found = small(tmp_path, {"Bills": log_group(30)}, {"Bills": log_group(30, "invoices")})
    [row], [finding] = found.targets, found.findings
    assert row.verdict is Verdict.REPLACEMENT
    assert (finding.kind, finding.property) == ("replacement", "LogGroupName")
    text = " ".join(shown(found).split())
    assert f"replacement: Logs LogGroup Bills/Logs (LogGroupName): {finding.consequence}" in text


def test_another_source_of_an_image_is_a_difference(tmp_path: Path) -> None:
    def task(asset: str) -> Resources:
        image = {"Fn::Sub": f"${{AWS::AccountId}}.dkr.ecr.${{AWS::Region}}.amazonaws.com/bills:{asset}"}
        properties = {"ContainerDefinitions": [{"Name": "Main", "Image": image}]}
        return {"Task": ("AWS::ECS::TaskDefinition", properties)}

    found = small(tmp_path, {"Bills": task("1" * 64)}, {"Bills": task("2" * 64)})
    [stack] = found.stacks
    [resource] = stack.changed
    assert [(one.path, str(one.one)[-14:], str(one.other)[-14:]) for one in resource.changes] == [
        ("ContainerDefinitions[Main].Image", "asset-11111111", "asset-22222222")
    ]


def test_a_changed_output_is_a_difference_outside_the_resources(tmp_path: Path) -> None:
    before = write_assembly(tmp_path / "before", Bills=log_group(30))
    after = write_assembly(tmp_path / "after", Bills=log_group(30))
    template = json.loads((after / "Bills.template.json").read_text())
    (after / "Bills.template.json").write_text(json.dumps({**template, "Outputs": {"Url": {"Value": "https://a"}}}))
    found = compare_apps(Assembly.load(before), Assembly.load(after))
    assert [(one.path, one.one, one.other) for one in found.stacks[0].sections] == [
        ("Outputs", None, "{Url: {Value: 'https://a'}}")
    ]
    assert "+ {Url: {Value: 'https://a'}}" in shown(found)


def test_a_target_without_a_price_is_named_and_the_others_have_theirs(
    assembly: Assembly, monkeypatch: pytest.MonkeyPatch
) -> None:
    from comparison import change
    from deployment.errors import ActionableError

    def fail_for_lambda(templates: Any, prices: Any) -> Any:
        if templates.target.id == "lambda":
            raise ActionableError("lambda cannot be priced")
        return priced(templates, prices)

    priced = change.cost_model
    monkeypatch.setattr(change, "cost_model", fail_for_lambda)
    found = compare_apps(assembly, assembly)
    assert found.targets == ()
    app = change._read(assembly, found.usage, change.PriceList.load())
    assert app.unpriced == {"lambda": "lambda cannot be priced"}
    assert "ecs-fargate" in app.estimates


def test_json_has_the_action_on_each_resource(changed: dict[str, AppChange]) -> None:
    found = json.loads(json_data.change_as_json(changed["more memory"]))
    assert found["schema"] == 1
    [row] = [row for row in found["targets"] if row["id"] == "ecs-fargate"]
    assert (row["state"], row["verdict"]) == ("changed", "rolling")
    actions = {(one["stack"], one["type"]): one for one in found["actions"]}
    task = actions["OrdersOnEcsFargate", "AWS::ECS::TaskDefinition"]
    assert (task["action"], task["properties"][0]["path"]) == ("replaced", "Memory")
    assert actions["OrdersOnEcsFargate", "AWS::ECS::Service"]["rolling"] is True


def test_markdown_folds_each_stack_as_a_diff(changed: dict[str, AppChange]) -> None:
    text = markdown.render(change_document(changed["more memory"]))
    assert text.count("<details>") == text.count("</details>") == len(changed["more memory"].stacks)
    [fargate] = re.findall(r"<summary>OrdersOnEcsFargate .*?</details>", text, re.DOTALL)
    assert "\n- 512\n+ 1024\n```" in fargate


def test_a_template_cannot_close_the_code_block_of_its_diff(tmp_path: Path) -> None:
    found = small(tmp_path, {"Bills": log_group(30)}, {"Bills": log_group(30, "``````\n<script>")})
    text = markdown.render(change_document(found))
    assert "\n```````diff\n" in text
    assert text.count("\n```````\n") == 1


@pytest.mark.parametrize(
    ("usd", "text"),
    [(None, "–"), (0.0, "0"), (0.001, "<0.01"), (-0.001, "<0.01"), (1.5, "+1.50"), (-1234.5, "-1,234.50")],
)
def test_a_difference_has_a_sign(usd: float | None, text: str) -> None:
    assert difference(usd) == text


def test_a_summary_that_is_too_long_keeps_the_figures_and_names_the_command(tmp_path: Path) -> None:
    found = small(tmp_path, {"Bills": log_group(30)}, {"Bills": log_group(90)})
    whole, brief = summary(found), summary(found, max_bytes=500)
    assert "+ 90" in whole
    assert TOO_LONG not in whole
    assert "+ 90" not in brief
    assert brief.endswith(f"- Bills: ~1\n\n{TOO_LONG}")
    assert "| shared stacks | ~1 |" in brief
