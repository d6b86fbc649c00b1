"""The tables of measurements. Absolute values depend on the computer, ratios less so."""

from collections.abc import Iterator, Sequence

from benchmarks.service.http_costs import HttpCost
from benchmarks.service.lambda_costs import LambdaCost


def http_table(title: str, costs: Sequence[HttpCost]) -> Iterator[str]:
    """Yield a line for each candidate; ratios are relative to the first."""
    columns = (
        f"{'CPU us':>8}{'ratio':>7}{'req/s':>8}{'p50 ms':>8}{'p99 ms':>8}{'MiB idle':>10}{'busy':>6}{'start s':>9}"
    )
    yield f"{title:34}{columns}"
    for cost in costs:
        load = cost.load
        yield (
            f"  {cost.name:32}{cost.cpu_us:8.1f}{cost.cpu_us / costs[0].cpu_us:7.2f}{load.requests / load.seconds:8.0f}"
            f"{load.percentile(0.5):8.2f}{load.percentile(0.99):8.2f}"
            f"{cost.idle_mib:10.0f}{cost.busy_mib:6.0f}{cost.startup_s:9.2f}"
        )


def lambda_table(title: str, costs: Sequence[LambdaCost]) -> Iterator[str]:
    """Yield a line for each handler; ratios are relative to the first."""
    yield f"{title:34}{'cold ms':>8}{'CPU ms':>8}{'ratio':>7}{'warm ms':>9}{'CPU ms':>8}{'ratio':>7}{'wall':>6}"
    first = costs[0].minimum
    for cost in costs:
        it = cost.minimum
        yield (
            f"  {cost.name:32}{it.cold_ms:8.0f}{it.cold_cpu_ms:8.0f}{it.cold_cpu_ms / first.cold_cpu_ms:7.2f}"
            f"{it.warm_ms:9.2f}{it.warm_cpu_ms:8.2f}{it.warm_cpu_ms / first.warm_cpu_ms:7.2f}"
            f"{it.warm_ms / first.warm_ms:6.2f}"
        )


def package_size_table(sizes: dict[str, float]) -> Iterator[str]:
    """Yield a line for each package."""
    yield f"{'installed':34}{'MiB':>8}"
    yield from (f"  {name:32}{mib:8.1f}" for name, mib in sizes.items())
