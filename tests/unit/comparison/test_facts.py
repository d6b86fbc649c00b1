"""What is gathered: every figure has a place that it comes from, and what nobody knows is said to be unknown."""

import datetime
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from comparison.constructs import spec_fields
from comparison.facts.cells import UNKNOWN

from comparison.facts import Cell, gather
from comparison.facts.answers import fastest, simplest
from comparison.facts.costs import assumptions, changes, thresholds
from comparison.facts.docs import TOPICS, read
from comparison.facts.placement import Placement, packing
from deployment.assembly import Assembly
from deployment.errors import ActionableError
from pricing.prices import PriceList
from pricing.usage import Usage
from tests.conftest import ROOT

STATEMENT = """[[statement]]
topic = "speed"
targets = ["lambda"]
text = "quick"
source = "https://docs.aws.amazon.com/lambda/"
checked = 2026-11-24
"""


def cells(facts: Any) -> list[Cell]:
    return [cell for table in facts.tables for row in table.rows.values() for cell in row]


def test_every_table_has_a_line_for_every_target_and_a_cell_for_every_column(facts: Any) -> None:
    for table in facts.tables:
        assert list(table.rows) == [target.id for target in facts.targets]
        assert {len(row) for row in table.rows.values()} == {len(table.columns)}


def test_every_cell_says_something_and_where_it_is_from(facts: Any) -> None:
    assert all(cell.text for cell in cells(facts))
    assert all(bool(cell.source) == bool(cell.checked_on) == (cell.origin == "page") for cell in cells(facts))
    unsaid = {cell.text for cell in cells(facts) if not cell.origin}
    assert unsaid <= {UNKNOWN, "not run", "as the machine image"}


def test_nothing_is_unknown(facts: Any) -> None:
    assert [cell for cell in cells(facts) if cell.text == UNKNOWN] == []


def test_where_aws_is_silent_a_cell_says_so_and_names_the_page_that_is(facts: Any) -> None:
    silent = [cell for cell in cells(facts) if "AWS does not say" in cell.text]
    assert silent
    assert all(cell.origin == "page" and cell.source for cell in silent)


def cell(facts: Any, table: str, target: str, column: str) -> Cell:
    [found] = [one for one in facts.tables if one.id == table]
    return found.rows[target][found.columns.index(column)]


def test_what_a_template_says_cites_no_page(facts: Any) -> None:
    assert cell(facts, "records", "beanstalk", "traces") == Cell(
        text="5 % of new traces, sent to X-Ray", origin="template"
    )
    assert cell(facts, "records", "ec2-podman", "output goes to") == Cell(text="CloudWatch Logs", origin="template")
    assert cell(facts, "records", "eks-auto", "output goes to").origin == "page"
    assert cell(facts, "limits", "ec2-podman", "built for here") == Cell(text="x86_64", origin="template")
    assert cell(facts, "isolation", "beanstalk", "between a copy and others").origin == "template"
    assert cell(facts, "rollout", "ecs-express", "an alarm of its own").origin == "page"


def test_wildcards_of_every_role_are_in_the_matrix(facts: Any) -> None:
    assert cell(facts, "permissions", "beanstalk", "on any resource (*)").entries == (
        "ecr:GetAuthorizationToken",
        "xray:PutSpans",
        "xray:PutTraceSegments",
    )
    assert "ssmmessages: 4 actions" in cell(facts, "permissions", "ec2-podman", "on any resource (*)").entries
    assert "logs log-group:/aws/elasticbeanstalk/*" in cell(facts, "permissions", "beanstalk", "on a pattern").entries
    managed_policies = {
        (target.id, name) for target in facts.targets for role in target.roles for name in role.managed_policies
    }
    for target, name in managed:
        assert name in cell(facts, "permissions", target, "other roles").text
    assert "xray:PutSpans" in cell(facts, "permissions", "ecs-fargate", "on any resource (*)").text
    assert cell(facts, "permissions", "ecs-fargate", "on a pattern").text.endswith("/index/*")
    assert cell(facts, "permissions", "ecs-fargate", "other roles").entries == (
        "Orders/TaskDefinition/ExecutionRole (ecs-tasks): 3 statements, ecr:GetAuthorizationToken on any resource (*)",
    )


@pytest.mark.parametrize(
    ("table", "target", "column", "words"),
    [
        ("isolation", "ecs-managed-instances", "AWS patches", r"ECS drains each at day 14 .* by day 21"),
        ("rollout", "ecs-express", "goes back by itself for", r"more than 1 % .* in 2 data points within 3 minutes"),
    ],
)
def test_matrix_construct_and_guide_say_it_in_the_same_words(
    facts: Any, table: str, target: str, column: str, as_text: str
) -> None:
    documented = cell(facts, table, target, column)
    [found] = re.findall(as_text, documented.text)
    guide = (ROOT / "docs" / "targets" / f"{target}.md").read_text()
    assert found in " ".join(" ".join(facts.target(target).description).split())
    assert found in " ".join(guide.split())
    assert documented.source in guide


def machines(facts: Any) -> dict[str, Placement]:
    return {target.id: target.placement for target in facts.targets}


def test_a_machine_of_your_own_holds_one_copy_and_a_shared_one_as_many_as_fit(facts: Any) -> None:
    found = machines(facts)
    assert {name for name, one in found.items() if one.replicas_per_instance == 1} == {"beanstalk", "ec2-podman"}
    assert {name for name, one in found.items() if one.selected_by_aws} == {"ecs-managed-instances", "eks-auto"}
    for one in (found["ecs-managed-instances"], found["eks-auto"]):
        kind = PriceList.load().instance_type(one.type)
        assert one.instance_mib == kind.memory_gib * 1024
        assert one.replicas_per_instance
        assert 512 * one.replicas_per_instance <= one.instance_mib < 512 * (one.replicas_per_instance + 3)
        assert one.billed_mib_when_full == one.instance_mib / one.replicas_per_instance


def test_what_is_paid_for_a_copy_is_what_is_billed(facts: Any) -> None:
    """t3.small has 2 GiB; tasks have 512 MiB; two tasks in two zones pay an instance each; pods get 256 MiB more."""
    found = {name: one.billed_mib for name, one in machines(facts).items()}
    assert found["ec2-podman"] == found["beanstalk"] == 2048
    assert found["ecs-fargate"] == found["ecs-express"] == found["lambda"] == found["app-runner"] == 512
    assert found["eks-fargate"] == 1024
    assert found["ecs-managed-instances"] == found["eks-auto"] == machines(facts)["eks-auto"].instance_mib


def test_the_type_of_a_virtual_machine_would_hold_more_under_ecs_or_eks(facts: Any) -> None:
    """Of 2,048 MiB the system keeps 768; what is left holds two copies of 512."""
    found = machines(facts)["ec2-podman"]
    assert (found.type, found.replicas_that_fit) == ("t3.small", (2048 - 768) // 512)
    assert cell(facts, "machines", "ec2-podman", "copies on one").text == "1, where 2 would fit"


def test_use_and_start_of_a_copy_are_measured_and_a_machine_is_not(facts: Any) -> None:
    local_run = facts.target("ecs-fargate").local_run
    used = cell(facts, "machines", "ecs-fargate", "used of it, here")
    assert used == Cell(text=f"{measured.memory_mib:.0f} MiB, {100 * measured.memory_mib / 512:.1f} %", origin="run")
    instances = cell(facts, "machines", "ecs-managed-instances", "first good answer, here")
    assert instances.text.endswith("without a machine's start")
    assert cell(facts, "machines", "ec2-podman", "a machine starts, by AWS").origin == "page"
    assert cell(facts, "machines", "ec2-podman", "you patch beneath it").text == "the operating system, Podman"


def test_without_a_target_that_fills_instances_there_is_nothing_to_compare_with() -> None:
    assert packing([]) is None


def test_the_contract_is_what_the_constructs_declare(facts: Any) -> None:
    table = facts.tables[0]
    for target in facts.targets:
        fixed = {
            column: cell.text
            for column, cell in zip(table.columns, table.rows[target.id], strict=True)
            if cell.origin == "construct"
        }
        assert fixed == dict(target.unsupported_fields)


def test_the_spec_is_read_with_its_defaults_and_meanings(facts: Any) -> None:
    found = {field.name: field for field in facts.spec_fields}
    assert list(found)[:2] == ["name", "port"]
    assert found["port"].default == "8080"
    assert found["name"].default == ""
    assert found["cpu"].meaning == "Share of processors in CPU units: 1024 is one vCPU."
    assert all(field.meaning for field in facts.spec_fields)


def test_a_folder_without_a_spec_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ActionableError, match="has no ServiceSpec"):
        spec_fields(tmp_path)


def test_constructs_say_what_they_make_and_when_to_choose_them(facts: Any) -> None:
    for target in facts.targets:
        starts = [paragraph.split(" ")[0] for paragraph in target.description]
        assert starts == ["It", "It", "Choose", "Do"], target.id


def test_statements_are_about_targets_that_there_are_and_say_when_they_were_checked(facts: Any) -> None:
    found = read()
    assert {target for target, _ in found} == {target.id for target in facts.targets}
    for statement in found.values():
        assert datetime.date(2026, 1, 1) < statement.checked_on <= datetime.date.today()


def test_every_topic_is_of_use() -> None:
    assert {topic for _, topic in read()} == set(TOPICS)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("not toml at all", "cannot be read"),
        ("title = 'no statement'", "cannot be read"),
        (STATEMENT.replace('topic = "speed"', 'topic = "weather"'), "statement 1 of .* is wrong"),
        (STATEMENT.replace("checked = 2026-11-24", ""), "statement 1 of .* is wrong"),
        (STATEMENT.replace("checked = 2026-11-24", 'checked = "lately"'), "statement 1 of .* is wrong"),
        (STATEMENT.replace('text = "quick"', ""), "statement 1 of .* is wrong"),
        (STATEMENT.replace("https://docs.aws.amazon.com/lambda/", "microservice/pod.py"), "statement 1 of .* is wrong"),
        (STATEMENT.replace("docs.aws.amazon.com", "blog.example.com"), "statement 1 of .* is wrong"),
        (STATEMENT + STATEMENT, "statement 2 of .* is wrong"),
    ],
)
def test_a_statement_that_is_wrong_is_refused(tmp_path: Path, text: str, documented: str) -> None:
    file = tmp_path / "platforms.toml"
    file.write_text(text)
    with pytest.raises(ActionableError, match=documented) as error:
        statements.read(file)
    assert error.value.fix


def test_a_statement_that_is_right_is_read(tmp_path: Path) -> None:
    file = tmp_path / "platforms.toml"
    file.write_text(STATEMENT)
    assert statements.read(file)["lambda", "speed"].text == "quick"


def test_the_simplest_has_least_to_patch_and_then_least_to_own(facts: Any) -> None:
    found = simplest(facts.targets)
    min_replicas = min(len(target.you_patch.items) for target in facts.targets)
    assert len(facts.target(found.target).you_patch.items) == least
    without = [target for target in facts.targets if target.id != found.target]
    assert simplest(without).target not in ("", found.target)


def test_nobody_is_told_to_take_what_is_closed(facts: Any) -> None:
    assert facts.target("app-runner").closed_to_new_customers
    alone = [facts.target("app-runner")]
    assert simplest(alone).target == ""
    assert "app-runner" not in {change.target for change in changes(facts.costs)}
    assert facts.answers[0].target != "app-runner"


def test_the_fastest_is_the_one_that_answered_clearly_first(facts: Any) -> None:
    taken = [target for target in facts.targets if target.local_run and not target.closed_to_new_customers]
    answered = [target for target in taken if target.local_run.outcome == "passed"]
    assert fastest(facts.targets, facts.run).target == ""
    assert fastest(facts.targets, facts.run).headline == "no clear answer"
    quick = replace(answered[2], local_run=replace(answered[2].local_run, startup_s=1.0))
    others = [quick if target.id == quick.id else target for target in facts.targets]
    assert fastest(others, facts.run).target == quick.id
    assert "1.0s" in fastest(others, facts.run).sentence
    assert "lambda starts at its first request" in fastest(others, facts.run).sentence
    assert fastest(facts.targets, None).headline == "not measured"


def test_what_starts_at_its_first_request_is_not_compared_with_what_always_runs(facts: Any) -> None:
    on_demand = facts.target("lambda")
    assert on_demand.local_run.outcome == "passed"
    quick = replace(on_demand, local_run=replace(on_demand.local_run, startup_s=0.1))
    others = [quick if target.id == quick.id else target for target in facts.targets]
    assert fastest(others, facts.run).target == ""
    assert "lambda starts at its first request, alone on the machine: that one took 0.1s." in (
        fastest(others, facts.run).sentence
    )


def test_a_start_counts_from_nothing(facts: Any) -> None:
    local_run = facts.targets[0].local_run
    assert measured.startup_s == pytest.approx(measured.deploy_s + measured.healthy_s)


def test_thresholds_name_each_change_of_the_cheapest(facts: Any) -> None:
    sentence = thresholds(facts.costs)
    first, *rest = changes(facts.costs)
    assert sentence.startswith(f"{first.target} is cheapest")
    assert sentence.count("then ") == len(rest)


def test_without_a_run_nothing_is_measured_and_all_else_is_there(assembly: Assembly, facts: Any) -> None:
    bare = gather(assembly)
    assert bare.run is None
    assert {target.local_run for target in bare.targets} == {None}
    assert [table.id for table in bare.tables] == [table.id for table in facts.tables]
    assert bare.answers[:2] == facts.answers[:2]


def test_a_target_that_is_not_there_is_an_error_that_names_those_that_are(facts: Any) -> None:
    with pytest.raises(ActionableError, match="no target is called 'nomad'") as error:
        facts.target("nomad")
    assert "ecs-fargate" in error.value.cause


def test_facts_are_frozen(facts: Any) -> None:
    with pytest.raises(AttributeError):
        facts.run = None
    assert replace(facts, run=None).run is None


def test_one_hour_a_day_is_one_hour(facts):
    assert "for 1 hour a day" in assumptions(facts.costs, Usage(hours_a_day=1))
    assert "for 1.5 hours a day" in assumptions(facts.costs, Usage(hours_a_day=1.5))
