"""The bases of the stacks of services, workers and jobs: spec, permissions and outputs."""

import dataclasses
from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from microservice import Image, Microservice, ServiceSpec

# The ID of each target's construct; its resources are named after it.
SERVICE_ID = "Orders"

# The index of the orders table that the API queries.
CUSTOMER_INDEX = "by_customer"

# When the job runs: on working days, in UTC.
SCHEDULE = "cron(0 6 ? * MON-FRI *)"


@dataclasses.dataclass(frozen=True, kw_only=True)
class TargetStackProps:
    """The properties that every target stack has.

    Attributes:
        repository_name: ECR repository that the stack's images are published to.
        spec: The service.
        image: The container image.
        table: The orders table. Default: none.
        token: The secret with the API token. Default: none.
        alarm_topic: SNS topic that the alarms notify. Default: no notification.
    """

    repository_name: str
    spec: ServiceSpec
    image: Image
    table: dynamodb.ITable | None = None
    token: secretsmanager.ISecret | None = None
    alarm_topic: sns.ITopic | None = None

    @property
    def orders_table(self) -> dynamodb.ITable:
        """The orders table, for stacks that the app adds only with it."""
        if self.table is None:
            raise ValueError("table=None is not supported by this stack (allowed: a table). Pass the orders table.")
        return self.table


class TargetStack(cdk.Stack):
    """A stack with one target: create the construct from `self.spec`, and pass it to `connect`.

    Attributes:
        spec: The service, with the names of its table and secret as environment variables.
    """

    def __init__(self, scope: Construct, construct_id: str, props: TargetStackProps) -> None:
        super().__init__(scope, construct_id, synthesizer=synthesizer_for(props.repository_name))
        self._props = props
        self.spec = _with_orders_data(props)

    def connect(self, service: Microservice) -> None:
        """Grant the service access to its table and secret, if it has them, and output its URL."""
        _grant_orders_data(service.role, self._props)
        cdk.CfnOutput(self, "Url", value=service.url)


class WorkloadStack(cdk.Stack):
    """A stack with a worker and a scheduled job.

    Attributes:
        job_spec: The job, with the name of its table as an environment variable.
    """

    def __init__(self, scope: Construct, construct_id: str, props: TargetStackProps) -> None:
        super().__init__(scope, construct_id, synthesizer=synthesizer_for(props.repository_name))
        self._props = props
        # No traces: they work on behalf of no request.
        self.job_spec = dataclasses.replace(
            props.spec.with_environment(TABLE_NAME=props.orders_table.table_name),
            trace_sampling_rate=0,
            health_command=(),
        )

    def worker_spec(self, *, min_instances: int = 0, command: Sequence[str] = ()) -> ServiceSpec:
        """Return the spec of the worker: that of the job, with another minimum and command."""
        return dataclasses.replace(self.job_spec, min_instances=min_instances, command=command)

    def connect(self, worker: iam.IGrantable, queue: sqs.IQueue, job: iam.IGrantable) -> None:
        """Grant the worker and the job access to the table, and output the URL of the queue."""
        _allow(worker, ("dynamodb:GetItem", "dynamodb:PutItem"), self._props.orders_table.table_arn)
        _allow(job, ("dynamodb:Scan",), self._props.orders_table.table_arn)
        cdk.CfnOutput(self, "QueueUrl", value=queue.queue_url)


def _with_orders_data(props: TargetStackProps) -> ServiceSpec:
    """Return the spec, with the names of the table and the secret if the service uses them."""
    if props.table is None or props.token is None:
        return props.spec
    return props.spec.with_environment(TABLE_NAME=props.table.table_name, API_TOKEN_SECRET_ARN=props.token.secret_arn)


def _grant_orders_data(role: iam.IGrantable, props: TargetStackProps) -> None:
    if props.table and props.token:
        grant_orders_access(role, props.table, props.token)


def grant_orders_access(role: iam.IGrantable, table: dynamodb.ITable, token: secretsmanager.ISecret) -> None:
    """Allow the calls that the API makes: on single orders, on the index by customer, and on the API token.

    A transaction needs the permissions of its writes, and none of its own. The CDK's `grant_read_write_data` would also
    allow scans, deletions and the table's stream.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
    """
    _allow(role, ("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"), table.table_arn)
    _allow(role, ("dynamodb:Query",), f"{table.table_arn}/index/{CUSTOMER_INDEX}")
    _allow(role, ("secretsmanager:GetSecretValue",), token.secret_arn)


def grant_order_steps(role: iam.IGrantable, table: dynamodb.ITable, *more: str) -> None:
    """Allow the calls that the steps of the workflow make: to read an order, to change it and the stock, and `more`."""
    _allow(role, ("dynamodb:GetItem", "dynamodb:UpdateItem", *more), table.table_arn)


def _allow(role: iam.IGrantable, actions: Sequence[str], resource: str) -> None:
    iam.Grant.add_to_principal(grantee=role, actions=list(actions), resource_arns=[resource])


def synthesizer_for(repository_name: str) -> cdk.IStackSynthesizer:
    """Return a synthesizer that publishes images to an ECR repository; each stack needs one of its own."""
    return cdk.DefaultStackSynthesizer(image_assets_repository_name=repository_name)
