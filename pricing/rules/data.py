"""What the service's own data costs: its table, its secret, its images."""

from collections.abc import Iterator

from pricing.deployment import Resource
from pricing.lines import Bill, Line

_IMAGES, _IMAGE_GB = 10, 0.08
"""Versions that are kept and what one adds, compressed; assumptions. Layers that versions share are stored once."""


def table(resource: Resource, bill: Bill) -> Iterator[Line]:
    """Bill reads, writes to the table and to each index, and what is kept; a pipe or a function reads streams free."""
    if resource.properties.get("BillingMode") != "PAY_PER_REQUEST":
        raise LookupError(f"{resource.id} is billed by provisioned capacity, for which there is no rule")
    written = 1 + len(resource.properties.get("GlobalSecondaryIndexes", []))
    yield bill.line(resource, "table, reads", "dynamodb-reads", "million_reads")
    yield bill.line(resource, "table, writes", "dynamodb-writes", "million_writes", written)
    yield bill.line(resource, "table, kept", "dynamodb-gb-month", "table_gb", written)
    if resource.properties.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled"):
        yield bill.line(resource, "table, going back in time", "dynamodb-pitr-gb-month", "table_gb")


def secret(resource: Resource, bill: Bill) -> Iterator[Line]:
    """Bill the secret; copies read it every few minutes, which is a cent a month."""
    yield bill.line(resource, "secret", "secret-month", "months")


def repository(resource: Resource, bill: Bill) -> Iterator[Line]:
    """Bill the images that are kept; what pulls them stands in the same Region, which is free."""
    yield bill.line(resource, "images", "ecr-gb-month", "months", _IMAGES * _IMAGE_GB)
