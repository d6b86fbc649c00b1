"""The context values of the app: `cdk deploy -c NAME=VALUE`."""

import dataclasses
import difflib
import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Self

from microservice import ServiceSpec

# Maximum length of a stage's name: X-Ray allows 32 characters for the name of its group, which is the stack's name.
_MAX_STAGE = 16
# Names of feature flags, look-ups and settings of the CDK CLI: `@aws-cdk/…`, `availability-zones:…`, `aws:cdk:…`.
_NAME_OF_CDK = re.compile(r"[:/]")
# `cdk acknowledge` writes it to `cdk.context.json`.
_OTHER_NAMES_OF_CDK = frozenset({"acknowledged-issue-numbers"})


@dataclasses.dataclass(frozen=True, kw_only=True)
class Context:
    """The context values, checked.

    Attributes:
        app_runner: `true` adds the target `app-runner`. App Runner is closed to new customers since 2026-04-30.
        base_image: Base image of the container image. Default: the Dockerfile's. The environment variable BASE_IMAGE
            does the same.
        service_file: Python file that describes another service, such as `samples/hello_node/service.py`. Default:
            `service.py`. The environment variable SERVICE_FILE does the same.
        service: Fields of the service spec to override, as JSON: `{"memory_mib": 1024}`.
        alarm_emails: E-mail addresses that the alarms of all stacks notify, separated by spaces.
        alarm_topic: ARN of an existing SNS topic that they notify, instead of e-mail addresses.
        availability_zones: Two Availability Zones of the networks, separated by commas. Default: the first two.
        network: `isolated` runs the tasks of ECS on Fargate without a route to the internet, with VPC endpoints instead
            of a NAT gateway. It leaves out the targets with instances or a Kubernetes cluster in that network:
            `ecs-managed-instances`, `eks-auto`, `eks-fargate`, `beanstalk` and `ec2-podman`. Default: `nat`.
        stage: Name of a second app in the same account and Region, such as `beta`: it precedes the name of every stack
            and of the ECR repository. Default: the name of the `cdk.Stage`, if there is one.
        workloads: `true` adds a worker and a scheduled job on ECS, EKS and Lambda.
        transaction_search: `true` turns on Transaction Search for the account and Region, which traces require.
    """

    app_runner: bool = False
    base_image: str = ""
    service_file: str = ""
    service: Mapping[str, object] = dataclasses.field(default_factory=dict)
    alarm_emails: Sequence[str] = ()
    alarm_topic: str = ""
    availability_zones: Sequence[str] = ()
    network: str = "nat"
    stage: str = ""
    workloads: bool = False
    transaction_search: bool = False

    @classmethod
    def read(cls, value_of: Callable[[str], object], cdk_stage: str = "") -> Self:
        """Check the values, and return them.

        Args:
            value_of: Returns the value of a name, or None.
            cdk_stage: Name of the `cdk.Stage` that gets the stacks. Default: none.

        Raises:
            ValueError: A value is not valid, or not supported together with another one.
        """

        def text(name: str) -> str:
            return str(value_of(name) or "")

        found = cls(
            app_runner=_flag("app_runner", text("app_runner")),
            base_image=text("base_image"),
            service_file=text("service_file"),
            service=_spec_fields(value_of("service")),
            alarm_emails=tuple(text("alarm_emails").split()),
            alarm_topic=text("alarm_topic"),
            availability_zones=tuple(text("availability_zones").replace(",", " ").split()),
            network=text("network") or "nat",
            stage=stage_name(value_of("stage"), cdk_stage),
            workloads=_flag("workloads", text("workloads")),
            transaction_search=_flag("transaction_search", text("transaction_search")),
        )
        found._require_supported()
        return found

    @property
    def is_isolated(self) -> bool:
        """Whether the subnets have no route to the internet."""
        return self.network == "isolated"

    def _require_supported(self) -> None:
        _require_alarm_receivers(self.alarm_topic, self.alarm_emails)
        if self.network not in ("nat", "isolated"):
            raise ValueError(
                f"network={self.network!r} is not valid (allowed: nat, isolated). Pass -c network=isolated, or none."
            )
        if self.workloads and self.is_isolated:
            raise ValueError(
                "workloads=true is not supported with network='isolated' (allowed: nat, whose gateway they use). "
                "Remove one of the two context values."
            )
        if self.transaction_search and self.stage:
            raise ValueError(
                f"transaction_search=true is not supported with stage={self.stage!r}: it is one setting of the account "
                "and Region. Deploy it with the app that has no stage."
            )


def require_known(given: Mapping[str, object], known: Collection[str] = ()) -> None:
    """Reject context values that the app would ignore, such as those with a misspelt name.

    Args:
        given: Name -> value of every context value.
        known: More names to allow, such as those in `cdk.json`. Default: none.

    Raises:
        ValueError: A name is neither a context value of the app nor one of the CDK.
    """
    allowed = [field.name for field in dataclasses.fields(Context)]
    others = {*allowed, *known, *_OTHER_NAMES_OF_CDK}
    for name, value in given.items():
        if name not in others and not _NAME_OF_CDK.search(name):
            near = difflib.get_close_matches(name.lower(), allowed, n=1)
            fix = f"Pass -c {near[0]}=…, the nearest name." if near else "Remove it, or correct its name."
            raise ValueError(f"context {name}={value!r} is not known (allowed: {', '.join(allowed)}). {fix}")


def stage_name(value: object, cdk_stage: str = "") -> str:
    """Return the name of the stage: the context value `stage`, or the name of the `cdk.Stage`; "" without either.

    Names of AWS resources that must be lowercase have the stage in lowercase letters.

    Raises:
        ValueError: The name does not fit the names that contain it, or both are set.
    """
    given = "" if value is None else str(value)
    if given and cdk_stage:
        raise ValueError(
            f"context stage={given!r} is not supported in the cdk.Stage {cdk_stage!r} (allowed: one of them). "
            "Remove the context value."
        )
    stage = given or cdk_stage
    if value is None and not stage:
        return ""
    # A cdk.Stage may have capital letters, such as "Prod"; a context value is also typed in commands.
    valid = stage if given else stage.lower()
    if len(stage) > _MAX_STAGE or not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", valid):
        raise ValueError(
            f"stage={stage!r} is not valid (allowed: 1 to {_MAX_STAGE} lowercase letters, digits and single hyphens, a "
            "letter first). Pass a name such as -c stage=beta, or none."
        )
    return stage


def _flag(name: str, value: str) -> bool:
    if value.lower() not in ("true", "false", ""):
        raise ValueError(f"{name}={value!r} is not valid (allowed: true, false). Pass -c {name}=true.")
    return value.lower() == "true"


def _spec_fields(value: object) -> Mapping[str, object]:
    """Return fields of the spec: a mapping, or one as JSON."""
    allowed = [field.name for field in dataclasses.fields(ServiceSpec)]
    try:
        given = json.loads(value) if isinstance(value, str) else value or {}
    except json.JSONDecodeError:
        given = value
    if not isinstance(given, dict) or given.keys() - set(allowed):
        raise ValueError(
            f"context service={given!r} is not valid (allowed: {', '.join(allowed)}). Set one of these as JSON: "
            '{"memory_mib": 1024}.'
        )
    return given


def _require_alarm_receivers(topic: str, emails: Sequence[str]) -> None:
    if topic and emails:
        raise ValueError("context alarm_topic and alarm_emails are both set (allowed: one of them). Remove the other.")
    if topic and not re.fullmatch(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]+", topic):
        raise ValueError(
            f"context alarm_topic={topic!r} is not valid (allowed: the ARN of an SNS topic in the Region of the "
            "stacks). Set a TopicArn of `aws sns list-topics`."
        )
    if not all("@" in email for email in emails):
        raise ValueError(
            f"context alarm_emails={' '.join(emails)!r} is not valid (allowed: e-mail addresses, separated by spaces). "
            "Correct the address without '@', or set alarm_topic to the ARN of a topic."
        )
