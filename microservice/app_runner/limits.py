"""The limits of App Runner: sizes, number of instances, and reserved variables."""

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
    if spec.architecture != "x86_64":
        raise _unsupported(spec, "architecture", spec.architecture, "'x86_64'", "Use another target for arm64.")
    if spec.cpu not in _MEMORY_MIB:
        allowed = ", ".join(map(str, _MEMORY_MIB))
        raise _unsupported(spec, "cpu", spec.cpu, allowed, "Set cpu to the next larger value.")
    if spec.memory_mib not in _MEMORY_MIB[spec.cpu]:
        allowed, fix = ", ".join(map(str, _MEMORY_MIB[spec.cpu])), "Set memory_mib to one of these, or change cpu."
        raise _unsupported(spec, "memory_mib", spec.memory_mib, allowed, fix, detail=f"with cpu={spec.cpu}")
    for name, value in spec.environment.items():
        if name.startswith(_RESERVED_PREFIX):
            allowed = f"names that do not start with {_RESERVED_PREFIX!r}"
            raise _unsupported(spec, f"environment[{name!r}]", value, allowed, "Rename the variable.")
    if spec.max_instances > _MAX_INSTANCES:
        allowed, fix = f"1 to {_MAX_INSTANCES}", "Reduce max_instances, or use an ECS target."
        raise _unsupported(spec, "max_instances", spec.max_instances, allowed, fix)
    require_min_instances(spec, "App Runner", max_instances=_MAX_INSTANCES)


def _unsupported(
    spec: ServiceSpec, field: str, value: object, allowed: str, fix: str, *, detail: str = ""
) -> UnsupportedSpecError:
    return UnsupportedSpecError(
        service=spec.name, platform="App Runner", field=field, value=value, allowed=allowed, fix=fix, detail=detail
    )
