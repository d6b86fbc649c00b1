"""Networks: what a VPC says of itself."""

from __future__ import annotations

from typing import Any

from ministack.services.cloudformation import provisioners

from local_aws.emulator.config import EmulatorConfig
from local_aws.emulator.engines import Engine


def tell_address_ranges(_config: EmulatorConfig, _engine: Engine) -> None:
    """MiniStack knows a VPC's range of addresses, and refuses templates that ask for it."""
    vpc = provisioners._RESOURCE_HANDLERS["AWS::EC2::VPC"]
    create, update = vpc["create"], vpc["update"]

    def created(logical_id: str, props: dict[str, Any], stack: str) -> Any:
        physical_id, attributes = create(logical_id, props, stack)
        return physical_id, attributes | {"CidrBlock": props["CidrBlock"]}

    def updated(physical_id: str, old: dict[str, Any], new: dict[str, Any], *args: Any) -> Any:
        physical_id, attributes = update(physical_id, old, new, *args)
        return physical_id, attributes | {"CidrBlock": new["CidrBlock"]}

    vpc.update(create=created, update=updated)
