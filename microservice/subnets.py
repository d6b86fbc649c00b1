"""The subnets of a service, selected from a VPC and checked."""

from aws_cdk import aws_ec2 as ec2

from .errors import UnsupportedVpcError


def private_subnets(vpc: ec2.IVpc, platform: str) -> ec2.SelectedSubnets:
    """Return the private subnets with egress, through which replicas without public addresses pull their image.

    Depend on `internet_connectivity_established` of the result: a replica that starts before the routes of its subnet
    exist cannot pull, if the VPC is in the same stack.

    Args:
        vpc: The VPC.
        platform: The service's replicas, as AWS names them: "ECS tasks".

    Raises:
        UnsupportedVpcError: The VPC has no private subnets with egress.
    """
    if not vpc.private_subnets:
        raise UnsupportedVpcError(
            vpc=vpc.node.path,
            platform=platform,
            subnets=_found(vpc),
            allowed="a VPC with private subnets with egress (a NAT gateway)",
            fix="Pass a VPC whose subnets include SubnetType.PRIVATE_WITH_EGRESS, or use ExpressMicroservice, whose "
            "tasks run in public subnets, or LambdaMicroservice, which needs no VPC.",
        )
    return vpc.select_subnets(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS)


def public_subnets(vpc: ec2.IVpc, platform: str) -> ec2.SelectedSubnets:
    """Return the public subnets of a VPC, in at least two Availability Zones.

    Args:
        vpc: The VPC.
        platform: The service's replicas or load balancer, as AWS names them.

    Raises:
        UnsupportedVpcError: The VPC has fewer than two public subnets: a load balancer requires two zones.
    """
    if len(vpc.public_subnets) < 2:
        raise UnsupportedVpcError(
            vpc=vpc.node.path,
            platform=platform,
            subnets=_found(vpc),
            allowed="a VPC with public subnets in two Availability Zones",
            fix="Pass a VPC whose subnets include SubnetType.PUBLIC, with max_azs of at least 2.",
        )
    return vpc.select_subnets(subnet_type=ec2.SubnetType.PUBLIC)


def _found(vpc: ec2.IVpc) -> str:
    groups = {"public": vpc.public_subnets, "private": vpc.private_subnets, "isolated": vpc.isolated_subnets}
    return ", ".join(f"{len(subnets)} {kind}" for kind, subnets in groups.items() if subnets) or "none"
