"""What App Runner runs: which processors with which memory, and how many copies."""

from ..spec import ServiceSpec

_GIB = 1024
# CPU units -> memory in MiB.
# https://docs.aws.amazon.com/cdk/api/v2/docs/@aws-cdk_aws-apprunner-alpha.Memory.html (which memory for which vCPU)
_MEMORY_MIB = {
    256: [512, 1 * _GIB],
    512: [1 * _GIB],
    1024: [2 * _GIB, 3 * _GIB, 4 * _GIB],
    2048: [4 * _GIB, 6 * _GIB],
    4096: [8 * _GIB, 10 * _GIB, 12 * _GIB],
}
# https://docs.aws.amazon.com/cdk/api/v2/python/aws_cdk.aws_apprunner_alpha/AutoScalingConfigurationProps.html
_MOST_INSTANCES = 25
# https://docs.aws.amazon.com/apprunner/latest/api/API_ImageConfiguration.html
_RESERVED_PREFIX = "AWSAPPRUNNER"


def validate_app_runner_spec(spec: ServiceSpec) -> None:
    """Let through what App Runner runs.

    Raises:
        ValueError: if it does not run this architecture, this cpu with this memory, so few or so many copies, or keeps
            the name of a variable to itself.
    """
    if spec.architecture != "x86_64":
        raise _refusal(spec, f"architecture is {spec.architecture!r}", "'x86_64'", "take another target for arm64")
    if spec.cpu not in _MEMORY_MIB:
        raise _refusal(spec, f"cpu is {spec.cpu}", ", ".join(map(str, _MEMORY_MIB)), "take the next one")
    if spec.memory_mib not in _MEMORY_MIB[spec.cpu]:
        allowed = ", ".join(map(str, _MEMORY_MIB[spec.cpu]))
        fault = f"memory_mib is {spec.memory_mib} with cpu {spec.cpu}"
        raise _refusal(spec, fault, allowed, "take one of these, or another cpu")
    if spec.min_instances == 0:
        raise _refusal(spec, "min_instances is 0", f"1 to {_MOST_INSTANCES}", "keep one, or take Lambda")
    taken = [name for name in spec.environment if name.startswith(_RESERVED_PREFIX)]
    if taken:
        allowed = f"names that do not start with {_RESERVED_PREFIX!r}"
        raise _refusal(spec, f"environment names {taken[0]!r}", allowed, "rename the variable")
    if spec.max_instances > _MOST_INSTANCES:
        allowed = f"1 to {_MOST_INSTANCES}"
        raise _refusal(spec, f"max_instances is {spec.max_instances}", allowed, "lower it, or take ECS")


def _refusal(spec: ServiceSpec, fault: str, allowed: str, fix: str) -> ValueError:
    return ValueError(f"service {spec.name!r} cannot run on App Runner: {fault}; allowed: {allowed}; fix: {fix}")
