"""The subnets of a service, selected from a VPC and checked."""

from collections.abc import Sequence

from aws_cdk import aws_ec2 as ec2

from .errors import UnsupportedVpcError

_PUBLIC, _PRIVATE, _PRIVATE_OR_ISOLATED = ("public",), ("private",), ("private", "isolated")
_ISOLATED_FIX = (
    " If the isolated subnets have VPC endpoints for everything that the replicas call, pass "
    "subnets=SubnetSelection(subnet_type=SubnetType.PRIVATE_ISOLATED)."
)


def private_subnets(
    vpc: ec2.IVpc, platform: str, subnets: ec2.SubnetSelection | None = None, *, isolated: bool = True
) -> ec2.SelectedSubnets:
    """Return the subnets of replicas without public addresses, which pull their image through a NAT gateway.

    Depend on `internet_connectivity_established` of the result: a replica that starts before the routes of its subnet
    exist cannot pull, if the VPC is in the same stack.

    Args:
        vpc: The VPC.
        platform: The service's replicas, as AWS names them: "ECS tasks".
        subnets: Subnets that you select. Isolated ones need VPC endpoints for everything that the replicas call.
            Default: all private subnets with egress.
        isolated: Whether the platform works in isolated subnets with VPC endpoints. Default: True.

    Raises:
        UnsupportedVpcError: The VPC has no private subnets with egress, or the selected subnets are public.
    """
    if subnets is not None:
        return _selected(vpc, platform, subnets, _PRIVATE_OR_ISOLATED if isolated else _PRIVATE)
    if not vpc.private_subnets:
        raise UnsupportedVpcError(
            vpc=vpc.node.path,
            platform=platform,
            subnets=_found(vpc),
            allowed="a VPC with private subnets with egress (a NAT gateway)",
            fix="Pass a VPC whose subnets include SubnetType.PRIVATE_WITH_EGRESS, or use ExpressMicroservice, whose "
            "tasks run in public subnets, or LambdaMicroservice, which needs no VPC."
            + (_ISOLATED_FIX if isolated and vpc.isolated_subnets else ""),
        )
    return vpc.select_subnets(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS)


def public_subnets(vpc: ec2.IVpc, platform: str, subnets: ec2.SubnetSelection | None = None) -> ec2.SelectedSubnets:
    """Return public subnets of a VPC, in at least two Availability Zones.

    Args:
        vpc: The VPC.
        platform: The service's replicas or load balancer, as AWS names them.
        subnets: Subnets that you select. Default: all public subnets.

    Raises:
        UnsupportedVpcError: There are fewer than two public subnets: a load balancer requires two zones.
    """
    if subnets is not None:
        return _in_two_zones(vpc, platform, _selected(vpc, platform, subnets, _PUBLIC))
    if len(vpc.public_subnets) < 2:
        raise UnsupportedVpcError(
            vpc=vpc.node.path,
            platform=platform,
            subnets=_found(vpc),
            allowed="a VPC with public subnets in two Availability Zones",
            fix="Pass a VPC whose subnets include SubnetType.PUBLIC, with max_azs of at least 2.",
        )
    return vpc.select_subnets(subnet_type=ec2.SubnetType.PUBLIC)


def express_subnets(vpc: ec2.IVpc, subnets: ec2.SubnetSelection | None = None) -> ec2.SelectedSubnets:
    """Return the subnets of ECS Express Mode, in at least two Availability Zones: tasks in public ones have addresses.

    Args:
        vpc: The VPC.
        subnets: Subnets that you select, public or private. Default: all public subnets.

    Raises:
        UnsupportedVpcError: There are none in two zones, or the selected subnets are both public and private.
    """
    platform = "ECS Express Mode"
    if subnets is None:
        return public_subnets(vpc, platform)
    kinds = _kinds(vpc)
    has_public = any(kinds.get(each, "public") == "public" for each in _select(vpc, subnets).subnet_ids)
    allowed = _PUBLIC if has_public else _PRIVATE_OR_ISOLATED
    return _in_two_zones(vpc, platform, _selected(vpc, platform, subnets, allowed))


def load_balancer_subnets(vpc: ec2.IVpc, subnets: ec2.SubnetSelection | None = None) -> ec2.SelectedSubnets:
    """Return subnets of an internal load balancer, which needs no egress, in at least two Availability Zones.

    Args:
        vpc: The VPC.
        subnets: Subnets that you select. Default: the private subnets with egress, or else the isolated ones.

    Raises:
        UnsupportedVpcError: There are none in two zones, or the selected subnets are public.
    """
    platform = "a private load balancer"
    if subnets is None:
        found = vpc.private_subnets or vpc.isolated_subnets
        if not found:
            private_subnets(vpc, platform)
        subnets = ec2.SubnetSelection(subnets=found)
    return _in_two_zones(vpc, platform, _selected(vpc, platform, subnets, _PRIVATE_OR_ISOLATED))


def _selected(
    vpc: ec2.IVpc, platform: str, selection: ec2.SubnetSelection, allowed: Sequence[str]
) -> ec2.SelectedSubnets:
    """Return the selected subnets, all of the allowed kinds; subnets that an imported VPC does not list pass."""
    found = _select(vpc, selection)
    kinds = _kinds(vpc)
    wrong = sorted({kinds[each] for each in found.subnet_ids if kinds.get(each, allowed[0]) not in allowed})
    if wrong or not found.subnet_ids:
        phrase = " or ".join(allowed)
        raise UnsupportedVpcError(
            vpc=vpc.node.path,
            platform=platform,
            subnets=", ".join(wrong) or "none",
            allowed=f"{phrase} subnets",
            fix=f"Select {phrase} subnets of the VPC, which has {_found(vpc)}.",
        )
    return found


def _select(vpc: ec2.IVpc, selection: ec2.SubnetSelection) -> ec2.SelectedSubnets:
    return vpc.select_subnets(
        availability_zones=selection.availability_zones,
        one_per_az=selection.one_per_az,
        subnet_filters=selection.subnet_filters,
        subnet_group_name=selection.subnet_group_name,
        subnets=selection.subnets,
        subnet_type=selection.subnet_type,
    )


def _in_two_zones(vpc: ec2.IVpc, platform: str, found: ec2.SelectedSubnets) -> ec2.SelectedSubnets:
    if len(found.subnet_ids) < 2:
        raise UnsupportedVpcError(
            vpc=vpc.node.path,
            platform=platform,
            subnets=f"{len(found.subnet_ids)} selected",
            allowed="subnets in two Availability Zones",
            fix="Select one more subnet, in another Availability Zone.",
        )
    return found


def _groups(vpc: ec2.IVpc) -> dict[str, Sequence[ec2.ISubnet]]:
    return {"public": vpc.public_subnets, "private": vpc.private_subnets, "isolated": vpc.isolated_subnets}


def _kinds(vpc: ec2.IVpc) -> dict[str, str]:
    """Return subnet ID -> kind."""
    return {subnet.subnet_id: kind for kind, subnets in _groups(vpc).items() for subnet in subnets}


def _found(vpc: ec2.IVpc) -> str:
    return ", ".join(f"{len(subnets)} {kind}" for kind, subnets in _groups(vpc).items() if subnets) or "none"
