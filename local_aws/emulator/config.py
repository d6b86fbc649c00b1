"""Configuration of the emulator process, and the names that both sides of the process boundary share."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

# Subdirectory of a run's directory for the generated files that emulated services find in deployed templates.
GENERATED = "generated"
# The spans that services exported: OTLP messages, one after the other.
SPANS_FILE = "spans.otlp"
# Subdirectory for the state that a restarted emulator continues with.
KEPT_STATE = "kept-state"
# Written last, when the state is complete.
KEPT_STATE_MARKER = "complete"

# Paths that the emulator serves besides MiniStack's.
ENFORCEMENT_PATH = "/_local_aws/enforcement"
CRASH_PATH = "/_local_aws/crash"
FAULTS_PATH = "/_local_aws/faults"
READY_PATH = "/_local_aws/ready"
TRACES_PATH = "/v1/traces"

# Faults that the emulator injects into its own services.
THROTTLE_TABLE = "throttle-table"
FAIL_SECRETS = "fail-secrets"
DUPLICATE_EVENTS = "duplicate-events"

# Labels of containers and networks.
LABEL = "local-aws.run"
STACK_LABEL = "local-aws.stack"
RESOURCE_LABEL = "local-aws.resource"
# MiniStack's own label: ARN of the task.
TASK_LABEL = "com.amazonaws.ecs.task-arn"
ROLE_LABEL = "local-aws.role"
STOP_TIMEOUT_LABEL = "local-aws.stop-timeout-s"
HEALTH_COMMAND_LABEL = "local-aws.health-command"
# The generated file that a container was started from, and the tool that started it.
FILE_LABEL = "local-aws.file"
LAUNCHER_LABEL = "local-aws.launcher"


@dataclass(frozen=True, kw_only=True)
class EmulatorConfig:
    """Configuration of one emulator process.

    Attributes:
        port: the port on every address in `bind`.
        bind: the addresses to listen on: loopback, and the gateway of the engine's private network.
        container_endpoint: the emulator's URL as seen from inside a container.
        engine: "docker", "podman" or "processes".
        engine_url: URL of the engine's API; "" for processes.
        network: the engine's network for this run; "" for processes.
        publish: whether to publish container ports on loopback, for engines that run in a virtual machine.
        label: the value of the label `LABEL` on everything that the run creates in the engine.
        directory: the directory for logs, spans and process records.
        assembly: the cloud assembly; process mode reads the image definition from it.
        service_bin: the `bin` directory of the Python environment with the image's dependencies, for process mode.
        node_bin: the directory of Node.js, for process mode.
        runtime_interface_emulator: path of the AWS Lambda runtime interface emulator.
        account: the AWS account ID.
        region: the AWS Region.
        remove_exited: whether containers of tasks are removed when they have exited. Default: False, exit codes and
            logs stay available.
        leave_out: names of patches to skip; tests use it to show what a patch is for. Default: apply all patches.
    """

    port: int
    bind: tuple[str, ...]
    container_endpoint: str
    engine: str
    engine_url: str
    network: str
    publish: bool
    label: str
    directory: Path
    assembly: Path
    service_bin: Path
    node_bin: Path
    runtime_interface_emulator: Path
    account: str
    region: str
    remove_exited: bool = False
    leave_out: tuple[str, ...] = ()

    def to_json(self) -> str:
        """Serialise the configuration for the emulator process."""
        return json.dumps(asdict(self), default=str)

    @classmethod
    def from_json(cls, text: str) -> EmulatorConfig:
        """Parse the output of `to_json`."""
        data = json.loads(text)
        paths = {
            name: Path(data[name])
            for name in ("directory", "assembly", "service_bin", "node_bin", "runtime_interface_emulator")
        }
        return cls(**data | paths | {"bind": tuple(data["bind"]), "leave_out": tuple(data["leave_out"])})


def is_kept(config: EmulatorConfig) -> bool:
    """Return whether an emulator before this one left its state."""
    return (config.directory / KEPT_STATE / KEPT_STATE_MARKER).exists()
