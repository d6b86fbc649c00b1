"""Which resources a drawing shows: what only completes another resource is drawn as part of it."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from deployment.template import Resource, Template

# Resource type -> the property that names what it completes.
_COMPLETES = {
    "AWS::ApiGatewayV2::Integration": "ApiId",
    "AWS::ApiGatewayV2::Route": "ApiId",
    "AWS::ApiGatewayV2::Stage": "ApiId",
    "AWS::ApplicationAutoScaling::ScalingPolicy": "ScalingTargetId",
    "AWS::AutoScaling::ScalingPolicy": "AutoScalingGroupName",
    "AWS::EC2::SecurityGroupEgress": "GroupId",
    "AWS::EC2::SecurityGroupIngress": "GroupId",
    "AWS::ECS::ClusterCapacityProviderAssociations": "Cluster",
    "AWS::EKS::PodIdentityAssociation": "RoleArn",
    "AWS::ElasticLoadBalancingV2::Listener": "LoadBalancerArn",
    "AWS::IAM::InstanceProfile": "Roles",
    "AWS::IAM::Policy": "Roles",
    "AWS::Lambda::Permission": "FunctionName",
    "AWS::Lambda::Version": "FunctionName",
}


@dataclass(frozen=True, kw_only=True)
class Node:
    """A resource with those that only complete it.

    Attributes:
        completed_by: short types of those, such as "2 × Policy".
        outside: names of other stacks that it or those name.
    """

    resource: Resource
    completed_by: tuple[str, ...]
    outside: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Graph:
    """Nodes, and who names whom by logical id."""

    nodes: tuple[Node, ...]
    edges: tuple[tuple[str, str], ...]


def graph(template: Template) -> Graph:
    """Return what to draw of a template."""
    by_id = {resource.logical_id: resource for resource in template.resources}
    owner = {name: _owner(resource, by_id) for name, resource in by_id.items()}
    parts: dict[str, list[Resource]] = defaultdict(list)
    for name, own in owner.items():
        parts[own].append(by_id[name])
    edges = {
        (owner[name], owner[other])
        for name, resource in by_id.items()
        for other in resource.referenced_ids & by_id.keys()
    }
    return Graph(
        nodes=tuple(_node(by_id[name], parts[name]) for name in by_id if owner[name] == name),
        edges=tuple(sorted((one, other) for one, other in edges if one != other)),
    )


def _node(resource: Resource, parts: list[Resource]) -> Node:
    kinds = Counter(part.type.split("::")[-1] for part in parts if part is not resource)
    return Node(
        resource=resource,
        completed_by=tuple(kind if count == 1 else f"{count} × {kind}" for kind, count in sorted(kinds.items())),
        outside=tuple(sorted({stack for part in parts for stack in part.imported_stacks})),
    )


def _owner(resource: Resource, by_id: Mapping[str, Resource]) -> str:
    named = resource.references.get(_COMPLETES.get(resource.type, ""), frozenset()) & by_id.keys()
    return _owner(by_id[min(named)], by_id) if named else resource.logical_id
