"""The way of one order as one tree: from the spans that were received and the history of its execution.

A pipe and Step Functions send no spans here. Their nodes come from the execution's input and history and say so;
a part for which nothing was received is reported as missing and not drawn.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from deployment.results import PARTS, Trace, TraceNode
from deployment.workflow.execution import Execution, State
from deployment.workflow.spans import Span

# What the service calls the work that it does for a step of the workflow.
SPAN_OF_PART: Mapping[str, str] = {"lambda": "check order", "fargate task": "fulfil order"}


def build(trace_id: str, order: str, spans: Sequence[Span], execution: Execution | None) -> Trace:
    """Draw the tree of one order.

    Args:
        trace_id: the placing request's, in X-Ray's form.
        order: the order's id.
        spans: everything that was received under this trace id.
        execution: the order's execution; None when it has none.
    """
    request = next((span for span in spans if span.kind == "server"), None)
    workflow = _workflow(trace_id, spans, execution)
    root = _span_node("http", request, spans) if request else None
    if root and workflow:
        root.children.append(workflow)
    top = root or workflow
    drawn = {node.part for node in walk(top)} if top else set()
    missing = [part for part in PARTS if part not in drawn]
    return Trace(trace_id=trace_id, order=order, root=top, missing=missing)


def walk(node: TraceNode) -> Iterator[TraceNode]:
    """Every node of the tree, a parent before its children."""
    yield node
    for child in node.children:
        yield from walk(child)


def hex_id(trace_id: str) -> str:
    """Return X-Ray's `1-8 digits-24 digits` as OpenTelemetry's 32 digits."""
    return trace_id.removeprefix("1-").replace("-", "")


def _workflow(trace_id: str, spans: Sequence[Span], execution: Execution | None) -> TraceNode | None:
    """Return the pipe with the execution below it; the execution alone when its input has another trace."""
    if execution is None:
        return None
    states = [_state_node(state, spans) for state in execution.states]
    machine = TraceNode(
        part="workflow",
        name=execution.name,
        source="history",
        duration_ms=execution.duration_ms,
        note=execution.status,
        children=[node for node in states if node],
    )
    if trace_id not in execution.input:
        return machine
    return TraceNode(part="pipe", name="table stream → state machine", source="input", children=[machine])


def _state_node(state: State, spans: Sequence[Span]) -> TraceNode | None:
    """Return a state that called something; its work is drawn from spans where the service does it."""
    if not state.part:
        return None
    if state.part not in SPAN_OF_PART:
        return TraceNode(part=state.part, name=state.name, source="history", duration_ms=state.duration_ms)
    work = [span for span in spans if span.name == SPAN_OF_PART[state.part] and state.covers(span.start_ns)]
    node = TraceNode(part="state", name=state.name, source="history", duration_ms=state.duration_ms, note=state.note)
    node.children.extend(_span_node(state.part, span, spans) for span in work)
    return node


def _span_node(part: str, span: Span, spans: Sequence[Span]) -> TraceNode:
    return TraceNode(
        part=part,
        name=span.name,
        source="span",
        duration_ms=(span.end_ns - span.start_ns) / 1e6,
        note="error" if span.failed else "",
        children=[_span_node("call", child, spans) for child in _calls_of(span, spans)],
    )


def _calls_of(span: Span, spans: Iterable[Span]) -> list[Span]:
    """Return what a span called itself; a step of the workflow has its request as parent, but its own place."""
    return [other for other in spans if other.parent_id == span.span_id and other.name not in SPAN_OF_PART.values()]
