"""One order's trace as a tree."""

from rich.console import Group, RenderableType
from rich.text import Text
from rich.tree import Tree

from deployment.results import Trace, TraceNode

from .marks import milliseconds

LEGEND = "(input), (history): read from the execution; pipe and states send no spans here"
_ID_LENGTH = 8


def trace_tree(trace: Trace) -> RenderableType:
    """Draw the tree; what the service did not report itself says where it comes from, what is missing comes last."""
    title = Text.assemble("trace ", (trace.trace_id, "bold"), (f"  of {trace.order}", "dim"))
    top = Tree(title, guide_style="dim")
    if trace.root:
        _grow(top, trace.root)
    for part in trace.missing:
        top.add(Text(f"✘ {part}: nothing arrived", "bold red"))
    return Group(top, Text(LEGEND, "dim")) if trace.root else top


def _grow(parent: Tree, node: TraceNode) -> None:
    branch = parent.add(_label(node))
    for child in node.children:
        _grow(branch, child)


def _label(node: TraceNode) -> Text:
    label = Text(no_wrap=True, overflow="ellipsis")
    if node.part not in ("call", "state", "step"):
        label.append(f"{node.part}  ", "cyan")
    # An execution's name is a long random id.
    label.append(node.name[:_ID_LENGTH] if node.part == "workflow" else node.name)
    source = "" if node.source == "span" else f"({node.source})"
    for remark in (milliseconds(node.duration_ms), node.note, source):
        if remark:
            label.append(f"  {remark}", "dim")
    return label
