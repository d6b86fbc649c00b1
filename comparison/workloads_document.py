"""The cost of workers and scheduled jobs as a document."""

from collections.abc import Sequence

from comparison.document import Document, Paragraph, Section, Table, bullets, cells, numbers, texts
from comparison.facts.costs import ASSUMED
from comparison.formatting import dollars
from pricing.prices import PriceList
from pricing.workloads import ASSUMPTIONS, WorkloadCost, WorkloadUsage, workload_costs


def workloads_document(usage: WorkloadUsage, prices: PriceList) -> Document:
    """Build the monthly cost of a worker and a job on each platform.

    Args:
        usage: load and size.
        prices: the price list.
    """
    found = workload_costs(usage, prices)
    head = (
        f"US dollars a month, {prices.region}, {prices.provenance}. Worker: {usage.messages_per_second:g} messages a "
        f"second, {usage.seconds_per_message:g} seconds each. Job: {usage.runs_a_day:g} runs a day, "
        f"{usage.minutes_a_run:g} minutes each. Size: {usage.vcpus:g} vCPU, {usage.memory_gib:g} GiB."
    )
    return Document(
        [
            Section("", [Paragraph(head, is_note=True), _table(found)]),
            Section(ASSUMED, level=3, blocks=[bullets(ASSUMPTIONS)]),
        ]
    )


def _table(found: Sequence[WorkloadCost]) -> Table:
    return Table(
        "workloads",
        columns=[*texts("platform"), *numbers("worker", "worker without messages", "job")],
        rows=[
            cells(
                each.platform,
                dollars(each.worker_usd),
                dollars(each.idle_worker_usd),
                each.unsupported_reason if each.job_usd is None else dollars(each.job_usd),
            )
            for each in found
        ],
    )
