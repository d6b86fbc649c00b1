"""The private network of a run, and the addresses of the emulator in it."""

from __future__ import annotations

from dataclasses import dataclass

from local_aws.emulator.config import LABEL
from local_aws.engine.detect import docker_client
from local_aws.environment import EngineInfo

_LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, kw_only=True)
class Network:
    """A run's network.

    Attributes:
        name: the engine's name for it; "" without an engine.
        addresses: the addresses of this machine that the emulator listens on.
        host: the host name or address of this machine inside the network.
    """

    name: str
    addresses: tuple[str, ...]
    host: str


def create(engine: EngineInfo, label: str) -> Network:
    """Create the network of the run `label`; without an engine, everything uses loopback."""
    if not engine.has_containers:
        return Network(name="", addresses=(_LOOPBACK,), host=_LOOPBACK)
    with docker_client(engine) as docker:
        network = docker.networks.create(label, driver="bridge", labels={LABEL: label})
        network.reload()
        gateway = network.attrs["IPAM"]["Config"][0]["Gateway"]
    if engine.desktop:
        return Network(name=label, addresses=(_LOOPBACK,), host="host.docker.internal")
    return Network(name=label, addresses=(_LOOPBACK, gateway), host=gateway)
