"""No-op resource types: MiniStack rejects them, and a local run cannot show their effect.

Only types that do not decide how a deployment ends belong here. A type that runs something is an emulated service.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class NoOpResource:
    """A resource that exists for references only.

    Attributes:
        prefix: prefix of its physical ID (`Ref`).
        attributes: names and values for `Fn::GetAtt`; `{id}` stands for the physical ID. Default: none.
    """

    prefix: str
    attributes: tuple[tuple[str, str], ...] = ()

    def created(self, physical_id: str) -> tuple[str, dict[str, str]]:
        """Return physical ID and attributes, as CloudFormation records them."""
        return physical_id, {name: value.format(id=physical_id) for name, value in self.attributes}


def _arn(service: str, kind: str) -> str:
    return f"arn:aws:{service}:us-east-1:000000000000:{kind}/{{id}}"


NOOP_RESOURCES: dict[str, NoOpResource] = {
    # Networking: all containers share one private network.
    "AWS::EC2::EIP": NoOpResource("eipalloc-", (("AllocationId", "{id}"), ("PublicIp", "198.51.100.1"))),
    "AWS::EC2::NatGateway": NoOpResource("nat-", (("NatGatewayId", "{id}"),)),
    "AWS::EC2::FlowLog": NoOpResource("fl-", (("Id", "{id}"),)),
    "AWS::EC2::SecurityGroupIngress": NoOpResource("sgr-", (("Id", "{id}"),)),
    "AWS::EC2::SecurityGroupEgress": NoOpResource("sgr-", (("Id", "{id}"),)),
    "AWS::ApiGatewayV2::VpcLink": NoOpResource("vl", (("VpcLinkId", "{id}"),)),
    "Custom::VpcRestrictDefaultSG": NoOpResource("restrict-"),
    # Capacity: every task runs as a container on this machine.
    "AWS::ECS::CapacityProvider": NoOpResource("capacity-"),
    "AWS::ECS::ClusterCapacityProviderAssociations": NoOpResource("capacity-of-"),
    # Scaling: the number of tasks stays at its minimum.
    "AWS::ApplicationAutoScaling::ScalingPolicy": NoOpResource(
        "policy-", (("Arn", _arn("autoscaling", "scalingPolicy")),)
    ),
    # App Runner's collector: services send their spans to the emulator directly.
    "AWS::AppRunner::ObservabilityConfiguration": NoOpResource(
        "observability-", (("ObservabilityConfigurationArn", _arn("apprunner", "observabilityconfiguration")),)
    ),
    # Kubernetes: there is no cluster, and no Kubernetes API.
    "AWS::EKS::AccessEntry": NoOpResource("access-", (("AccessEntryArn", _arn("eks", "access-entry")),)),
    "AWS::EKS::Addon": NoOpResource("addon-", (("Arn", _arn("eks", "addon")),)),
    "AWS::EKS::FargateProfile": NoOpResource("profile-", (("Arn", _arn("eks", "fargateprofile")),)),
    "AWS::IAM::OIDCProvider": NoOpResource("arn:aws:iam::000000000000:oidc-provider/", (("Arn", "{id}"),)),
    "Custom::AWSCDK-EKS-KubernetesResource": NoOpResource("manifest-"),
    # Only a name for versions and environments.
    "AWS::ElasticBeanstalk::Application": NoOpResource("application-"),
    # Observability: spans are collected, but not sampled, grouped or searched; alarms are not evaluated.
    "AWS::XRay::Group": NoOpResource("group-", (("GroupARN", _arn("xray", "group")),)),
    "AWS::XRay::SamplingRule": NoOpResource("rule-", (("RuleARN", _arn("xray", "sampling-rule")),)),
    "AWS::XRay::TransactionSearchConfig": NoOpResource("search-", (("AccountId", "000000000000"),)),
    "AWS::XRay::ResourcePolicy": NoOpResource("xray-policy-"),
    "AWS::CloudWatch::CompositeAlarm": NoOpResource("alarm-", (("Arn", _arn("cloudwatch", "alarm")),)),
    "AWS::Logs::QueryDefinition": NoOpResource("query-", (("QueryDefinitionId", "{id}"),)),
}
