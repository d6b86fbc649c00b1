"""Prices of the service's data: DynamoDB, Secrets Manager and ECR."""

from collections.abc import Iterator

from deployment.template import Resource
from pricing.charges import Charge, PricingContext

_IMAGES, _IMAGE_GB = 10, 0.08
"""Stored image versions and the compressed size that each adds; assumptions. Versions share layers."""


def table(resource: Resource, context: PricingContext) -> Iterator[Charge]:
    """Price reads, writes to the table and to each index, and storage; pipes and functions read streams for free.

    An index that projects all attributes stores each item again; the storage of others is not priced. A table that a
    state machine of its stack updates is priced with the state machine.
    """
    if resource.properties.get("BillingMode") != "PAY_PER_REQUEST":
        raise LookupError(f"{resource.logical_id} has provisioned capacity, which has no price rule")
    if any(_updates(found, resource, context) for found in context.templates.all("AWS::StepFunctions::StateMachine")):
        return
    indexes = resource.properties.get("GlobalSecondaryIndexes", [])
    stored = 1 + sum(index["Projection"]["ProjectionType"] == "ALL" for index in indexes)
    yield context.charge(resource, "table reads", "dynamodb-reads", "million_reads")
    # Whether an item is written in a transaction, which doubles its units, is a matter of the usage.
    yield context.charge(resource, "table writes", "dynamodb-writes", "million_write_units")
    yield context.charge(resource, "index writes", "dynamodb-writes", "million_writes", len(indexes))
    yield context.charge(resource, "table storage", "dynamodb-gb-month", "table_gb", stored)
    if resource.properties.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled"):
        yield context.charge(resource, "point-in-time recovery", "dynamodb-pitr-gb-month", "table_gb")


def _updates(state_machine: Resource, table: Resource, context: PricingContext) -> bool:
    return state_machine.stack == table.stack and context.templates.refers(state_machine, table)


def secret(resource: Resource, context: PricingContext) -> Iterator[Charge]:
    """Price the secret; replicas read it every few minutes, which costs a cent a month."""
    yield context.charge(resource, "secret", "secret-month", "months")


def repository(resource: Resource, context: PricingContext) -> Iterator[Charge]:
    """Price the stored images; pulling them in the same Region is free."""
    yield context.charge(resource, "images", "ecr-gb-month", "months", _IMAGES * _IMAGE_GB)
