"""Check that X-Ray stores spans: without Transaction Search, drill D1 finds no trace."""

from __future__ import annotations

from collections.abc import Iterator

from deployment.preflight import Account, Finding, Plan
from deployment.preflight.check import Check
from deployment.preflight.finding import passed, warned

NAME = "Transaction Search"
_SOURCE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Transaction-Search.html"


def judge(destination: str, status: str) -> Finding:
    """Return whether spans arrive.

    Args:
        destination: "XRay" or "CloudWatchLogs".
        status: "PENDING" or "ACTIVE".
    """
    if destination != "CloudWatchLogs":
        return warned(
            NAME,
            "Transaction Search is off: the service works, but D1 finds no trace",
            "aws xray update-trace-segment-destination --destination CloudWatchLogs",
            "that is one setting for the whole account and Region, and stays after the run",
            source=_SOURCE,
        )
    if status != "ACTIVE":
        return warned(
            NAME,
            "Transaction Search is being turned on",
            "wait until this says ACTIVE:",
            "aws xray get-trace-segment-destination",
            source=_SOURCE,
        )
    return passed(NAME, "on")


def _run(_plan: Plan, account: Account) -> Iterator[Finding]:
    found = account.client("xray").get_trace_segment_destination()
    yield judge(found["Destination"], found["Status"])


CHECK = Check(name=NAME, permissions=("xray:GetTraceSegmentDestination",), is_needed=lambda _plan: True, run=_run)
