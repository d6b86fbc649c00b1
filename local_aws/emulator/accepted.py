"""Resource types that MiniStack refuses and this machine cannot show: accepted, and nothing happens.

Only what a template's outcome does not depend on here belongs in this list. A type that runs something gets a patch.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Accepted:
    """How an accepted resource looks to the rest of the template.

    Attributes:
        prefix: what its physical id (`Ref`) starts with.
        attributes: what `Fn::GetAtt` answers; `{id}` stands for the physical id.
    """

    prefix: str
    attributes: tuple[tuple[str, str], ...] = ()


_ARN = "arn:aws:{service}:us-east-1:000000000000:{kind}/{{id}}"


def _arn(service: str, kind: str) -> str:
    return _ARN.format(service=service, kind=kind)


ACCEPTED: dict[str, Accepted] = {
    # Networking: containers of this machine share one private network.
    "AWS::EC2::EIP": Accepted("eipalloc-", (("AllocationId", "{id}"), ("PublicIp", "198.51.100.1"))),
    "AWS::EC2::NatGateway": Accepted("nat-", (("NatGatewayId", "{id}"),)),
    "AWS::EC2::FlowLog": Accepted("fl-", (("Id", "{id}"),)),
    "AWS::EC2::SecurityGroupIngress": Accepted("sgr-", (("Id", "{id}"),)),
    "AWS::EC2::SecurityGroupEgress": Accepted("sgr-", (("Id", "{id}"),)),
    "AWS::ApiGatewayV2::VpcLink": Accepted("vl", (("VpcLinkId", "{id}"),)),
    "Custom::VpcRestrictDefaultSG": Accepted("restrict-"),
    # Capacity: tasks run as containers of this machine, whatever they would run on.
    "AWS::ECS::CapacityProvider": Accepted("capacity-"),
    "AWS::ECS::ClusterCapacityProviderAssociations": Accepted("capacity-of-"),
    # Scaling: nothing scales here.
    "AWS::ApplicationAutoScaling::ScalingPolicy": Accepted("policy-", (("Arn", _arn("autoscaling", "scalingPolicy")),)),
    # App Runner's collector: spans of the service go past it.
    "AWS::AppRunner::ObservabilityConfiguration": Accepted(
        "observability-", (("ObservabilityConfigurationArn", _arn("apprunner", "observabilityconfiguration")),)
    ),
    # Kubernetes: there is no cluster whose API these would change.
    "AWS::EKS::AccessEntry": Accepted("access-", (("AccessEntryArn", _arn("eks", "access-entry")),)),
    "AWS::EKS::Addon": Accepted("addon-", (("Arn", _arn("eks", "addon")),)),
    "AWS::EKS::FargateProfile": Accepted("profile-", (("Arn", _arn("eks", "fargateprofile")),)),
    "AWS::IAM::OIDCProvider": Accepted("arn:aws:iam::000000000000:oidc-provider/", (("Arn", "{id}"),)),
    "Custom::AWSCDK-EKS-KubernetesResource": Accepted("manifest-"),
    # A name that versions and environments belong to.
    "AWS::ElasticBeanstalk::Application": Accepted("application-"),
    # Observability: spans are collected, but nobody samples, groups or searches them.
    "AWS::XRay::Group": Accepted("group-", (("GroupARN", _arn("xray", "group")),)),
    "AWS::XRay::SamplingRule": Accepted("rule-", (("RuleARN", _arn("xray", "sampling-rule")),)),
    "AWS::XRay::TransactionSearchConfig": Accepted("search-", (("AccountId", "000000000000"),)),
    "AWS::XRay::ResourcePolicy": Accepted("xray-policy-"),
    "AWS::CloudWatch::CompositeAlarm": Accepted("alarm-", (("Arn", _arn("cloudwatch", "alarm")),)),
    "AWS::Logs::QueryDefinition": Accepted("query-", (("QueryDefinitionId", "{id}"),)),
}
