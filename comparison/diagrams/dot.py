"""A template in Graphviz's language."""

import json
from collections.abc import Iterator

from comparison.diagrams.parts import Node, graph
from comparison.differences.text import short
from deployment.template import Template

# Which colour a resource has: by the first of these words that its type holds.
_FAMILIES = (
    ("identity", ("IAM", "PodIdentity")),
    ("records", ("Logs", "CloudWatch", "Observability")),
    ("way-in", ("ElasticLoadBalancing", "ApiGateway", "Lambda::Url")),
    ("network", ("EC2::SecurityGroup", "VPC")),
    ("scaling", ("Scaling::", "AutoScalingConfiguration", "CapacityProvider")),
)
# Colours belong to the page's style sheet, which knows light from dark; the layout needs sizes only.
_HEAD = """digraph "{id}" {{
  graph [id="{id}", rankdir=TB, nodesep=0.18, ranksep=0.35, bgcolor="transparent", pad=0.1]
  node [shape=box, style="filled,rounded", fontname="Helvetica", fontsize=12.5, margin="0.1,0.06", height=0.3]
  edge [arrowsize=0.6]"""


def dot(template: Template, id_: str) -> str:
    """Return a template as a graph; `id_` keeps its ids apart from those of other graphs on a page."""
    return "\n".join([_HEAD.format(id=id_), *_body(template, id_), "}", ""])


def _body(template: Template, id_: str) -> Iterator[str]:
    found = graph(template)
    for node in found.nodes:
        name, family = node.resource.logical_id, _family(node.resource.type)
        yield f'  "{name}" [id="{id_}-{name}", class="{family}", label={json.dumps(_label(node), ensure_ascii=False)}]'
    for number, (one, other) in enumerate(found.edges):
        yield f'  "{one}" -> "{other}" [id="{id_}-{number}"]'


def _family(kind: str) -> str:
    return next((family for family, marks in _FAMILIES if any(mark in kind for mark in marks)), "runs")


def _label(node: Node) -> str:
    lines = [short(node.resource.type), "/".join(node.resource.construct_path.split("/")[-2:])]
    if node.completed_by:
        lines.append(f"with {', '.join(node.completed_by)}")
    if node.outside:
        lines.append(f"uses {', '.join(node.outside)}")
    return "\n".join(lines)
