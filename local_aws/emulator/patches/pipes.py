"""EventBridge Pipes: filter criteria, batch size and input template."""

from __future__ import annotations

import json
from typing import Any

from ministack.services import pipes
from ministack.services.cloudformation import provisioners

from local_aws.emulator.event_patterns import matches, render
from local_aws.engine.wrapper import Wrapper

_POLL_S = 0.25


def honour_parameters() -> None:
    """MiniStack delivers every record unchanged: the workflow's own writes would start more executions."""
    handlers = provisioners._RESOURCE_HANDLERS["AWS::Pipes::Pipe"]
    create, deliver = handlers["create"], pipes._deliver_batch

    def create_pipe(logical_id: str, props: dict[str, Any], stack: str) -> Any:
        name, attributes = create(logical_id, props, stack)
        pipes._pipes[name]["_parameters"] = props
        return name, attributes

    def deliver_batch(pipe: dict[str, Any], batch: list[dict[str, Any]]) -> bool:
        props = pipe.get("_parameters", {})
        source, target = props.get("SourceParameters", {}), props.get("TargetParameters", {})
        patterns = [json.loads(item["Pattern"]) for item in source.get("FilterCriteria", {}).get("Filters", [])]
        selected = [record for record in batch if not patterns or any(matches(pattern, record) for pattern in patterns)]
        template = target.get("InputTemplate")
        events = [json.loads(render(template, record)) if template else record for record in selected]
        size = int(source.get("DynamoDBStreamParameters", {}).get("BatchSize", 100))
        return all(deliver(pipe, events[start : start + size]) for start in range(0, len(events), size))

    handlers["create"] = create_pipe
    pipes._deliver_batch = deliver_batch
    pipes.time = _ShortSleep(pipes.time)


class _ShortSleep(Wrapper):
    """The `time` module with shorter sleeps: MiniStack polls the stream once a second."""

    def sleep(self, seconds: float) -> None:
        self._wrapped.sleep(min(seconds, _POLL_S))
