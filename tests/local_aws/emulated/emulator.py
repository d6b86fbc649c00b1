"""An emulator of a test's own, without containers, and short words for what tests ask of it."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError

from local_aws.clients import client
from local_aws.environment import LocalEnvironment, Settings
from local_aws.machine import lifecycle
from tests.local_aws.emulated.templates import ENTRY_POINT


class Emulator:
    """A running emulator."""

    def __init__(self, running: LocalEnvironment) -> None:
        self.running = running

    def client(self, service: str) -> Any:
        return client(self.running, service)

    def put(self, bucket: str, key: str, body: bytes) -> None:
        """Put an object into a bucket, which is made."""
        storage = self.client("s3")
        storage.create_bucket(Bucket=bucket)
        storage.put_object(Bucket=bucket, Key=key, Body=body)

    def deploy(self, name: str, resources: dict[str, Any], **outputs: Any) -> dict[str, Any]:
        """Create a stack, wait for its end, and describe it."""
        self._create(name, resources, outputs)
        return self.wait(lambda: self.stack(name), lambda stack: not stack["StackStatus"].endswith("_IN_PROGRESS"))

    def update(
        self, name: str, resources: dict[str, Any], *, disable_rollback: bool = False, **outputs: Any
    ) -> dict[str, Any]:
        """Update a stack, wait for its end, and describe it."""
        self.client("cloudformation").update_stack(
            StackName=name, TemplateBody=_template(resources, outputs), DisableRollback=disable_rollback
        )
        return self.wait(lambda: self.stack(name), lambda stack: not stack["StackStatus"].endswith("_IN_PROGRESS"))

    def begin(self, name: str, resources: dict[str, Any]) -> None:
        """Create a stack and do not wait for anything: the test may end before it does."""

        def create() -> None:
            with suppress(BotoCoreError):
                self._create(name, resources, {})

        threading.Thread(target=create, daemon=True).start()

    def stack(self, name: str) -> dict[str, Any]:
        return self.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]

    def reasons(self, name: str) -> str:
        events = self.client("cloudformation").describe_stack_events(StackName=name)["StackEvents"]
        return "\n".join(event.get("ResourceStatusReason", "") for event in events)

    @staticmethod
    def wait(ask: Callable[[], Any], enough: Callable[[Any], bool] = bool, seconds: float = 20) -> Any:
        deadline = time.monotonic() + seconds
        while not enough(answer := ask()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"still {answer!r} after {seconds} s")
            time.sleep(0.05)
        return answer

    def _create(self, name: str, resources: dict[str, Any], outputs: dict[str, Any]) -> None:
        self.client("cloudformation").create_stack(StackName=name, TemplateBody=_template(resources, outputs))


def _template(resources: dict[str, Any], outputs: dict[str, Any]) -> str:
    return json.dumps({"Resources": resources, "Outputs": {key: {"Value": value} for key, value in outputs.items()}})


@contextmanager
def started(directory: Path, *leave_out: str) -> Iterator[Emulator]:
    """An emulator without containers that knows the tiny service's image."""
    assembly = directory / "cdk.out"
    write_assembly(assembly)
    running = lifecycle.start(
        Settings(engine="processes", directory=directory / "local", assembly=assembly, leave_out=leave_out)
    )
    try:
        yield Emulator(running)
    finally:
        lifecycle.stop(running)


def write_assembly(assembly: Path) -> None:
    """The part of a cloud assembly that says what is in the image."""
    (assembly / "image").mkdir(parents=True)
    entry_point = json.dumps(ENTRY_POINT)
    (assembly / "image" / "Dockerfile").write_text(
        f"FROM scratch\nENTRYPOINT {entry_point}\nCMD {json.dumps(['serve'])}\n"
    )
    (assembly / "tiny.assets.json").write_text(
        json.dumps({"dockerImages": {"tiny": {"source": {"directory": "image"}}}})
    )
