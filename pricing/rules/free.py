"""Types of resources that cost nothing, each with AWS's page and the reason."""

from collections.abc import Mapping

_VPC = "https://aws.amazon.com/vpc/pricing/"
_IAM = "https://aws.amazon.com/iam/faqs/"
_API = "https://aws.amazon.com/api-gateway/pricing/"
_ECS = "https://aws.amazon.com/ecs/pricing/"
_EKS = "https://aws.amazon.com/eks/pricing/"
_ELB = "https://aws.amazon.com/elasticloadbalancing/pricing/"
_LAMBDA = "https://aws.amazon.com/lambda/pricing/"
_SCALING = "https://aws.amazon.com/autoscaling/pricing/"
_BEANSTALK = "https://aws.amazon.com/elasticbeanstalk/pricing/"
_APP_RUNNER = "https://aws.amazon.com/apprunner/pricing/"

_NETWORK = f"parts of a VPC are free; gateways and addresses have prices of their own: {_VPC}"
_PERMISSION = f"IAM is free: {_IAM}"
_OF_AN_API = f"an HTTP API is billed by request: {_API}"
_OF_A_BALANCER = f"a load balancer is billed by hour and capacity unit: {_ELB}"
_OF_A_FUNCTION = f"a function is billed by request and duration: {_LAMBDA}"
_OF_A_POLICY = "who may do what costs nothing; the queue or topic has its price"

FREE: Mapping[str, str] = {
    "AWS::ApiGatewayV2::ApiMapping": _OF_AN_API,
    "AWS::ApiGatewayV2::DomainName": _OF_AN_API,
    "AWS::ApiGatewayV2::Integration": _OF_AN_API,
    "AWS::ApiGatewayV2::Route": _OF_AN_API,
    "AWS::ApiGatewayV2::Stage": f"{_OF_AN_API}; its access log is billed by its log group",
    "AWS::ApiGatewayV2::VpcLink": f"VPC links of HTTP APIs are free: {_API}",
    "AWS::AppRunner::AutoScalingConfiguration": f"the service is billed: {_APP_RUNNER}",
    "AWS::AppRunner::ObservabilityConfiguration": "spans are billed by the sampling rule",
    "AWS::ApplicationAutoScaling::ScalableTarget": f"scaling is free, its alarms are not: {_SCALING}",
    "AWS::CertificateManager::Certificate": "public certificates are free: https://aws.amazon.com/certificate-manager/pricing/",
    "AWS::CodeDeploy::Application": "free for Lambda and EC2: https://aws.amazon.com/codedeploy/pricing/",
    "AWS::CodeDeploy::DeploymentGroup": "free for Lambda and EC2: https://aws.amazon.com/codedeploy/pricing/",
    "AWS::EC2::FlowLog": "billed by its log group; rejected packets are next to nothing: https://aws.amazon.com/cloudwatch/pricing/",
    "AWS::EC2::InternetGateway": _NETWORK,
    "AWS::EC2::LaunchTemplate": "what it starts is billed by its group: https://aws.amazon.com/ec2/autoscaling/pricing/",
    "AWS::EC2::Route": _NETWORK,
    "AWS::EC2::RouteTable": _NETWORK,
    "AWS::EC2::SecurityGroup": _NETWORK,
    "AWS::EC2::SecurityGroupEgress": _NETWORK,
    "AWS::EC2::SecurityGroupIngress": _NETWORK,
    "AWS::EC2::Subnet": _NETWORK,
    "AWS::EC2::SubnetRouteTableAssociation": _NETWORK,
    "AWS::EC2::VPC": _NETWORK,
    "AWS::EC2::VPCGatewayAttachment": _NETWORK,
    "AWS::ECS::Cluster": f"a cluster is free; Container Insights is billed by service: {_ECS}",
    "AWS::ECS::ClusterCapacityProviderAssociations": f"tasks are billed: {_ECS}",
    "AWS::ECS::TaskDefinition": f"tasks are billed by what runs them: {_ECS}",
    "AWS::EKS::AccessEntry": f"clusters and what they start are billed: {_EKS}",
    "AWS::EKS::Addon": f"free; its pods are counted on the cluster's instances: {_EKS}",
    "AWS::EKS::FargateProfile": f"pods are billed, by their release: {_EKS}",
    "AWS::EKS::PodIdentityAssociation": f"clusters and what they start are billed: {_EKS}",
    "AWS::ElasticBeanstalk::Application": f"instances are billed, by the environment: {_BEANSTALK}",
    "AWS::ElasticBeanstalk::ApplicationVersion": f"a bundle of some kilobytes in S3: {_BEANSTALK}",
    "AWS::ElasticLoadBalancingV2::Listener": _OF_A_BALANCER,
    "AWS::ElasticLoadBalancingV2::ListenerRule": _OF_A_BALANCER,
    "AWS::ElasticLoadBalancingV2::TargetGroup": _OF_A_BALANCER,
    "AWS::IAM::InstanceProfile": _PERMISSION,
    "AWS::IAM::ManagedPolicy": _PERMISSION,
    "AWS::IAM::OIDCProvider": _PERMISSION,
    "AWS::IAM::Policy": _PERMISSION,
    "AWS::IAM::Role": _PERMISSION,
    "AWS::Lambda::Alias": _OF_A_FUNCTION,
    "AWS::Lambda::LayerVersion": _OF_A_FUNCTION,
    "AWS::Lambda::Permission": _OF_A_FUNCTION,
    "AWS::Lambda::Url": f"function URLs are free: {_LAMBDA}",
    "AWS::Lambda::Version": _OF_A_FUNCTION,
    "AWS::Route53::RecordSet": "the zone and its queries are billed, aliases of load balancers are not: https://aws.amazon.com/route53/pricing/",
    "AWS::SNS::TopicPolicy": _OF_A_POLICY,
    "AWS::SQS::QueuePolicy": _OF_A_POLICY,
    "AWS::SSM::Parameter": "standard parameters are free: https://aws.amazon.com/systems-manager/pricing/",
    "AWS::XRay::Group": "spans are billed, not how traces are grouped: https://aws.amazon.com/xray/pricing/",
    "Custom::AWSCDK-EKS-KubernetesResource": "a function of deployments makes it; what it makes starts nothing",
    "Custom::VpcRestrictDefaultSG": "a function of deployments makes it",
}

UNPRICED: Mapping[str, str] = {
    "AWS::SNS::Subscription": "e-mails of alarms: who gets how many nobody knows",
    "AWS::XRay::TransactionSearchConfig": "bills the spans of all services of the account, by the gigabyte",
    "AWS::Logs::ResourcePolicy": "goes with transaction search",
}
"""Types that do cost something, or may, and have no rule: named wherever a target has one, never silently free."""
