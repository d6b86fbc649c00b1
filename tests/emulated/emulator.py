"""An emulator for one test, without containers, with shorthands for requests and states."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
from botocore.exceptions import BotoCoreError

from deployment.containers import ContainerState
from local_aws import lifecycle
from local_aws.environment import LocalEnvironment, Settings
from tests.emulated.templates import ENTRY_POINT


class Emulator:
    """A running emulator."""

    def __init__(self, environment: LocalEnvironment) -> None:
        self.environment = environment

    def client(self, service: str) -> Any:
        return self.environment.client(service)

    def put(self, bucket: str, key: str, body: bytes) -> None:
        """Put an object into a bucket, which is created."""
        storage = self.client("s3")
        storage.create_bucket(Bucket=bucket)
        storage.put_object(Bucket=bucket, Key=key, Body=body)

    def deploy(self, name: str, resources: dict[str, Any], **outputs: Any) -> dict[str, Any]:
        """Create a stack, wait for its end, and describe it."""
        self.create(name, resources, **outputs)
        return self._wait_for_stack(name)

    def create(self, name: str, resources: dict[str, Any], **outputs: Any) -> None:
        """Call CreateStack; the emulator responds when the stack is complete."""
        self.client("cloudformation").create_stack(StackName=name, TemplateBody=_template(resources, outputs))

    def begin(self, name: str, resources: dict[str, Any]) -> None:
        """Create a stack without waiting: the test may end before it is complete."""

        def create() -> None:
            with suppress(BotoCoreError):
                self.create(name, resources)

        threading.Thread(target=create, daemon=True).start()

    def update(
        self, name: str, resources: dict[str, Any], *, disable_rollback: bool = False, **outputs: Any
    ) -> dict[str, Any]:
        """Update a stack, wait for its end, and describe it."""
        self.client("cloudformation").update_stack(
            StackName=name, TemplateBody=_template(resources, outputs), DisableRollback=disable_rollback
        )
        return self._wait_for_stack(name)

    def delete(self, name: str) -> None:
        self.client("cloudformation").delete_stack(StackName=name)

    def stack(self, name: str) -> dict[str, Any]:
        return self.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]

    def reasons(self, name: str) -> str:
        events = self.client("cloudformation").describe_stack_events(StackName=name)["StackEvents"]
        return "\n".join(event.get("ResourceStatusReason", "") for event in events)

    def containers(self, stack: str) -> list[ContainerState]:
        return self.environment.containers.describe(stack)

    def running(self, stack: str) -> list[ContainerState]:
        return [container for container in self.containers(stack) if container.status == "running"]

    def record(self, container: ContainerState) -> dict[str, Any]:
        """Return what process mode recorded about a container, its environment included."""
        record = self.environment.directory / "processes" / f"{container.id}.json"
        return dict(json.loads(record.read_text()))

    def task_definitions(self) -> list[dict[str, Any]]:
        ecs = self.client("ecs")
        arns = ecs.list_task_definitions()["taskDefinitionArns"]
        return [ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"] for arn in arns]

    def targets(self, health_path: str = "") -> dict[str, str]:
        """Return address -> state, of all target groups or of those with a health check path."""
        balancing = self.client("elbv2")
        return {
            target["Target"]["Id"]: target["TargetHealth"]["State"]
            for group in balancing.describe_target_groups()["TargetGroups"]
            if health_path in ("", group["HealthCheckPath"])
            for target in balancing.describe_target_health(TargetGroupArn=group["TargetGroupArn"])[
                "TargetHealthDescriptions"
            ]
        }

    def get(self, url: str, path: str = "/any", **headers: str) -> httpx.Response:
        base, own = self.environment.request_target(url)
        return httpx.get(f"{base}{path}", headers=own | headers, timeout=10)

    @staticmethod
    def wait(ask: Callable[[], Any], enough: Callable[[Any], bool] = bool, seconds: float = 20) -> Any:
        deadline = time.monotonic() + seconds
        while not enough(answer := ask()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"still {answer!r} after {seconds} s")
            time.sleep(0.05)
        return answer

    def _wait_for_stack(self, name: str) -> dict[str, Any]:
        return self.wait(lambda: self.stack(name), lambda stack: not stack["StackStatus"].endswith("_IN_PROGRESS"))


def output(stack: dict[str, Any]) -> str:
    """Return the value of the stack's only output."""
    [found] = stack["Outputs"]
    return str(found["OutputValue"])


def _template(resources: dict[str, Any], outputs: dict[str, Any]) -> str:
    return json.dumps({"Resources": resources, "Outputs": {key: {"Value": value} for key, value in outputs.items()}})


@contextmanager
def started(directory: Path, *leave_out: str) -> Iterator[Emulator]:
    """Start an emulator without containers that knows the tiny service's image, and without some patches."""
    assembly = directory / "cdk.out"
    write_assembly(assembly)
    environment = lifecycle.start(
        Settings(engine="processes", directory=directory / "local", assembly=assembly, leave_out=leave_out)
    )
    try:
        yield Emulator(environment)
    finally:
        lifecycle.stop(environment)


def write_assembly(assembly: Path) -> None:
    """Write the part of a cloud assembly that defines the image."""
    (assembly / "image").mkdir(parents=True)
    entry_point = json.dumps(ENTRY_POINT)
    (assembly / "image" / "Dockerfile").write_text(
        f"FROM scratch\nENTRYPOINT {entry_point}\nCMD {json.dumps(['serve'])}\n"
    )
    (assembly / "tiny.assets.json").write_text(
        json.dumps({"dockerImages": {"tiny": {"source": {"directory": "image"}}}})
    )
