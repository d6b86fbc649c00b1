"""EC2: attributes of a VPC."""

from __future__ import annotations

from typing import Any

from ministack.services.cloudformation import provisioners


def add_vpc_cidr_block() -> None:
    """MiniStack knows the CIDR block of a VPC, but rejects templates that read it with `Fn::GetAtt`."""
    vpc = provisioners._RESOURCE_HANDLERS["AWS::EC2::VPC"]
    create, update = vpc["create"], vpc["update"]

    def with_cidr_block(created: Any, props: dict[str, Any]) -> Any:
        physical_id, attributes = created
        return physical_id, attributes | {"CidrBlock": props["CidrBlock"]}

    vpc.update(
        create=lambda logical_id, props, stack: with_cidr_block(create(logical_id, props, stack), props),
        update=lambda physical_id, old, new, *args: with_cidr_block(update(physical_id, old, new, *args), new),
    )
