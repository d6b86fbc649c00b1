"""Resource types without a charge of their own, each with the reason and AWS's page."""

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

_NETWORK = f"parts of a VPC are free; gateways and public addresses are priced: {_VPC}"
_PERMISSION = f"IAM is free: {_IAM}"
_OF_AN_API = f"HTTP APIs are billed by request: {_API}"
_OF_A_BALANCER = f"load balancers are billed by hour and LCU: {_ELB}"
_OF_A_FUNCTION = f"functions are billed by request and duration: {_LAMBDA}"
_OF_A_POLICY = "resource policies are free; the queue or topic is priced"

FREE: Mapping[str, str] = {
    "AWS::ApiGatewayV2::ApiMapping": _OF_AN_API,
    "AWS::ApiGatewayV2::DomainName": _OF_AN_API,
    "AWS::ApiGatewayV2::Integration": _OF_AN_API,
    "AWS::ApiGatewayV2::Route": _OF_AN_API,
    "AWS::ApiGatewayV2::Stage": f"{_OF_AN_API}; its access log is priced with its log group",
    "AWS::ApiGatewayV2::VpcLink": f"VPC links of HTTP APIs are free: {_API}",
    "AWS::AppRunner::AutoScalingConfiguration": f"the service is priced: {_APP_RUNNER}",
    "AWS::AppRunner::ObservabilityConfiguration": "spans are priced with the sampling rule",
    "AWS::ApplicationAutoScaling::ScalableTarget": f"scaling is free, its alarms are priced: {_SCALING}",
    "AWS::CertificateManager::Certificate": "public certificates are free: https://aws.amazon.com/certificate-manager/pricing/",
    "AWS::CodeDeploy::Application": "free for Lambda and EC2: https://aws.amazon.com/codedeploy/pricing/",
    "AWS::CodeDeploy::DeploymentGroup": "free for Lambda and EC2: https://aws.amazon.com/codedeploy/pricing/",
    "AWS::EC2::FlowLog": "priced with its log group; rejected packets cost next to nothing: https://aws.amazon.com/cloudwatch/pricing/",
    "AWS::EC2::InternetGateway": _NETWORK,
    "AWS::EC2::LaunchTemplate": "instances are priced with the Auto Scaling group: https://aws.amazon.com/ec2/autoscaling/pricing/",
    "AWS::EC2::Route": _NETWORK,
    "AWS::EC2::RouteTable": _NETWORK,
    "AWS::EC2::SecurityGroup": _NETWORK,
    "AWS::EC2::SecurityGroupEgress": _NETWORK,
    "AWS::EC2::SecurityGroupIngress": _NETWORK,
    "AWS::EC2::Subnet": _NETWORK,
    "AWS::EC2::SubnetRouteTableAssociation": _NETWORK,
    "AWS::EC2::VPC": _NETWORK,
    "AWS::EC2::VPCGatewayAttachment": _NETWORK,
    "AWS::ECS::Cluster": f"clusters are free; Container Insights is priced with the service: {_ECS}",
    "AWS::ECS::ClusterCapacityProviderAssociations": f"tasks are priced: {_ECS}",
    "AWS::ECS::TaskDefinition": f"tasks are priced with their service: {_ECS}",
    "AWS::EKS::AccessEntry": f"clusters and their compute are priced: {_EKS}",
    "AWS::EKS::Addon": f"add-ons are free; their pods count on the cluster's instances: {_EKS}",
    "AWS::EKS::FargateProfile": f"pods are priced with their Helm release: {_EKS}",
    "AWS::EKS::PodIdentityAssociation": f"clusters and their compute are priced: {_EKS}",
    "AWS::ElasticBeanstalk::Application": f"instances are priced with the environment: {_BEANSTALK}",
    "AWS::ElasticBeanstalk::ApplicationVersion": f"a source bundle of some kilobytes in S3: {_BEANSTALK}",
    "AWS::ElasticLoadBalancingV2::Listener": _OF_A_BALANCER,
    "AWS::ElasticLoadBalancingV2::ListenerRule": _OF_A_BALANCER,
    "AWS::ElasticLoadBalancingV2::TargetGroup": _OF_A_BALANCER,
    "AWS::IAM::InstanceProfile": _PERMISSION,
    "AWS::IAM::ManagedPolicy": _PERMISSION,
    "AWS::IAM::OIDCProvider": _PERMISSION,
    "AWS::IAM::Policy": _PERMISSION,
    "AWS::IAM::Role": _PERMISSION,
    "AWS::Lambda::EventInvokeConfig": _OF_A_FUNCTION,
    "AWS::Lambda::EventSourceMapping": "polls are requests of the queue: `python -m comparison workloads` prices them",
    "AWS::Lambda::LayerVersion": _OF_A_FUNCTION,
    "AWS::Lambda::Permission": _OF_A_FUNCTION,
    "AWS::Lambda::Url": f"function URLs are free: {_LAMBDA}",
    "AWS::Lambda::Version": _OF_A_FUNCTION,
    "AWS::Route53::RecordSet": "hosted zones and queries are billed, alias queries to load balancers are free: https://aws.amazon.com/route53/pricing/",
    "AWS::Scheduler::Schedule": "14 million starts a month are free; `python -m comparison workloads` prices them: "
    "https://aws.amazon.com/eventbridge/pricing/",
    "AWS::SNS::TopicPolicy": _OF_A_POLICY,
    "AWS::SQS::QueuePolicy": _OF_A_POLICY,
    "AWS::SSM::Parameter": "standard parameters are free: https://aws.amazon.com/systems-manager/pricing/",
    "AWS::XRay::Group": "groups are free, spans are priced with the sampling rule: https://aws.amazon.com/xray/pricing/",
    "Custom::AWSCDK-EKS-KubernetesResource": "a custom resource; its Kubernetes objects start no pods",
    "Custom::VpcRestrictDefaultSG": "a custom resource that only deployments use",
}

UNPRICED: Mapping[str, str] = {
    "AWS::SNS::Subscription": "e-mails of alarms: their number is unknown",
    "AWS::XRay::TransactionSearchConfig": "charges for the spans of all services of the account",
    "AWS::Logs::ResourcePolicy": "belongs to Transaction Search",
}
"""Resource types that have or may have a cost but no rule: named with each target, never counted as free."""
