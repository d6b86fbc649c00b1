"""Rules about updates that AWS's resource schemas leave out, with the pages that state them."""

from collections.abc import Mapping

_CDK_PROVIDER = "https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.custom_resources-readme.html"

# Resource type -> property -> why a change of it makes another resource, although the schema does not say so.
CREATE_ONLY: Mapping[str, Mapping[str, str]] = {
    # The CDK's function runs `helm upgrade --install` with these: another value installs a second release, and the
    # provider framework returns the old physical ID, so that the first release is never uninstalled.
    "Custom::AWSCDK-EKS-HelmChart": dict.fromkeys(("ClusterName", "Release", "Namespace"), _CDK_PROVIDER),
    # A change deletes the objects in the old cluster only after those in the new one exist.
    "Custom::AWSCDK-EKS-KubernetesResource": dict.fromkeys(("ClusterName",), _CDK_PROVIDER),
}

# Resource type -> conditionally create-only properties that are updated in place with the templates of this project.
UPDATED_IN_PLACE: Mapping[str, set[str]] = {
    # Replaced with `UpdatePolicy: AutoScalingReplacingUpdate` only, which `change_set` looks for.
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-updatepolicy.html
    "AWS::AutoScaling::AutoScalingGroup": {
        *("LaunchConfigurationName", "LaunchTemplate", "MixedInstancesPolicy", "VPCZoneIdentifier"),
    },
}

# Resource type -> property paths whose values AWS accepts once, although they are no identifier of the schema.
UNIQUE: Mapping[str, tuple[tuple[str, ...], ...]] = {
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
    "AWS::ApiGatewayV2::Route": (("ApiId", "RouteKey"),),
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/update-service-parameters.html
    "AWS::ECS::Service": (("Cluster", "ServiceName"),),
    # InvalidPermission.Duplicate: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
    "AWS::EC2::SecurityGroupEgress": (
        ("GroupId", "IpProtocol", "FromPort", "ToPort", "DestinationSecurityGroupId"),
        ("GroupId", "IpProtocol", "FromPort", "ToPort", "CidrIp"),
    ),
    "AWS::EC2::SecurityGroupIngress": (
        ("GroupId", "IpProtocol", "FromPort", "ToPort", "SourceSecurityGroupId"),
        ("GroupId", "IpProtocol", "FromPort", "ToPort", "CidrIp"),
    ),
    # InvalidGroup.Duplicate, on the same page.
    "AWS::EC2::SecurityGroup": (("VpcId", "GroupName"),),
    # InvalidSubnet.Conflict, on the same page.
    "AWS::EC2::Subnet": (("VpcId", "CidrBlock"),),
    # RouteAlreadyExists, on the same page.
    "AWS::EC2::Route": (("RouteTableId", "DestinationCidrBlock"),),
    # https://docs.aws.amazon.com/eks/latest/APIReference/API_CreatePodIdentityAssociation.html
    "AWS::EKS::PodIdentityAssociation": (("ClusterName", "Namespace", "ServiceAccount"),),
    # DuplicateListener, PriorityInUse, DuplicateLoadBalancerName, DuplicateTargetGroupName:
    # https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateListener.html
    "AWS::ElasticLoadBalancingV2::Listener": (("LoadBalancerArn", "Port"),),
    "AWS::ElasticLoadBalancingV2::ListenerRule": (("ListenerArn", "Priority"),),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": (("Name",),),
    "AWS::ElasticLoadBalancingV2::TargetGroup": (("Name",),),
    # https://docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html
    "AWS::Lambda::Alias": (("FunctionName", "Name"),),
    # https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunctionUrlConfig.html
    "AWS::Lambda::Url": (("TargetFunctionArn", "Qualifier"),),
    "AWS::SecretsManager::Secret": (("Name",),),
    # https://docs.aws.amazon.com/xray/latest/api/API_CreateGroup.html
    "AWS::XRay::Group": (("GroupName",),),
    "AWS::XRay::SamplingRule": (("SamplingRule/RuleName",),),
    # Helm owns a release by its name in a namespace: https://helm.sh/docs/glossary/#release
    "Custom::AWSCDK-EKS-HelmChart": (("ClusterName", "Namespace", "Release"),),
}

# Resource type -> property -> why AWS accepts a change of it and keeps the old value.
IGNORED: Mapping[str, Mapping[str, str]] = {
    # UpdateGroup and UpdateSamplingRule find their object by this name; they cannot rename it.
    "AWS::XRay::Group": {"GroupName": "https://docs.aws.amazon.com/xray/latest/api/API_UpdateGroup.html"},
    "AWS::XRay::SamplingRule": {
        "SamplingRule/RuleName": "https://docs.aws.amazon.com/xray/latest/api/API_SamplingRuleUpdate.html"
    },
}

# Options of an Elastic Beanstalk environment that can be set at its creation only: (namespace, option) -> page.
_BEANSTALK = "https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/command-options-general.html"
BEANSTALK_CREATE_ONLY: Mapping[tuple[str, str], str] = {
    ("aws:elasticbeanstalk:environment", "EnvironmentType"): _BEANSTALK,
    ("aws:elasticbeanstalk:environment", "LoadBalancerType"): _BEANSTALK,
    ("aws:elasticbeanstalk:environment", "LoadBalancerIsShared"): _BEANSTALK,
    ("aws:elbv2:loadbalancer", "SharedLoadBalancer"): _BEANSTALK,
    ("aws:ec2:vpc", "VPCId"): _BEANSTALK,
    # https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/using-features.managing.ec2.html
    ("aws:ec2:instances", "SupportedArchitectures"): _BEANSTALK,
}

# Attributes that change although their resource is updated in place: type -> attribute -> properties that cause it.
# Creating a version of a launch template changes its number:
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-launchtemplate.html
CHANGING_ATTRIBUTES: Mapping[str, Mapping[str, str]] = {
    "AWS::EC2::LaunchTemplate": {"LatestVersionNumber": "LaunchTemplateData"},
}

# Types whose replacement or removal takes no request, no data and no address away: how it works.
REVISIONS: Mapping[str, str] = {
    "AWS::AppRunner::AutoScalingConfiguration": "a new revision",
    "AWS::AppRunner::ObservabilityConfiguration": "a new revision",
    "AWS::ApplicationAutoScaling::ScalingPolicy": "the number of tasks stays",
    "AWS::AutoScaling::ScalingPolicy": "the number of instances stays",
    "AWS::CDK::Metadata": "no resource",
    "AWS::CloudWatch::Alarm": "a new alarm starts without data",
    "AWS::CodeDeploy::Application": "the alias keeps the version that it has",
    "AWS::CodeDeploy::DeploymentConfig": "the next deployment uses it",
    "AWS::CodeDeploy::DeploymentGroup": "the alias keeps the version that it has",
    "AWS::EC2::SecurityGroupEgress": "the new rule exists before the old one is deleted",
    "AWS::EC2::SecurityGroupIngress": "the new rule exists before the old one is deleted",
    "AWS::ECS::TaskDefinition": "a new revision",
    "AWS::ElasticBeanstalk::ApplicationVersion": "a new version",
    "AWS::IAM::InstanceProfile": "its users switch before the old one is deleted",
    "AWS::IAM::Policy": "the role keeps its permissions: policies are put by name",
    "AWS::IAM::Role": "its users switch before the old one is deleted",
    "AWS::Lambda::LayerVersion": "a new version",
    "AWS::Lambda::Permission": "the new statement exists before the old one is deleted",
    "AWS::Lambda::Version": "a new version",
    "AWS::SNS::Subscription": "a receiver of notifications",
    "AWS::WAFv2::WebACLAssociation": "requests pass without the rules of the web ACL",
}
