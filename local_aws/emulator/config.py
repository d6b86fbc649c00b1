"""What the emulator's process is told when it is started; the only thing both sides of the process boundary share."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class EmulatorConfig:
    """Settings of one emulator process.

    Attributes:
        port: port on every address of `bind`.
        bind: addresses to listen on: loopback, and the gateway of the engine's private network.
        container_endpoint: the emulator as the service reaches it.
        engine: "docker", "podman" or "processes".
        engine_url: address of the engine's API; "" for processes.
        network: the engine's network for this run; "" for processes.
        publish: reach containers through ports on loopback, for engines that run in a virtual machine.
        label: value of the label `LABEL` that everything in the engine carries.
        directory: where logs, spans and process records are written.
        assembly: the cloud assembly; process mode reads the image's definition there.
        service_bin: directory of the Python environment that holds what the image holds.
        runtime_interface_emulator: path of AWS's Lambda runtime interface emulator.
        account: the AWS account.
        region: the AWS Region.
        leave_out: names of patches not to apply; tests use it to show what a patch is for.
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
    runtime_interface_emulator: Path
    account: str
    region: str
    leave_out: tuple[str, ...] = ()

    def to_json(self) -> str:
        """This configuration as the emulator's process reads it."""
        return json.dumps(asdict(self), default=str)

    @classmethod
    def from_json(cls, text: str) -> EmulatorConfig:
        """The configuration that `to_json` wrote."""
        data = json.loads(text)
        paths = {
            name: Path(data[name]) for name in ("directory", "assembly", "service_bin", "runtime_interface_emulator")
        }
        return cls(**data | paths | {"bind": tuple(data["bind"]), "leave_out": tuple(data["leave_out"])})


# Folder of a run's directory for the files that stand-ins find in deployed templates.
GENERATED = "generated"
LABEL = "local-aws.run"
STACK_LABEL = "local-aws.stack"
ROLE_LABEL = "local-aws.role"
STOP_TIMEOUT_LABEL = "local-aws.stop-timeout-s"
HEALTH_COMMAND_LABEL = "local-aws.health-command"
# The generated file that a container is started by, and the tool that did it.
FILE_LABEL = "local-aws.file"
LAUNCHER_LABEL = "local-aws.launcher"
