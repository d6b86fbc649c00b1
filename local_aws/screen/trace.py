"""One order's trace as a tree."""

from rich.text import Text
from rich.tree import Tree

from local_aws.results import Trace, TraceNode

from .marks import milliseconds

_SOURCES = {"span": "", "history": "· history", "input": "· input"}
_LEGEND = "· history, · input: read from the execution; a pipe and Step Functions send no spans here"


def trace_tree(trace: Trace) -> Tree:
    """Draw the tree; what the service did not report itself says where it comes from, what is missing comes last."""
    title = Text.assemble("trace ", (trace.trace_id, "bold"), (f"  of {trace.order}", "dim"))
    top = Tree(title, guide_style="dim")
    if trace.root:
        _grow(top, trace.root)
    for part in trace.missing:
        top.add(Text(f"✘ {part}: nothing arrived", "bold red"))
    top.add(Text(_LEGEND, "dim"))
    return top


def _grow(parent: Tree, node: TraceNode) -> None:
    branch = parent.add(_label(node))
    for child in node.children:
        _grow(branch, child)


def _label(node: TraceNode) -> Text:
    label = Text()
    if node.part not in ("call", "state", "step"):
        label.append(f"{node.part}  ", "cyan")
    label.append(node.name)
    for remark in (milliseconds(node.duration_ms), node.note, _SOURCES[node.source]):
        if remark:
            label.append(f"  {remark}", "dim")
    return label
