"""EventBridge Pipes: filter, batch size and input template."""

from __future__ import annotations

import fnmatch
import json
import re
from typing import Any

from ministack.services import pipes
from ministack.services.cloudformation import provisioners

from local_aws.emulator.config import EmulatorConfig
from local_aws.emulator.engines import Engine

_PLACEHOLDER = re.compile(r'("?)<\$([^>]+)>("?)')
_POLL_S = 0.25


def honour_parameters(_config: EmulatorConfig, _engine: Engine) -> None:
    """MiniStack delivers every record as it is: the workflow's own writes would start more executions."""
    handlers = provisioners._RESOURCE_HANDLERS["AWS::Pipes::Pipe"]
    create, deliver = handlers["create"], pipes._deliver_batch

    def create_pipe(logical_id: str, props: dict[str, Any], stack_name: str) -> Any:
        name, attributes = create(logical_id, props, stack_name)
        pipes._pipes[name]["_parameters"] = props
        return name, attributes

    def deliver_batch(pipe: dict[str, Any], batch: list[dict[str, Any]]) -> bool:
        props = pipe.get("_parameters", {})
        source, target = props.get("SourceParameters", {}), props.get("TargetParameters", {})
        patterns = [json.loads(item["Pattern"]) for item in source.get("FilterCriteria", {}).get("Filters", [])]
        wanted = [record for record in batch if not patterns or any(matches(pattern, record) for pattern in patterns)]
        template = target.get("InputTemplate")
        events = [json.loads(fill(template, record)) if template else record for record in wanted]
        size = int(source.get("DynamoDBStreamParameters", {}).get("BatchSize", 100))
        return all(deliver(pipe, events[start : start + size]) for start in range(0, len(events), size))

    handlers["create"] = create_pipe
    pipes._deliver_batch = deliver_batch
    pipes.time = _Clock(pipes.time)


class _Clock:
    """The `time` module with shorter naps: MiniStack's poller looks once a second."""

    def __init__(self, original: Any) -> None:
        self._original = original

    def sleep(self, seconds: float) -> None:
        self._original.sleep(min(seconds, _POLL_S))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._original, name)


def matches(pattern: Any, value: Any) -> bool:
    """Whether an event pattern matches.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-filtering.html
    Knows plain values, "exists", "prefix", "suffix", "wildcard" and "anything-but".

    Raises:
        ValueError: the pattern uses a comparison that is not known here.
    """
    if isinstance(pattern, dict):
        known = isinstance(value, dict)
        return all(matches(item, value.get(key) if known else None) for key, item in pattern.items())
    return any(_one_of(item, value) for item in pattern)


def _one_of(item: Any, value: Any) -> bool:
    if not isinstance(item, dict):
        return bool(item == value)
    ((comparison, operand),) = item.items()
    if comparison == "exists":
        return (value is not None) is operand
    if comparison in ("prefix", "suffix", "wildcard"):
        wanted = {"prefix": f"{operand}*", "suffix": f"*{operand}", "wildcard": operand}[comparison]
        return isinstance(value, str) and fnmatch.fnmatchcase(value, wanted)
    if comparison == "anything-but":
        return value not in (operand if isinstance(operand, list) else [operand])
    raise ValueError(f"event pattern comparison {comparison!r} is not known here")


def fill(template: str, record: dict[str, Any]) -> str:
    """The input template with its placeholders replaced by the record's values.

    A placeholder is a value of its own, quoted or not, or part of a longer string.
    """

    def value(match: re.Match[str]) -> str:
        found: Any = record
        for step in match[2].lstrip(".").split("."):
            found = found.get(step) if isinstance(found, dict) else None
        # A path that finds nothing gives an empty string, as Pipes does inside quotes.
        text = json.dumps("" if found is None else found)
        inside_a_string = bool(match[1]) != bool(match[3]) or (not match[1] and template[: match.start()].count('"') % 2 == 1)
        return match[1] + text.strip('"') + match[3] if inside_a_string else text

    return _PLACEHOLDER.sub(value, template)
