"""Which processors Fargate sells with which memory."""

from ..spec import ServiceSpec

_GIB = 1024
# CPU units -> (least memory, most memory, step) in MiB.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html#fargate-tasks-size
_FARGATE_SIZES = {
    512: (1 * _GIB, 4 * _GIB, _GIB),
    1024: (2 * _GIB, 8 * _GIB, _GIB),
    2048: (4 * _GIB, 16 * _GIB, _GIB),
    4096: (8 * _GIB, 30 * _GIB, _GIB),
    8192: (16 * _GIB, 60 * _GIB, 4 * _GIB),
    16384: (32 * _GIB, 120 * _GIB, 8 * _GIB),
}
_FARGATE_MEMORY_MIB = {
    256: [512, 1 * _GIB, 2 * _GIB],
    **{cpu: list(range(low, high + 1, step)) for cpu, (low, high, step) in _FARGATE_SIZES.items()},
}


def validate_task_size(spec: ServiceSpec) -> None:
    """Let through what Fargate sells.

    Raises:
        ValueError: if it does not sell this cpu, or not with this memory; says what it sells.
    """
    allowed = _FARGATE_MEMORY_MIB.get(spec.cpu)
    if allowed is None:
        sizes = ", ".join(map(str, _FARGATE_MEMORY_MIB))
        raise ValueError(
            f"service {spec.name!r} cannot run on Fargate: cpu is {spec.cpu}; allowed: {sizes}; fix: take the next one"
        )
    if spec.memory_mib not in allowed:
        raise ValueError(
            f"service {spec.name!r} cannot run on Fargate: memory_mib is {spec.memory_mib} with cpu {spec.cpu}; "
            f"allowed: {', '.join(map(str, allowed))}; fix: take one of these, or another cpu"
        )
