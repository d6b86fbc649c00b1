"""Lambda functions from images: the function's role, memory, read-only root file system and configuration."""

from __future__ import annotations

from typing import Any

import docker
from ministack.services import lambda_svc

from local_aws.emulator.config import RESOURCE_LABEL, ROLE_LABEL, STACK_LABEL, EmulatorConfig
from local_aws.emulator.credentials import role_environment
from local_aws.emulator.patches.cloudformation import LOGICAL_IDS, STACKS
from local_aws.engine.client import Engine
from local_aws.engine.processes import NETWORK
from local_aws.engine.wrapper import Wrapper

_TRACE_HEADER = "x-amzn-trace-id"
# Position of the headers among the arguments of the event's builder.
_HEADERS = 5
_MIB = 1024 * 1024
_EMULATOR = "/usr/local/bin/aws-lambda-rie"
# At 1769 MB a function has one vCPU: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
_MIB_PER_CPU = 1769
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-ephemeral-storage.html
_TMP = {"/tmp": "size=512m"}  # noqa: S108


def honour_configuration(config: EmulatorConfig, engine: Engine) -> None:
    """MiniStack gives a function neither limits nor its role, and its image no runtime interface emulator."""
    lambda_svc._cached_docker_client = _FunctionEngine(config, engine)
    lambda_svc._docker_available = True
    # MiniStack then calls the function's container at its own address in the engine's network.
    lambda_svc._is_in_container = False
    lambda_svc.LAMBDA_DOCKER_NETWORK = "" if config.publish else config.network or NETWORK
    lambda_svc.execution_credentials = lambda function: role_environment(
        config, function["Role"], function["FunctionName"]
    )


def keep_trace_header() -> None:
    """MiniStack's function URLs start a new trace for every request, even if the request carries a trace."""
    original = lambda_svc._build_function_url_event

    def build(*args: Any, **kwargs: Any) -> dict[str, Any]:
        event: dict[str, Any] = original(*args, **kwargs)
        sent = {name.lower(): value for name, value in args[_HEADERS].items()}
        event["headers"][_TRACE_HEADER] = sent.get(_TRACE_HEADER, event["headers"][_TRACE_HEADER])
        return event

    lambda_svc._build_function_url_event = build


class _FunctionEngine:
    """An engine that starts containers with the limits and the runtime of a function."""

    def __init__(self, config: EmulatorConfig, engine: Engine) -> None:
        self._config = config
        self._engine = engine
        self.images = engine.images
        self.containers = self

    def run(self, image: str, **options: Any) -> Any:
        environment = options["environment"] | {"AWS_ENDPOINT_URL": self._config.container_endpoint}
        name = environment["AWS_LAMBDA_FUNCTION_NAME"]
        memory_mib = int(environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"])
        options |= {
            "environment": environment,
            "mem_limit": memory_mib * _MIB,
            "memswap_limit": memory_mib * _MIB,
            "nano_cpus": int(min(memory_mib / _MIB_PER_CPU, 6) * 1_000_000_000),
            "read_only": True,
            "healthcheck": {"test": ["NONE"]},
            "tmpfs": _TMP,
            "volumes": {str(self._config.runtime_interface_emulator): {"bind": _EMULATOR, "mode": "ro"}},
            "labels": options["labels"]
            | {STACK_LABEL: STACKS.get(name, ""), RESOURCE_LABEL: LOGICAL_IDS.get(name, ""), ROLE_LABEL: "function"},
        }
        options.pop("extra_hosts", None)
        if self._config.engine != "processes":
            options |= self._with_runtime_interface_emulator(image, options)
        return _FunctionContainer(self._engine.containers.run(image, **options))

    def get(self, name: str) -> Any:
        return self._engine.containers.get(name)

    def _with_runtime_interface_emulator(self, image: str, options: dict[str, Any]) -> dict[str, Any]:
        """Start the image's own command in the runtime interface emulator: an image need not know of it."""
        try:
            found = self._engine.images.get(image)
        except docker.errors.ImageNotFound:
            found = self._engine.images.pull(image)
        defaults = found.attrs["Config"]
        argv = [*(options.get("entrypoint") or defaults.get("Entrypoint") or [])]
        argv += options.get("command") or defaults.get("Cmd") or []
        return {"entrypoint": [_EMULATOR], "command": argv}


class _FunctionContainer(Wrapper):
    """A function's container without log and memory queries after every call.

    The engine needs a second to measure memory, and searches all logs each time: far longer than the call itself.
    `engine.container_inspect` reads both from the engine directly.
    """

    def logs(self, **options: Any) -> Any:
        return b"" if options.get("since") else self._wrapped.logs(**options)

    def stats(self, **_options: Any) -> dict[str, Any]:
        return {}
