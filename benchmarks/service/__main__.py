"""`python -m benchmarks.service`: two minutes of measurements, one table.

Run it in an environment of its own:
`UV_PROJECT_ENVIRONMENT=.venv-benchmark uv run --only-group benchmark python -m benchmarks.service`
"""

import argparse
import sys
from collections.abc import Iterable

from benchmarks.service import http_costs, lambda_costs
from benchmarks.service.aws_stand_in import aws_stand_in
from benchmarks.service.report import http_table, lambda_table, weights_table
from benchmarks.service.weights import PACKAGES, installed_mib


def main() -> None:
    """Measure everything and print as it comes."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.service", description="What the service costs.")
    parser.add_argument("--requests", type=int, default=3000, help="of each candidate and round (default 3000)")
    requests = parser.parse_args().requests
    with aws_stand_in() as aws:
        frameworks = http_costs.measure(http_costs.FRAMEWORKS, aws, requests)
        _show(http_table("frameworks and servers", frameworks))
        layer = http_costs.measure(http_costs.SERVICE_WITHOUT_TABLE, aws, requests)
        _show(http_table("the service, no table behind", layer))
        whole = http_costs.measure(http_costs.SERVICE_WITH_TABLE, aws, max(requests // 4, 1))
        _show(http_table("the service with its table", whole))
        _show(lambda_table("Lambda, no table behind", lambda_costs.measure(lambda_costs.ADAPTERS, aws)))
        _show(lambda_table("Lambda with the table", lambda_costs.measure(lambda_costs.SERVICE, aws)))
    _show(weights_table({name: installed_mib(packages) for name, packages in PACKAGES.items()}))


def _show(lines: Iterable[str]) -> None:
    sys.stdout.write("\n".join(lines) + "\n\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
