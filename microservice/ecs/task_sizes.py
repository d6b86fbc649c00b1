"""The task sizes of Fargate: supported combinations of CPU and memory."""

from ..errors import UnsupportedSpecError
from ..spec import ServiceSpec

_GIB = 1024
# CPU units -> (minimum memory, maximum memory, step) in MiB.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html#fargate-tasks-size
_RANGES = {
    512: (1 * _GIB, 4 * _GIB, _GIB),
    1024: (2 * _GIB, 8 * _GIB, _GIB),
    2048: (4 * _GIB, 16 * _GIB, _GIB),
    4096: (8 * _GIB, 30 * _GIB, _GIB),
    8192: (16 * _GIB, 60 * _GIB, 4 * _GIB),
    16384: (32 * _GIB, 120 * _GIB, 8 * _GIB),
}
_MEMORY_MIB = {
    256: [512, 1 * _GIB, 2 * _GIB],
    **{cpu: list(range(low, high + 1, step)) for cpu, (low, high, step) in _RANGES.items()},
}


def validate_task_size(spec: ServiceSpec) -> None:
    """Check that Fargate supports the combination of CPU and memory.

    Raises:
        UnsupportedSpecError: Fargate does not support `cpu`, or not with `memory_mib`.
    """
    allowed = _MEMORY_MIB.get(spec.cpu)
    if allowed is None:
        raise UnsupportedSpecError(
            service=spec.name,
            platform="Fargate",
            field="cpu",
            value=spec.cpu,
            allowed=", ".join(map(str, _MEMORY_MIB)),
            fix="Set cpu to the next larger value.",
        )
    if spec.memory_mib not in allowed:
        raise UnsupportedSpecError(
            service=spec.name,
            platform="Fargate",
            field="memory_mib",
            value=spec.memory_mib,
            detail=f"with cpu={spec.cpu}",
            allowed=", ".join(map(str, allowed)),
            fix="Set memory_mib to one of these, or change cpu.",
        )
