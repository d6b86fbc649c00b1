"""CloudFormation templates around the tiny service."""

import json
import sys
from pathlib import Path
from typing import Any

IMAGE = "000000000000.dkr.ecr.us-east-1.amazonaws.com/tiny:tiny"
ENTRY_POINT = [sys.executable, str(Path(__file__).with_name("tiny_service.py"))]
Resources = dict[str, Any]


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": properties}


def role(service: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return resource("AWS::IAM::Role", AssumeRolePolicyDocument={"Version": "2012-10-17", "Statement": [statement]})


def task(*command: str, **container: Any) -> Resources:
    definition = {"Name": "Main", "Image": IMAGE, "Essential": True, "Command": list(command), **container}
    return {
        "Role": role("ecs-tasks.amazonaws.com"),
        "Cluster": resource("AWS::ECS::Cluster"),
        "Task": resource(
            "AWS::ECS::TaskDefinition",
            Family="tiny",
            NetworkMode="awsvpc",
            RequiresCompatibilities=["FARGATE"],
            Cpu="256",
            Memory="512",
            TaskRoleArn={"Fn::GetAtt": ["Role", "Arn"]},
            ContainerDefinitions=[definition],
        ),
    }


def service(*command: str, desired: int = 1, load_balancer: Resources | None = None, **container: Any) -> Resources:
    circuit_breaker = {"DeploymentCircuitBreaker": {"Enable": True, "Rollback": True}}
    properties: Resources = {
        "Cluster": {"Ref": "Cluster"},
        "TaskDefinition": {"Ref": "Task"},
        "LaunchType": "FARGATE",
        "DesiredCount": desired,
        "DeploymentConfiguration": circuit_breaker,
    }
    if load_balancer:
        targets = {"ContainerName": "Main", "ContainerPort": 8080, "TargetGroupArn": {"Ref": "Group"}}
        properties |= {"LoadBalancers": [targets], "HealthCheckGracePeriodSeconds": 60}
    checked = {"HealthCheck": {"Command": ["CMD", *ENTRY_POINT, "check"], "StartPeriod": 30}} | container
    found = task(*command, **checked) | (load_balancer or {})
    return found | {"Service": resource("AWS::ECS::Service", **properties)}


def load_balancer(health_path: str = "/livez") -> Resources:
    forward = [{"Type": "forward", "TargetGroupArn": {"Ref": "Group"}}]
    return {
        "Balancer": resource("AWS::ElasticLoadBalancingV2::LoadBalancer", Name="tiny", Subnets=[], SecurityGroups=[]),
        "Group": resource(
            "AWS::ElasticLoadBalancingV2::TargetGroup",
            TargetType="ip",
            Port=80,
            Protocol="HTTP",
            HealthCheckPath=health_path,
        ),
        "Listener": resource(
            "AWS::ElasticLoadBalancingV2::Listener",
            LoadBalancerArn={"Ref": "Balancer"},
            Port=80,
            Protocol="HTTP",
            DefaultActions=forward,
        ),
    }


def express(health_path: str = "/livez") -> Resources:
    port = {"ContainerPort": 8080, "Name": "http", "Protocol": "tcp"}
    service = resource(
        "AWS::ECS::ExpressGatewayService",
        Cluster={"Ref": "Cluster"},
        TaskDefinitionArn={"Ref": "Task"},
        InfrastructureRoleArn={"Fn::GetAtt": ["Role", "Arn"]},
        HealthCheckPath=health_path,
        ScalingTarget={"MinTaskCount": 2, "MaxTaskCount": 4},
    )
    return task("serve", PortMappings=[port]) | {"Service": service}


def app_runner(health_path: str = "/livez", **configuration: Any) -> Resources:
    image = {
        "ImageIdentifier": IMAGE,
        "ImageRepositoryType": "ECR",
        "ImageConfiguration": {"Port": "8080"} | configuration,
    }
    service = resource(
        "AWS::AppRunner::Service",
        SourceConfiguration={"ImageRepository": image},
        InstanceConfiguration={
            "Cpu": "512",
            "Memory": "1024",
            "InstanceRoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
        },
        HealthCheckConfiguration={"Protocol": "HTTP", "Path": health_path},
        AutoScalingConfigurationArn={"Fn::GetAtt": ["Scaling", "AutoScalingConfigurationArn"]},
    )
    return {
        "Role": role("tasks.apprunner.amazonaws.com"),
        "Scaling": resource("AWS::AppRunner::AutoScalingConfiguration", MinSize=2, MaxSize=4),
        "Service": service,
    }


def kubernetes(*arguments: str, least: int = 2, **container: Any) -> Resources:
    """A Helm release whose pods run the tiny service as the role that Pod Identity gives to their account."""
    told = {"name": "tiny", "image": IMAGE, "args": list(arguments), "ports": [{"containerPort": 8080}], **container}
    spec = {"serviceAccountName": "tiny", "containers": [told]}
    metadata = {"name": "tiny", "namespace": "tiny"}
    group = "${Group}"
    manifests = [
        {"kind": "Deployment", "metadata": metadata, "spec": {"template": {"metadata": {}, "spec": spec}}},
        {"kind": "HorizontalPodAutoscaler", "metadata": metadata, "spec": {"minReplicas": least}},
        {"kind": "TargetGroupBinding", "metadata": metadata, "spec": {"targetGroupARN": group, "targetType": "ip"}},
    ]
    return load_balancer() | {
        "Role": role("pods.eks.amazonaws.com"),
        "Identity": resource(
            "AWS::EKS::PodIdentityAssociation",
            ClusterName="tiny",
            Namespace="tiny",
            ServiceAccount="tiny",
            RoleArn={"Fn::GetAtt": ["Role", "Arn"]},
        ),
        "Release": resource(
            "Custom::AWSCDK-EKS-HelmChart",
            ServiceToken="nobody",
            ClusterName="tiny",
            Values={"Fn::Sub": json.dumps({"manifests": manifests})},
        )
        | {"DependsOn": ["Identity", "Listener"]},
    }


def http_api() -> Resources:
    return {
        "Api": resource("AWS::ApiGatewayV2::Api", Name="tiny", ProtocolType="HTTP"),
        "Integration": resource(
            "AWS::ApiGatewayV2::Integration",
            ApiId={"Ref": "Api"},
            IntegrationType="HTTP_PROXY",
            IntegrationMethod="ANY",
            IntegrationUri={"Ref": "Listener"},
            ConnectionType="VPC_LINK",
            ConnectionId="link",
            PayloadFormatVersion="1.0",
        ),
        "Route": resource(
            "AWS::ApiGatewayV2::Route",
            ApiId={"Ref": "Api"},
            RouteKey="$default",
            Target={"Fn::Join": ["/", ["integrations", {"Ref": "Integration"}]]},
        ),
        "Stage": resource("AWS::ApiGatewayV2::Stage", ApiId={"Ref": "Api"}, StageName="$default", AutoDeploy=True),
    }


def function() -> Resources:
    return {
        "Role": role("lambda.amazonaws.com"),
        "Function": resource(
            "AWS::Lambda::Function",
            FunctionName="tiny",
            PackageType="Image",
            Role={"Fn::GetAtt": ["Role", "Arn"]},
            Code={"ImageUri": IMAGE},
            ImageConfig={"Command": ["lambda", "tiny_service.handler"]},
            MemorySize=512,
            Timeout=10,
        ),
    }


def function_url() -> Resources:
    anyone = {"TargetFunctionArn": {"Fn::GetAtt": ["Function", "Arn"]}, "AuthType": "NONE"}
    return function() | {"Url": resource("AWS::Lambda::Url", **anyone)}


def state_machine(definition: str) -> Resources:
    return {
        "MachineRole": role("states.amazonaws.com"),
        "Machine": resource(
            "AWS::StepFunctions::StateMachine",
            StateMachineName="tiny",
            RoleArn={"Fn::GetAtt": ["MachineRole", "Arn"]},
            DefinitionString=definition,
        ),
    }


def pipe() -> Resources:
    return state_machine('{"StartAt": "End", "States": {"End": {"Type": "Pass", "End": true}}}') | {
        "Table": resource(
            "AWS::DynamoDB::Table",
            TableName="tiny",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            StreamSpecification={"StreamViewType": "NEW_IMAGE"},
        ),
        "Pipe": resource(
            "AWS::Pipes::Pipe",
            RoleArn={"Fn::GetAtt": ["MachineRole", "Arn"]},
            Source={"Fn::GetAtt": ["Table", "StreamArn"]},
            SourceParameters={
                "DynamoDBStreamParameters": {"StartingPosition": "TRIM_HORIZON", "BatchSize": 1},
                "FilterCriteria": {
                    "Filters": [{"Pattern": '{"dynamodb": {"NewImage": {"status": {"S": ["PLACED"]}}}}'}]
                },
            },
            Target={"Ref": "Machine"},
            TargetParameters={
                "StepFunctionStateMachineParameters": {"InvocationType": "FIRE_AND_FORGET"},
                "InputTemplate": '{"order": "<$.dynamodb.NewImage.id.S>"}',
            },
        ),
    }
