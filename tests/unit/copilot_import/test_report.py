"""Complete reports: no valid manifest fails, and every field has a finding."""

import json
import re

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from copilot_import.findings import Outcome
from copilot_import.formats import as_json
from copilot_import.overrides import with_overrides
from copilot_import.report import Report, stack_name
from copilot_import.workload_types import WORKLOAD_TYPES
from copilot_import.yaml_tree import parse
from microservice.spec import ServiceSpec
from tests.conftest import ROOT
from tests.unit.copilot_import.reports import MANIFESTS, rejection, reported, service

SECTIONS = [
    "name",
    "image",
    "http",
    "count",
    "cpu",
    "variables",
    "secrets",
    "on",
    "environments",
    "network",
    "platform",
]

texts = st.text(max_size=12)
words = st.sampled_from(
    ["/", "/up?x=1", "a.example.com", "5s", "public", "private", "true", "${TAG}", '["a","b"]', "", "x" * 200]
)
numbers = st.integers(-1, 70000)
scalars = st.none() | st.booleans() | numbers | st.floats(allow_nan=False) | words | texts
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words | texts, inner, max_size=3), max_leaves=6
)


def some(**fields: st.SearchStrategy) -> st.SearchStrategy:
    return st.fixed_dictionaries({}, optional={name.rstrip("_"): value for name, value in fields.items()})


names = st.sampled_from(
    ["A", "LOG_LEVEL", "TZ", "PORT", "AWS_REGION", "OTEL_X", "OTEL_SERVICE_NAME", "a.b", "GREETING"]
)
values = words | texts | st.integers() | st.booleans() | st.none() | st.just({"from_cfn": "x"})
cooldown = some(in_=words, out=words)
aim = numbers.map(lambda n: n % 120) | some(value=st.integers(0, 120), cooldown=cooldown)
count = (
    st.integers(0, 30)
    | some(spot=st.integers(0, 9), range=st.just("1-4"))
    | some(
        range=st.sampled_from(["1-4", "0-3", {"min": 0, "max": 3, "spot_from": 2}]),
        cooldown=cooldown,
        cpu_percentage=aim,
        memory_percentage=aim,
        requests=aim,
        response_time=words,
        queue_delay=some(acceptable_latency=words, msg_processing_time=words),
    )
)
check = some(path=words, port=numbers, success_codes=words, interval=words, command=st.lists(words, max_size=3) | words)
placement = words | some(subnets=st.lists(words) | some(from_tags=st.dictionaries(words, words)))
fields = some(
    image=some(
        build=words | some(dockerfile=words, context=words, args=st.dictionaries(words, words), target=words),
        location=words,
        port=st.integers(1, 65535),
        healthcheck=check,
        labels=st.dictionaries(words, words),
        depends_on=st.dictionaries(words, words),
    ),
    http=st.booleans()
    | some(
        path=words,
        alias=words | st.lists(words | some(name=words)),
        healthcheck=words | check,
        target_port=st.integers(1, 65535),
        target_container=words,
        stickiness=st.booleans(),
        additional_rules=st.lists(some(path=words)),
        private=st.booleans() | some(endpoint=words),
    ),
    nlb=some(port=words),
    cpu=st.sampled_from([256, 512]),
    platform=st.sampled_from(["linux/arm64", "linux/x86_64", {"osfamily": "linux", "architecture": "amd64"}]),
    count=count,
    command=words | st.lists(words),
    entrypoint=words | st.lists(words),
    exec=st.booleans(),
    variables=st.dictionaries(names, values, max_size=4),
    secrets=st.dictionaries(names, words | st.just({"secretsmanager": "x"}) | st.just({"from_cfn": "y"}), max_size=3),
    env_file=words,
    storage=some(ephemeral=numbers, readonly_fs=st.booleans(), volumes=st.dictionaries(words, anything)),
    network=some(vpc=some(placement=placement, security_groups=st.lists(words) | anything), connect=st.booleans()),
    logging=some(retention=numbers, destination=st.dictionaries(words, words)),
    sidecars=st.dictionaries(words, anything, max_size=2),
    publish=some(topics=st.lists(anything, max_size=2)),
    subscribe=some(topics=st.lists(anything, max_size=2), queue=some(retention=words, fifo=st.booleans())),
    on=some(schedule=words | st.sampled_from(["@daily", "0 1 * * *", "none"])),
    retries=numbers,
    timeout=words,
    tags=st.dictionaries(words, words),
    files=st.lists(anything, max_size=2),
    deployment=some(rolling=words, rollback_alarms=st.lists(words) | some(cpu_utilization=numbers)),
    observability=some(tracing=st.just("awsxray")),
    taskdef_overrides=st.lists(some(path=words, value=anything), max_size=2),
    colour=anything,
)
valid_manifests = st.builds(
    lambda kind, own, over: {
        "name": "shop",
        "type": kind,
        "cpu": 512,
        "memory": 1024,
        **own,
        "environments": {"prod": over, "test": None},
    },
    st.sampled_from(list(WORKLOAD_TYPES)),
    fields,
    fields,
)


def covered(report: Report, path: tuple[str, ...]) -> bool:
    name = ".".join(path)
    return any(name == finding.field or name.startswith(f"{finding.field}.") for finding in report.findings)


@settings(deadline=None)
@given(valid_manifests, st.sampled_from([None, "prod", "test", "other"]))
def test_valid_manifests_are_imported_and_every_field_has_a_finding(manifest, environment):
    text = yaml.safe_dump(manifest, allow_unicode=True)
    report = reported(text, environment)
    assert as_json(report) == as_json(reported(text, environment)), "same input, same bytes"
    root = with_overrides(parse(text.encode(), "manifest.yml"), environment)
    paths = {path for path, node in root.leaves() if node.value is not None} - {("type",)}
    assert not [path for path in paths if not covered(report, path)]
    if report.spec:
        assert dict(ServiceSpec(**report.spec).environment) == report.spec["environment"]
        assert spec_of(report) == ServiceSpec(**report.spec)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(SECTIONS), anything), st.sampled_from(list(WORKLOAD_TYPES)))
def test_any_yaml_is_imported_or_rejected(manifest, kind):
    text = yaml.safe_dump({"type": kind, **manifest}, allow_unicode=True)
    rejected = rejection(lambda: as_json(reported(text, "prod")))
    assert rejected is None or (rejected.message and rejected.cause and rejected.fix)


@settings(deadline=None)
@given(st.binary(max_size=60) | texts.map(str.encode))
def test_any_bytes_are_parsed_or_rejected(content):
    rejected = rejection(lambda: parse(content, "manifest.yml"))
    assert rejected is None or (rejected.message and rejected.cause and rejected.fix)


def spec_of(report: Report) -> object:
    """Evaluate the generated file, without the stack of its own, which is not written here."""
    scope: dict[str, object] = {"__file__": str(ROOT / "service.py"), "ServiceSpec": ServiceSpec}
    compile(report.stack_source, report.stack_file or "none", "exec")
    exec(re.sub(r"(?m)^(from stacks\..+ import|STACK =) .*$", "", report.source), scope)
    return scope["SPEC"]


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.stem)
def test_json_has_every_part(path):
    written = json.loads(as_json(reported(path.read_text())))
    assert written.keys() == Report.__dataclass_fields__.keys()
    assert {finding["outcome"] for finding in written["findings"]} <= {str(outcome) for outcome in Outcome}


@pytest.mark.parametrize("workload_type", WORKLOAD_TYPES)
def test_each_workload_type_has_targets_or_an_alternative(workload_type):
    report = reported(service(workload_type))
    assert bool(report.targets) != bool(report.alternative)
    assert bool(report.stacks) == bool(report.targets)
    assert list(report.stacks) == list(report.targets)[: len(report.stacks)]
    assert bool(report.spec) == bool(report.source) == (workload_type != "Static Site")
    assert ("IMAGE = " in report.source) == bool(report.targets), "the spec alone without a target"
    assert (
        bool(report.stack_file) == bool(report.stack_source) == (workload_type in ("Worker Service", "Backend Service"))
    )


def test_targets_that_do_not_support_the_service_are_omitted():
    large = service("Request-Driven Web Service", cpu="4096", memory="30720")
    assert list(reported(large).targets) == ["ecs-express", "ecs-fargate"]
    arm = service("Request-Driven Web Service", platform="linux/arm64")
    assert "app-runner" not in reported(arm).targets
    assert "app-runner" in reported(service("Request-Driven Web Service")).targets


def test_every_target_of_a_workload_type_has_its_stack(synthesised):
    targets = {target for workload_type in WORKLOAD_TYPES.values() for target in workload_type.targets}
    assert {stack_name(target) for target in targets} <= synthesised.target_stacks


@pytest.mark.parametrize("path", [path for path in MANIFESTS if path.stem in ("load_balanced", "request_driven")])
def test_every_suitable_target_accepts_the_spec(path, variant):
    report = reported(path.read_text())
    made = variant(ServiceSpec(**report.spec))
    assert set(report.stacks.values()) <= made.templates.keys()
    assert [stack for stack in report.stacks.values() if "Url" not in made.templates[stack].get("Outputs", {})] == []


def test_overrides_of_the_environment_apply():
    shop = next(path for path in MANIFESTS if path.stem == "load_balanced").read_text()
    prod = reported(shop, "prod", {"TAG": "7"})
    assert (prod.spec["min_instances"], prod.spec["max_instances"], prod.spec["target_cpu_percent"]) == (4, 20, 50)
    assert prod.spec["environment"]["LOG_LEVEL"] == "warn"
    assert "image.location" in {finding.field for finding in prod.findings}
    assert not [finding for finding in prod.findings if finding.field.startswith("image.build")]
    assert reported(shop, "test").spec["max_instances"] == 1


def test_undefined_variables_are_listed():
    assert set(reported(service(variables="{A: '${TAG}'}")).missing) == {"TAG"}


@pytest.mark.parametrize("name", ["x", "9a", "Über shop"])
def test_an_error_names_the_service_as_the_manifest_does(name):
    rejected = rejection(lambda: reported(service(name=name, cpu="300", memory="512")))
    assert rejected
    assert rejected.cause.startswith(f"service {name!r}: cpu=300 is not supported by Fargate (allowed: 256")
