"""CloudWatch metrics in the embedded metric format: log lines that CloudWatch reads, without a call of its API.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import sys
import time
from collections.abc import Mapping

import msgspec

NAMESPACE = "Orders"


def write_metrics(dimensions: Mapping[str, str], values: Mapping[str, tuple[float, str]]) -> None:
    """Write metrics as one line to standard output.

    Args:
        dimensions: Name -> value of the dimensions of all these metrics.
        values: Name of a metric -> its value and its unit, such as `Count` or `Seconds`.
    """
    definition = {
        "Namespace": NAMESPACE,
        "Dimensions": [list(dimensions)],
        "Metrics": [{"Name": name, "Unit": unit} for name, (_, unit) in values.items()],
    }
    line = {
        "_aws": {"Timestamp": time.time_ns() // 1_000_000, "CloudWatchMetrics": [definition]},
        **dimensions,
        **{name: value for name, (value, _) in values.items()},
    }
    sys.stdout.write(msgspec.json.encode(line).decode() + "\n")
    sys.stdout.flush()
