"""Small templates of services, and the update from one to the other."""

import json
from typing import Any

from updates.change_set import ChangeSet
from updates.findings import Finding, Kind
from updates.templates import App, Template
from updates.verdicts import findings_of

ELB = "AWS::ElasticLoadBalancingV2::"


def template(outputs: dict[str, Any] | None = None, **resources: Any) -> dict[str, Any]:
    """A template; resources are (type, properties), or complete."""
    found = {
        name: one if isinstance(one, dict) else {"Type": one[0], "Properties": one[1]}
        for name, one in resources.items()
    }
    return {"Resources": found, **({"Outputs": outputs} if outputs else {})}


def exported(name: str, value: Any) -> dict[str, Any]:
    return {name: {"Value": value, "Export": {"Name": name}}}


def change_set(before: Template, after: Template, **others: Template) -> ChangeSet:
    """The update of the stack `Service`; other stacks stay as they are."""
    return ChangeSet(App({"Service": before, **others}), App({"Service": after, **others}))


def findings(before: Template, after: Template, **others: Template) -> list[Finding]:
    return findings_of(change_set(before, after, **others))


def kinds(before: Template, after: Template, **others: Template) -> list[tuple[Kind, str, str]]:
    return [(one.kind, one.type, one.property) for one in findings(before, after, **others)]


def behind_load_balancer(port: int = 80, path: str = "/livez", codes: str = "200", task: str = "1") -> dict[str, Any]:
    """An ECS service in the target group of a listener."""
    group = {"Port": port, "HealthCheckPath": path, "Matcher": {"HttpCode": codes}, "TargetType": "ip"}
    return template(
        Balancer=(f"{ELB}LoadBalancer", {"Scheme": "internal"}),
        Group=(f"{ELB}TargetGroup", group),
        Listener=(
            f"{ELB}Listener",
            {
                "LoadBalancerArn": {"Ref": "Balancer"},
                "Port": 80,
                "DefaultActions": [{"Type": "forward", "TargetGroupArn": {"Ref": "Group"}}],
            },
        ),
        Task=("AWS::ECS::TaskDefinition", {"ContainerDefinitions": [{"Name": "Main", "Image": task}]}),
        Service=(
            "AWS::ECS::Service",
            {
                "Cluster": "cluster",
                "TaskDefinition": {"Ref": "Task"},
                "LoadBalancers": [{"TargetGroupArn": {"Ref": "Group"}, "ContainerName": "Main", "ContainerPort": 8080}],
            },
        ),
    )


def blue_green(priority: int = 1, tags: list[dict[str, str]] | None = None) -> dict[str, Any]:
    """An ECS service whose rule ECS switches between two target groups."""
    found = behind_load_balancer()
    weighted = [
        {"TargetGroupArn": {"Ref": "Group"}, "Weight": 100},
        {"TargetGroupArn": {"Ref": "Green"}, "Weight": 0},
    ]
    rule = {
        "ListenerArn": {"Ref": "Listener"},
        "Priority": priority,
        "Conditions": [{"Field": "path-pattern", "PathPatternConfig": {"Values": ["*"]}}],
        "Actions": [{"Type": "forward", "ForwardConfig": {"TargetGroups": weighted}}],
        **({"Tags": tags} if tags else {}),
    }
    resources = found["Resources"]
    resources["Green"] = resources["Group"]
    resources["Rule"] = {"Type": f"{ELB}ListenerRule", "Properties": rule}
    resources["Service"]["Properties"]["LoadBalancers"][0]["AdvancedConfiguration"] = {
        "AlternateTargetGroupArn": {"Ref": "Green"},
        "ProductionListenerRule": {"Ref": "Rule"},
    }
    return found


def manifest(kind: str, name: str = "orders", namespace: str = "orders", **body: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": namespace}, **body}


def deployment_of(image: str) -> dict[str, Any]:
    return manifest("Deployment", spec={"template": {"spec": {"containers": [{"name": "main", "image": image}]}}})


def release(*manifests: dict[str, Any], name: str = "orders", cluster: Any = "cluster") -> tuple[str, dict[str, Any]]:
    """A Helm release as the CDK writes it: JSON in parts, with references in between."""
    text = json.dumps({"manifests": list(manifests)})
    parts: list[Any] = []
    for number, part in enumerate(text.split("@")):
        parts.append({"Ref": part} if number % 2 else part)
    values = {"Fn::Join": ["", parts]}
    properties = {"ClusterName": cluster, "Namespace": "default", "Release": name, "Values": values}
    return "Custom::AWSCDK-EKS-HelmChart", properties
