"""The facts: each has an origin, and what is unknown is said to be unknown."""

import datetime
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from comparison.facts import Cell, docs, gather
from comparison.facts.answers import fastest, simplest
from comparison.facts.costs import assumptions
from comparison.facts.docs import TOPICS, read, read_abilities, read_not_covered
from comparison.facts.matrix import NOT_RUN, UNKNOWN
from comparison.facts.placement import Placement, replica_packing
from comparison.thresholds import thresholds, thresholds_text, thresholds_text_of_all, waiting_text
from deployment.assembly import Assembly
from deployment.errors import ActionableError
from local_aws.emulator.services import EXECUTORS
from pricing.break_even import cheapest as cheapest_target
from pricing.prices import PriceList
from pricing.usage import Usage
from tests.conftest import ROOT

FACT = """[[fact]]
topic = "scaling_speed"
targets = ["lambda"]
text = "quick"
source = "https://docs.aws.amazon.com/lambda/"
checked_on = 2026-11-24
"""


def cells(facts: Any) -> list[Cell]:
    return [cell for table in facts.tables for row in table.rows.values() for cell in row]


def cell(facts: Any, table: str, target: str, column: str) -> Cell:
    [found] = [one for one in facts.tables if one.id == table]
    return found.rows[target][found.columns.index(column)]


def placements(facts: Any) -> dict[str, Placement]:
    return {target.id: target.placement for target in facts.targets}


def test_every_table_has_a_row_for_every_target_and_a_cell_for_every_column(facts: Any) -> None:
    for table in facts.tables:
        assert list(table.rows) == [target.id for target in facts.targets]
        assert {len(row) for row in table.rows.values()} == {len(table.columns)}


def test_every_cell_has_a_text_and_an_origin(facts: Any) -> None:
    assert all(cell.text for cell in cells(facts))
    assert all(bool(cell.source) == bool(cell.checked_on) == (cell.origin == "docs") for cell in cells(facts))
    assert {cell.text for cell in cells(facts) if not cell.origin} <= {UNKNOWN, NOT_RUN}


def test_nothing_is_unknown(facts: Any) -> None:
    assert [cell for cell in cells(facts) if cell.text == UNKNOWN] == []


def test_where_the_documentation_is_silent_a_cell_says_so_with_its_page(facts: Any) -> None:
    silent = [cell for cell in cells(facts) if "AWS does not say" in cell.text]
    assert silent
    assert all(cell.origin == "docs" and cell.source for cell in silent)


def test_settings_of_templates_cite_no_page(facts: Any) -> None:
    assert cell(facts, "observability", "beanstalk", "traces") == Cell(
        text="5 % of new traces, to X-Ray", origin="template"
    )
    logs = cell(facts, "observability", "ec2-podman", "log destination")
    assert logs == Cell(text="CloudWatch Logs", origin="template")
    assert cell(facts, "observability", "eks-auto", "log destination").origin == "docs"
    assert cell(facts, "limits", "ec2-podman", "architecture") == Cell(text="x86_64", origin="template")
    assert cell(facts, "isolation", "beanstalk", "isolation of replicas").origin == "template"
    assert cell(facts, "rollout", "ecs-express", "error rate alarm").origin == "docs"


def test_wildcards_of_every_role_are_in_the_matrix(facts: Any) -> None:
    assert cell(facts, "permissions", "app-runner", "on any resource (*)").entries == (
        "xray:PutSpans",
        "xray:PutSpansForIndexing",
        "xray:PutTraceSegments",
    )
    assert "ssmmessages: 4 actions" in cell(facts, "permissions", "ec2-podman", "on any resource (*)").entries
    assert "logs log-group:/aws/elasticbeanstalk/*" in cell(facts, "permissions", "beanstalk", "on a pattern").entries
    roles = [(target.id, role) for target in facts.targets for role in target.roles]
    for target, name in {(target, name) for target, role in roles for name in role.managed_policies}:
        assert name in cell(facts, "permissions", target, "other roles").text
    assert "xray:PutSpans" in cell(facts, "permissions", "ecs-fargate", "on any resource (*)").text
    assert cell(facts, "permissions", "ecs-fargate", "on a pattern").text == "none"
    assert cell(facts, "permissions", "ecs-fargate", "other roles").entries == (
        "Orders/TaskDefinition/ExecutionRole (ecs-tasks): 3 statements, ecr:GetAuthorizationToken on any resource (*)",
    )


@pytest.mark.parametrize(
    ("table", "target", "column", "pattern"),
    [
        ("isolation", "ecs-managed-instances", "AWS patches", r"drains each\b.*?\b14\b.*? terminates it by day 21"),
        (
            "rollout",
            "ecs-express",
            "automatic rollback on",
            r"more than 1 % of 4xx and 5xx\b.*? in 2 data points within 3 minutes",
        ),
    ],
)
def test_matrix_construct_and_guide_agree(facts: Any, table: str, target: str, column: str, pattern: str) -> None:
    documented = cell(facts, table, target, column)
    guide = (ROOT / "docs" / "targets" / f"{target}.md").read_text()
    construct = " ".join(facts.target(target).description)
    for text in (documented.text, construct, guide):
        assert re.search(pattern, " ".join(text.split()))
    assert documented.source in guide


def test_an_instance_of_your_own_runs_one_replica_and_a_shared_one_as_many_as_fit(facts: Any) -> None:
    found = placements(facts)
    assert {name for name, one in found.items() if one.replicas_per_instance == 1} == {"beanstalk", "ec2-podman"}
    assert {name for name, one in found.items() if one.selected_by_aws} == {"ecs-managed-instances", "eks-auto"}
    for one in (found["ecs-managed-instances"], found["eks-auto"]):
        instance_type = PriceList.load().instance_type(one.instance_type)
        assert one.instance_mib == instance_type.memory_gib * 1024
        assert one.replicas_per_instance
        assert 512 * one.replicas_per_instance <= one.instance_mib < 512 * (one.replicas_per_instance + 3)
        assert one.billed_mib_when_full == one.instance_mib / one.replicas_per_instance


def test_billed_memory_per_replica(facts: Any) -> None:
    """t3.small has 2 GiB; tasks have 512 MiB; two tasks in two zones need an instance each; pods get 256 MiB more."""
    found = {name: one.billed_mib for name, one in placements(facts).items()}
    assert found["ec2-podman"] == found["beanstalk"] == 2048
    assert found["ecs-fargate"] == found["ecs-express"] == found["lambda"] == found["app-runner"] == 512
    assert found["eks-fargate"] == 1024
    assert found["ecs-managed-instances"] == found["eks-auto"] == placements(facts)["eks-auto"].instance_mib


def test_the_type_of_an_instance_of_your_own_fits_more_replicas(facts: Any) -> None:
    """768 of 2,048 MiB are reserved; the rest fits two replicas of 512 MiB."""
    found = placements(facts)["ec2-podman"]
    assert (found.instance_type, found.replicas_that_fit) == ("t3.small", (2048 - 768) // 512)
    assert cell(facts, "placement", "ec2-podman", "replicas per instance").text == "1; 2 would fit"


def test_used_memory_and_the_first_response_are_measured_and_instances_are_not(facts: Any) -> None:
    found = facts.target("ecs-fargate").local_run
    used = cell(facts, "placement", "ecs-fargate", "used, local run")
    assert used == Cell(text=f"{found.memory_mib:.0f} MiB, {100 * found.memory_mib / 512:.1f} %", origin="run")
    response = cell(facts, "placement", "ecs-managed-instances", "first response, local run")
    assert response.text.endswith("without the start of an instance")
    assert cell(facts, "placement", "ec2-podman", "instance startup").origin == "docs"
    below = cell(facts, "placement", "ec2-podman", "you patch below the image")
    assert below.text == "the operating system, Podman"


def test_without_a_target_that_shares_instances_there_is_no_packing() -> None:
    assert replica_packing([]) is None


def test_the_contract_has_what_the_constructs_declare(facts: Any) -> None:
    table = facts.tables[0]
    for target in facts.targets:
        unsupported = {
            column: cell.text
            for column, cell in zip(table.columns, table.rows[target.id], strict=True)
            if cell.origin == "construct"
        }
        assert unsupported == dict(target.unsupported_fields)


def test_spec_fields_have_defaults_and_descriptions(facts: Any) -> None:
    found = {field.name: field for field in facts.spec_fields}
    assert list(found)[:2] == ["name", "port"]
    assert found["port"].default == "8080"
    assert found["name"].default == ""
    assert all(field.description for field in facts.spec_fields)


def test_constructs_say_what_they_create_and_when_to_choose_them(facts: Any) -> None:
    for target in facts.targets:
        assert target.summary
        text = " ".join(target.description)
        assert re.search(r"Choose it .* Do not choose it ", text), target.id


def test_a_source_file_is_found_by_its_module(assembly: Assembly, tmp_path: Path) -> None:
    [first, *_] = assembly.targets.values()
    file = tmp_path / f"{first.module.replace('.', '/')}.py"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("one\n\ntwo\n")
    found = gather(assembly, source=tmp_path)
    assert (found.targets[0].source_file, found.targets[0].construct_lines) == (str(file.relative_to(tmp_path)), 2)
    assert (found.targets[1].source_file, found.targets[1].construct_lines) == ("", 0)


def test_documented_facts_are_about_existing_targets_and_have_a_day(facts: Any) -> None:
    found = read()
    assert {target for target, _ in found} == {target.id for target in facts.targets}
    for fact in found.values():
        assert datetime.date(2026, 1, 1) < fact.checked_on <= datetime.date.today()


def test_every_topic_is_used() -> None:
    assert {topic for _, topic in read()} == set(TOPICS)


def test_the_execution_of_each_target_is_that_of_the_local_run(facts: Any) -> None:
    for target in facts.targets:
        types = {type_ for type_, _ in target.resource_types}
        executors = [executor.name for type_, executor in EXECUTORS.items() if type_ in types]
        assert target.local_execution.text == ", ".join(executors), target.id


def test_platforms_that_are_not_covered_have_a_reason_and_a_page(facts: Any) -> None:
    assert facts.not_covered == read_not_covered()
    assert len(facts.not_covered) == 9
    for platform in facts.not_covered:
        assert platform.summary
        assert platform.reason
        assert platform.source.startswith("https://docs.aws.amazon.com/")


def test_a_new_ability_names_targets_and_says_whether_the_templates_use_it(facts: Any) -> None:
    abilities = read_abilities()
    assert len({one.name for one in abilities}) == len(abilities) > 3
    targets = {target.id for target in facts.targets}
    for one in abilities:
        assert set(one.targets) <= targets
        assert re.match(r"\d{4}-\d{2}", one.since)
        assert re.match(r"yes|no: |`", one.use)


def test_an_ability_without_a_date_of_announcement_is_rejected(tmp_path: Path) -> None:
    path = tmp_path / "platforms.toml"
    path.write_text(FACT.replace("[[fact]]", "[[ability]]").replace("topic =", "name ="))
    with pytest.raises(ActionableError) as caught:
        read_abilities(path)
    assert caught.value.cause == "it lacks since, use"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("not toml at all", "cannot be read"),
        ("title = 'no fact'", "cannot be read"),
        (FACT.replace('topic = "scaling_speed"', 'topic = "weather"'), "fact 1 of .* is invalid"),
        (FACT.replace("checked_on = 2026-11-24", ""), "fact 1 of .* is invalid"),
        (FACT.replace("checked_on = 2026-11-24", 'checked_on = "lately"'), "fact 1 of .* is invalid"),
        (FACT.replace('text = "quick"', ""), "fact 1 of .* is invalid"),
        (FACT.replace("https://docs.aws.amazon.com/lambda/", "microservice/pod.py"), "fact 1 of .* is invalid"),
        (FACT.replace("docs.aws.amazon.com", "blog.example.com"), "fact 1 of .* is invalid"),
        (FACT.replace('source = "https://docs.aws.amazon.com/lambda/"', ""), "fact 1 of .* is invalid"),
        (FACT + FACT, "fact 2 of .* is invalid"),
    ],
)
def test_an_invalid_fact_is_rejected(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "platforms.toml"
    file.write_text(text)
    with pytest.raises(ActionableError, match=message) as error:
        docs.read(file)
    assert error.value.fix


def test_a_platform_without_a_reason_is_rejected(tmp_path: Path) -> None:
    file = tmp_path / "platforms.toml"
    file.write_text('[[not_covered]]\nname = "A"\nsummary = "b"\n')
    with pytest.raises(ActionableError, match=r"platform 1 of .* is invalid"):
        read_not_covered(file)


def test_a_valid_fact_is_read(tmp_path: Path) -> None:
    file = tmp_path / "platforms.toml"
    file.write_text(FACT)
    assert docs.read(file)["lambda", "scaling_speed"].text == "quick"


def test_the_simplest_target_has_the_fewest_things_to_patch_and_resources(facts: Any) -> None:
    found = simplest(facts.targets)
    fewest = min(len(target.you_patch.items) for target in facts.targets)
    assert len(facts.target(found.target).you_patch.items) == fewest
    without = [target for target in facts.targets if target.id != found.target]
    assert simplest(without).target not in ("", found.target)


def test_no_answer_is_closed_to_new_customers(facts: Any) -> None:
    assert facts.target("app-runner").closed_to_new_customers
    alone = [facts.target("app-runner")]
    assert simplest(alone).target == ""
    assert "app-runner" not in {threshold.target for threshold in thresholds(facts.costs)}
    assert facts.answers[0].target != "app-runner"


def test_the_fastest_target_is_significantly_faster_than_all_others(facts: Any) -> None:
    taken = [target for target in facts.targets if target.local_run and not target.closed_to_new_customers]
    answered = [target for target in taken if target.local_run.outcome == "passed"]
    assert fastest(facts.targets, facts.run).target == ""
    assert fastest(facts.targets, facts.run).headline == "no clear answer"
    quick = replace(answered[2], local_run=replace(answered[2].local_run, startup_s=1.0))
    others = [quick if target.id == quick.id else target for target in facts.targets]
    assert fastest(others, facts.run).target == quick.id
    assert "1.0s" in fastest(others, facts.run).sentence
    assert "lambda starts alone, on its first request" in fastest(others, facts.run).sentence
    assert fastest(facts.targets, None).headline == "not measured"


def test_targets_that_scale_to_zero_are_not_compared_with_those_that_always_run(facts: Any) -> None:
    on_demand = facts.target("lambda")
    assert on_demand.local_run.outcome == "passed"
    quick = replace(on_demand, local_run=replace(on_demand.local_run, startup_s=0.1))
    others = [quick if target.id == quick.id else target for target in facts.targets]
    assert fastest(others, facts.run).target == ""
    assert "lambda starts alone, on its first request, which took 0.1s." in (fastest(others, facts.run).sentence)


def test_the_startup_includes_the_deployment(facts: Any) -> None:
    found = facts.targets[0].local_run
    assert found.startup_s == pytest.approx(found.deploy_s + found.healthy_s)


def test_thresholds_name_each_change_of_the_cheapest_target(facts: Any) -> None:
    sentence = thresholds_text(facts.costs)
    first, *rest = thresholds(facts.costs)
    assert sentence.startswith(f"with 5 ms of vCPU time and 10 ms of waiting per request, {first.target} is cheapest")
    assert sentence.count("then ") == len(rest)


def test_the_sentences_name_the_cheapest_target_of_a_dense_set_of_loads(facts: Any) -> None:
    """All sentences: of the targets open to new customers, of all, and by waiting time; beside their rounded rates."""
    costs = facts.costs
    open_ = [model for model in costs.cost_models if not model.closed_to_new_customers]
    for models, sentence in ((open_, thresholds_text(costs)), (costs.cost_models, thresholds_text_of_all(costs))):
        parts = re.findall(r"([\w-]+)(?: is cheapest)? up to ([\d.,]+) requests/s", sentence)
        ends = [float(end.replace(",", "")) for _, end in parts]
        assert ends == sorted(ends)
        for load in (ends[-1] * 10 ** (-step / 200) for step in range(1, 1200)):
            if all(abs(load / end - 1) > 0.01 for end in ends):
                named = next(target for (target, _), end in zip(parts, ends, strict=True) if load < end)
                assert cheapest_target(models, costs.usage.at(load)) == named, load


def test_the_waiting_time_moves_the_first_threshold(facts: Any) -> None:
    text = waiting_text(facts.costs)
    found = [(float(wait), float(end)) for end, wait in re.findall(r"([\d.]+) at (\d+) ms", text)]
    assert [wait for wait, _ in found] == [0, 10, 30, 100, 500]
    assert found == sorted(found, key=lambda each: -each[1])
    assert found[1][1] == pytest.approx(list(thresholds(facts.costs))[1].requests_per_second, rel=0.01)


def test_without_a_run_nothing_is_measured_and_all_else_is_there(assembly: Assembly, facts: Any) -> None:
    bare = gather(assembly)
    assert bare.run is None
    assert {target.local_run for target in bare.targets} == {None}
    assert [table.id for table in bare.tables] == [table.id for table in facts.tables]
    assert bare.answers[:2] == facts.answers[:2]


def test_an_unknown_target_is_an_error_that_names_the_known_ones(facts: Any) -> None:
    with pytest.raises(ActionableError, match="unknown target 'nomad'") as error:
        facts.target("nomad")
    assert "ecs-fargate" in error.value.cause


def test_facts_are_frozen(facts: Any) -> None:
    with pytest.raises(AttributeError):
        facts.run = None
    assert replace(facts, run=None).run is None


def test_one_hour_a_day_is_one_hour(facts):
    assert "for 1 hour a day" in assumptions(facts.costs, Usage(hours_a_day=1))
    assert "for 1.5 hours a day" in assumptions(facts.costs, Usage(hours_a_day=1.5))
