"""CloudFormation templates around the tiny service."""

import io
import json
import sys
import zipfile
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
    return task(*command, **checked) | (load_balancer or {}) | {"Service": resource("AWS::ECS::Service", **properties)}


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


def probe(path: str, **numbers: int) -> dict[str, Any]:
    """A Kubernetes probe with short times."""
    return {"httpGet": {"path": path, "port": "http"}, "periodSeconds": 1, "failureThreshold": 1, **numbers}


def kubernetes(
    *arguments: str, min_replicas: int = 2, wait: bool = True, atomic: bool = True, **container: Any
) -> Resources:
    """A Helm release whose pods run the tiny service with the role of their service account (EKS Pod Identity)."""
    ports = [{"name": "http", "containerPort": 8080}]
    defined = {"name": "tiny", "image": IMAGE, "args": list(arguments), "ports": ports, **container}
    spec = {"serviceAccountName": "tiny", "containers": [defined]}
    metadata = {"name": "tiny", "namespace": "tiny"}
    group = "${Group}"
    rollout = {"progressDeadlineSeconds": 2, "template": {"metadata": {}, "spec": spec}}
    manifests = [
        {"kind": "Deployment", "metadata": metadata, "spec": rollout},
        {"kind": "HorizontalPodAutoscaler", "metadata": metadata, "spec": {"minReplicas": min_replicas}},
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
            ServiceToken="unused",
            ClusterName="tiny",
            Values={"Fn::Sub": json.dumps({"manifests": manifests})},
            Wait=wait,
            Atomic=atomic,
        )
        | {"DependsOn": ["Identity", "Listener"]},
    }


UNIT = """\
[Container]
Image={image}
Exec={command}
User=10001
Group=10002
ReadOnly=false
RunInit=true
DropCapability=NET_RAW
EnvironmentFile=/etc/tiny/environment
PublishPort=80:8080
HealthCmd={check}
HealthInterval=7s
HealthTimeout=4s
HealthRetries=6
HealthStartPeriod=29s
StopTimeout=21
PodmanArgs=--cpus=0.75 --memory=301m
"""


def instances(*, min_size: int = 2, command: str = "serve", greeting: str = "hello", signals: bool = True) -> Resources:
    """An Auto Scaling group whose instances run the tiny service from a Quadlet unit."""
    unit = UNIT.format(image=IMAGE, command=command, check=json.dumps([*ENTRY_POINT, "check"]))
    files = [
        {"path": "/etc/containers/systemd/tiny.container", "content": unit},
        {"path": "/etc/tiny/environment", "content": f"GREETING={greeting}\nEMPTY=\n"},
    ]
    launched = {"LaunchTemplateId": {"Ref": "Template"}, "Version": {"Fn::GetAtt": ["Template", "LatestVersionNumber"]}}
    data = {
        "IamInstanceProfile": {"Arn": {"Fn::GetAtt": ["Profile", "Arn"]}},
        "UserData": {"Fn::Base64": "#cloud-config\n" + json.dumps({"write_files": files})},
    }
    found = load_balancer()
    found["Group"]["Properties"]["TargetType"] = "instance"
    return found | {
        "Role": role("ec2.amazonaws.com"),
        "Profile": resource("AWS::IAM::InstanceProfile", Roles=[{"Ref": "Role"}]),
        "Template": resource("AWS::EC2::LaunchTemplate", LaunchTemplateData=data),
        "Instances": resource(
            "AWS::AutoScaling::AutoScalingGroup",
            LaunchTemplate=launched,
            MinSize=str(min_size),
            MaxSize="4",
            TargetGroupARNs=[{"Ref": "Group"}],
        )
        | {
            "CreationPolicy": {"ResourceSignal": {"Count": min_size}} if signals else {},
            "UpdatePolicy": {"AutoScalingRollingUpdate": {"WaitOnResourceSignals": signals}},
        },
    }


# No value is one of the app's: a test fails for every value that the emulated service does not read.
COMPOSE = """\
services:
  main:
    image: "${REPOSITORY}:tiny"
    environment: ["GREETING=hello", "SETTING=${SETTING}", "COST=$$5"]
    ports: ["8080:8080"]
    healthcheck: {test: HEALTH_COMMAND, interval: 7s, timeout: 4s, retries: 6, start_period: 31s}
    cpus: 0.5
    mem_limit: 256m
    user: "20002:20003"
    read_only: false
    cap_drop: ["NET_RAW"]
    init: false
    stop_grace_period: 9s
""".replace("HEALTH_COMMAND", json.dumps(["CMD", *ENTRY_POINT, "check"]))


def bundle(compose: str = COMPOSE) -> bytes:
    """A source bundle for Elastic Beanstalk."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as written:
        written.writestr("docker-compose.yml", compose)
    return archive.getvalue()


def beanstalk(bucket: str, key: str, health_path: str = "/livez", hosts: str = "*") -> Resources:
    """An environment behind a shared load balancer, whose listener responds with 503 to all other hosts."""
    settings = {
        "aws:elasticbeanstalk:application:environment": {"REPOSITORY": IMAGE.split(":")[0], "SETTING": "something"},
        "aws:elasticbeanstalk:environment:process:default": {"Port": "8080", "HealthCheckPath": health_path},
        "aws:autoscaling:asg": {"MinSize": "3", "MaxSize": "4"},
        "aws:autoscaling:launchconfiguration": {"IamInstanceProfile": {"Fn::GetAtt": ["Profile", "Arn"]}},
        "aws:elbv2:loadbalancer": {"SharedLoadBalancer": {"Ref": "Balancer"}},
        "aws:elbv2:listener:80": {"Rules": "service"},
        "aws:elbv2:listenerrule:service": {"HostHeaders": hosts},
    }
    no_rule = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503"}}
    shared = load_balancer()
    del shared["Group"]
    shared["Listener"]["Properties"]["DefaultActions"] = [no_rule]
    return shared | {
        "Role": role("ec2.amazonaws.com"),
        "Profile": resource("AWS::IAM::InstanceProfile", Roles=[{"Ref": "Role"}]),
        "Application": resource("AWS::ElasticBeanstalk::Application"),
        "Version": resource(
            "AWS::ElasticBeanstalk::ApplicationVersion",
            ApplicationName={"Ref": "Application"},
            SourceBundle={"S3Bucket": bucket, "S3Key": key},
        ),
        "Environment": resource(
            "AWS::ElasticBeanstalk::Environment",
            ApplicationName={"Ref": "Application"},
            VersionLabel={"Ref": "Version"},
            OptionSettings=[
                {"Namespace": namespace, "OptionName": name, "Value": value}
                for namespace, options in settings.items()
                for name, value in options.items()
            ],
        ),
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
    public = {"TargetFunctionArn": {"Fn::GetAtt": ["Function", "Arn"]}, "AuthType": "NONE"}
    return function() | {"Url": resource("AWS::Lambda::Url", **public)}


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
