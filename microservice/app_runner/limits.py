"""The limits of App Runner: sizes, number of instances, and reserved variables."""

from collections.abc import Iterator
from typing import Any

from ..errors import UnsupportedSpecError
from ..spec import ServiceSpec
from ..validation import require_min_instances

_GIB = 1024
# CPU units -> memory in MiB.
# https://docs.aws.amazon.com/cdk/api/v2/docs/@aws-cdk_aws-apprunner-alpha.Memory.html
_MEMORY_MIB = {
    256: [512, 1 * _GIB],
    512: [1 * _GIB],
    1024: [2 * _GIB, 3 * _GIB, 4 * _GIB],
    2048: [4 * _GIB, 6 * _GIB],
    4096: [8 * _GIB, 10 * _GIB, 12 * _GIB],
}
# https://docs.aws.amazon.com/cdk/api/v2/python/aws_cdk.aws_apprunner_alpha/AutoScalingConfigurationProps.html
_MAX_INSTANCES = 25
# https://docs.aws.amazon.com/apprunner/latest/api/API_ImageConfiguration.html
_RESERVED_PREFIX = "AWSAPPRUNNER"


def validate_app_runner_spec(spec: ServiceSpec) -> None:
    """Check that App Runner supports a service.

    Raises:
        UnsupportedSpecError: App Runner does not support the architecture, the combination of CPU and memory, the
            number of instances, or the name of a variable.
    """
    for fault in _faults(spec):
        raise UnsupportedSpecError(service=spec.name, platform="App Runner", **fault)
    require_min_instances(spec, "App Runner", max_instances=_MAX_INSTANCES)


def _faults(spec: ServiceSpec) -> Iterator[dict[str, Any]]:
    if spec.architecture != "x86_64":
        fix = "Use another target for arm64."
        yield {"field": "architecture", "value": spec.architecture, "allowed": "'x86_64'", "fix": fix}
    if spec.cpu not in _MEMORY_MIB:
        allowed, fix = ", ".join(map(str, _MEMORY_MIB)), "Set cpu to the next larger value."
        yield {"field": "cpu", "value": spec.cpu, "allowed": allowed, "fix": fix}
    elif spec.memory_mib not in _MEMORY_MIB[spec.cpu]:
        yield {
            "field": "memory_mib",
            "value": spec.memory_mib,
            "detail": f"with cpu={spec.cpu}",
            "allowed": ", ".join(map(str, _MEMORY_MIB[spec.cpu])),
            "fix": "Set memory_mib to one of these, or change cpu.",
        }
    for name, value in spec.environment.items():
        if name.startswith(_RESERVED_PREFIX):
            allowed, fix = f"names that do not start with {_RESERVED_PREFIX!r}", "Rename the variable."
            yield {"field": f"environment[{name!r}]", "value": value, "allowed": allowed, "fix": fix}
    if spec.max_instances > _MAX_INSTANCES:
        fix = "Reduce max_instances, or use an ECS target."
        yield {"field": "max_instances", "value": spec.max_instances, "allowed": f"1 to {_MAX_INSTANCES}", "fix": fix}
