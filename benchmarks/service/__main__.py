"""`python -m benchmarks.service`: measurements of about two minutes, and their tables.

Run it in its own environment:
`UV_PROJECT_ENVIRONMENT=.venv-benchmark uv run --only-group benchmark python -m benchmarks.service`
"""

import argparse
import sys
from collections.abc import Iterable

from benchmarks.service import http_costs, lambda_costs
from benchmarks.service.aws_stub import aws_stub
from benchmarks.service.package_sizes import PACKAGES, installed_mib
from benchmarks.service.report import http_table, lambda_table, package_size_table


def main() -> None:
    """Measure, and print each table when it is complete."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.service", description="Measure the sample service and its alternatives."
    )
    parser.add_argument("--requests", type=int, default=3000, help="requests per candidate and round (default 3000)")
    requests = parser.parse_args().requests
    with aws_stub() as aws:
        frameworks = http_costs.measure(http_costs.FRAMEWORKS, aws, requests)
        _show(http_table("frameworks and servers", frameworks))
        layer = http_costs.measure(http_costs.SERVICE_WITHOUT_TABLE, aws, requests)
        _show(http_table("the service without its table", layer))
        whole = http_costs.measure(http_costs.SERVICE_WITH_TABLE, aws, max(requests // 4, 1))
        _show(http_table("the service with its table", whole))
        _show(lambda_table("Lambda without the table", lambda_costs.measure(lambda_costs.ADAPTERS, aws)))
        _show(lambda_table("Lambda with the table", lambda_costs.measure(lambda_costs.SERVICE, aws)))
    _show(package_size_table({name: installed_mib(packages) for name, packages in PACKAGES.items()}))


def _show(lines: Iterable[str]) -> None:
    sys.stdout.write("\n".join(lines) + "\n\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
