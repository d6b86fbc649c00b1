"""Lambda functions from images: the function's role, memory, read-only root and configuration."""

from __future__ import annotations

from typing import Any

from ministack.services import lambda_svc

from local_aws.emulator.config import ROLE_LABEL, STACK_LABEL, EmulatorConfig
from local_aws.emulator.credentials import role_environment
from local_aws.emulator.engines import Engine
from local_aws.emulator.patches.cloudformation import OWNERS
from local_aws.engine.processes import NETWORK

_TRACE_HEADER = "x-amzn-trace-id"
_HEADERS = 5  # their place among the arguments of the event's builder
_MIB = 1024 * 1024
# At 1769 MB a function has one vCPU: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
_MIB_PER_CPU = 1769
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-ephemeral-storage.html
_TMP = {"/tmp": "size=512m"}  # noqa: S108


def run_as_configured(config: EmulatorConfig, engine: Engine) -> None:
    """MiniStack gives a function neither limits nor its role, and its image no runtime interface emulator."""
    lambda_svc._cached_docker_client = _FunctionEngine(config, engine)
    lambda_svc._docker_available = True
    # The function's container is asked at its own address in the engine's network.
    lambda_svc._is_in_container = False
    lambda_svc.LAMBDA_DOCKER_NETWORK = "" if config.publish else config.network or NETWORK
    lambda_svc.execution_credentials = lambda function: role_environment(
        config, function["Role"], function["FunctionName"]
    )


def keep_the_trace(_config: EmulatorConfig, _engine: Engine) -> None:
    """MiniStack's function URLs begin a new trace for every request, also for one that comes with a trace."""
    original = lambda_svc._build_function_url_event

    def build(*args: Any, **kwargs: Any) -> dict[str, Any]:
        event: dict[str, Any] = original(*args, **kwargs)
        sent = {name.lower(): value for name, value in args[_HEADERS].items()}
        event["headers"][_TRACE_HEADER] = sent.get(_TRACE_HEADER, event["headers"][_TRACE_HEADER])
        return event

    lambda_svc._build_function_url_event = build


class _FunctionEngine:
    """The engine, with what makes a container a function's container."""

    def __init__(self, config: EmulatorConfig, engine: Engine) -> None:
        self._config = config
        self._engine = engine
        self.images = engine.images
        self.containers = self

    def run(self, image: str, **options: Any) -> Any:
        environment = options["environment"] | {"AWS_ENDPOINT_URL": self._config.container_endpoint}
        memory_mib = int(environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"])
        rie = self._config.runtime_interface_emulator
        options |= {
            "environment": environment,
            "mem_limit": memory_mib * _MIB,
            "memswap_limit": memory_mib * _MIB,
            "nano_cpus": int(min(memory_mib / _MIB_PER_CPU, 6) * 1_000_000_000),
            "read_only": True,
            "healthcheck": {"test": ["NONE"]},
            "tmpfs": _TMP,
            "volumes": {str(rie): {"bind": "/usr/local/bin/aws-lambda-rie", "mode": "ro"}},
            "labels": options["labels"]
            | {STACK_LABEL: OWNERS.get(environment["AWS_LAMBDA_FUNCTION_NAME"], ""), ROLE_LABEL: "function"},
        }
        options.pop("extra_hosts", None)
        return _Quiet(self._engine.containers.run(image, **options))

    def get(self, name: str) -> Any:
        return self._engine.containers.get(name)


class _Quiet:
    """A function's container that is not asked for its output and its memory after every call.

    The engine needs a second to measure memory, and searches all output each time: far longer than the call itself.
    Both are there for `local_aws.facts`, which asks the engine directly.
    """

    def __init__(self, container: Any) -> None:
        self._container = container

    def logs(self, **options: Any) -> Any:
        return b"" if options.get("since") else self._container.logs(**options)

    def stats(self, **_options: Any) -> dict[str, Any]:
        return {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._container, name)
