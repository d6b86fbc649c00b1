"""The smallest templates that the rules can read."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from deployment.assembly import Target
from deployment.template import TargetTemplates, Template
from pricing.cost_model import CostModel, cost_model
from pricing.prices import PriceList

PRICES = PriceList.load()
Resources = Mapping[str, Mapping[str, Any]]


def resource(type_: str, **properties: Any) -> dict[str, Any]:
    return {"Type": type_, "Properties": properties}


def target(
    own: Resources, shared: Resources | None = None, outputs: Mapping[str, Any] | None = None
) -> TargetTemplates:
    """A target with the stack "Own", which depends on the stack "Shared"."""
    found = Target(id="invented", construct="Invented", stack="Own", logical_ids=tuple(own))
    templates = {"Own": Template.parse("Own", {"Resources": own})}
    if shared is not None:
        templates["Shared"] = Template.parse("Shared", {"Resources": shared, "Outputs": outputs or {}})
    return TargetTemplates(found, templates)


def priced(own: Resources, shared: Resources | None = None) -> CostModel:
    return cost_model(target(own, shared), PRICES)


def function(memory: int = 512, max_replicas: int = 10, **more: Any) -> dict[str, Any]:
    return resource(
        "AWS::Lambda::Function",
        PackageType="Image",
        MemorySize=memory,
        ReservedConcurrentExecutions=max_replicas,
        **more,
    )


def fargate(min_replicas: int = 2, max_replicas: int = 10, cpu: int = 256, memory: int = 512) -> dict[str, Any]:
    """An ECS service on Fargate that scales."""
    return {
        "Task": resource(
            "AWS::ECS::TaskDefinition",
            Cpu=str(cpu),
            Memory=str(memory),
            RequiresCompatibilities=["FARGATE"],
            ContainerDefinitions=[{"Name": "Main"}],
        ),
        "Service": resource("AWS::ECS::Service", LaunchType="FARGATE", TaskDefinition={"Ref": "Task"}),
        "Scaling": resource(
            "AWS::ApplicationAutoScaling::ScalableTarget", MinCapacity=min_replicas, MaxCapacity=max_replicas
        ),
        "Policy": resource(
            "AWS::ApplicationAutoScaling::ScalingPolicy",
            PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration={"TargetValue": 50},
        ),
    }


def release(cpu: str = "250m", memory: str = "512Mi", arch: str = "amd64") -> dict[str, Any]:
    """A Helm release as the CDK writes it: JSON in a join, with references between the parts."""
    pod = {
        "nodeSelector": {"kubernetes.io/arch": arch},
        "containers": [{"resources": {"requests": {"cpu": cpu, "memory": memory}}}],
    }
    scaling = {"minReplicas": 2, "maxReplicas": 10}
    scaling["metrics"] = [{"type": "Resource", "resource": {"name": "cpu", "target": {"averageUtilization": 60}}}]
    manifests = [
        {"kind": "Deployment", "metadata": {"namespace": "orders"}, "spec": {"template": {"spec": pod}}},
        {"kind": "HorizontalPodAutoscaler", "metadata": {}, "spec": scaling},
        {"kind": "TargetGroupBinding", "spec": {"targetGroupARN": "HERE"}},
    ]
    before, after = json.dumps({"manifests": manifests}).split("HERE")
    return resource("Custom::AWSCDK-EKS-HelmChart", Values={"Fn::Join": ["", [before, {"Ref": "Group"}, after]]})


def cluster(*add_ons: str, auto: bool = True) -> dict[str, Any]:
    found = {
        "Cluster": resource(
            "AWS::EKS::Cluster",
            ComputeConfig={"Enabled": auto},
            ResourcesVpcConfig={"SubnetIds": ["one", "two"]},
        )
    }
    return {**found, **{name: resource("AWS::EKS::Addon", AddonName=name) for name in add_ons}}


def assembly(path: Path, stacks: Mapping[str, Resources], targets: Mapping[str, str]) -> Path:
    """Write a cloud assembly: stack -> resources; target -> its stack, which depends on all stacks without a target."""
    artifacts: dict[str, Any] = {}
    for name, resources in stacks.items():
        (path / f"{name}.template.json").write_text(json.dumps({"Resources": resources}))
        metadata: dict[str, Any] = {}
        for target in (target for target, stack in targets.items() if stack == name):
            data = {"id": target, "construct": "Invented"}
            metadata[f"/{name}/{target}"] = [{"type": "microservice:target", "data": data}]
            for id_ in resources:
                metadata[f"/{name}/{target}/{id_}"] = [{"type": "aws:cdk:logicalId", "data": id_}]
        artifacts[name] = {
            "type": "aws:cloudformation:stack",
            "properties": {"templateFile": f"{name}.template.json"},
            "dependencies": sorted(stacks.keys() - set(targets.values())) if name in targets.values() else [],
            "metadata": metadata,
        }
    (path / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))
    return path
