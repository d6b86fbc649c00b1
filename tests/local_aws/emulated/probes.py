"""One probe for each patch of the emulator: true with the patch, false (or an error) without."""

import json
import threading
import time
from collections.abc import Callable

import httpx

from local_aws import facts
from local_aws.reach import request_target
from tests.local_aws.emulated import templates
from tests.local_aws.emulated.emulator import Emulator
from tests.local_aws.emulated.templates import resource

RUN_TASK = "arn:aws:states:::ecs:runTask.sync"


def made(emulator: Emulator, name: str, resources: templates.Resources, **outputs: object) -> bool:
    return bool(emulator.deploy(name, resources, **outputs)["StackStatus"] == "CREATE_COMPLETE")


def unknown_types_are_accepted(emulator: Emulator) -> bool:
    return made(emulator, "accepted", {"Address": resource("AWS::EC2::EIP", Domain="vpc")})


def alarms_over_expressions_are_accepted(emulator: Emulator) -> bool:
    alarm = resource(
        "AWS::CloudWatch::Alarm",
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=1,
        Threshold=1,
        Metrics=[{"Id": "sum", "Expression": "1 + 1"}],
    )
    return made(emulator, "expression", {"Alarm": alarm})


def containers_are_labelled_with_their_stack(emulator: Emulator) -> bool:
    """Also after an update, which makes another revision of the task definition."""
    emulator.deploy("owner", templates.service("serve"))
    before = facts.containers(emulator.running, "owner")
    emulator.update("owner", templates.service("serve", StopTimeout=7))
    after = facts.containers(emulator.running, "owner")
    return len(before) == 1 and len(after) == 2


def answers_come_when_the_stack_is_done(emulator: Emulator) -> bool:
    """The service becomes healthy a good while after the call."""
    flag = emulator.running.directory / "healthy"
    check = {"Command": ["CMD-SHELL", f"test -e {flag}"], "Interval": 5, "Retries": 3, "StartPeriod": 60}
    threading.Timer(2, flag.touch).start()
    emulator._create("prompt", templates.service("serve", HealthCheck=check), {})
    return bool(emulator.stack("prompt")["StackStatus"] == "CREATE_COMPLETE")


def images_of_processes_exist(emulator: Emulator) -> bool:
    ecr = emulator.client("ecr")
    ecr.create_repository(repositoryName="probe")
    return bool(ecr.describe_images(repositoryName="probe", imageIds=[{"imageTag": "any"}])["imageDetails"])


def login_goes_to_this_machine(emulator: Emulator) -> bool:
    token = emulator.client("ecr").get_authorization_token()["authorizationData"][0]
    return bool(token["proxyEndpoint"] == emulator.running.endpoint)


def definitions_keep_nested_fields(emulator: Emulator) -> bool:
    emulator.deploy("definition", templates.task("serve", HealthCheck={"Command": ["CMD", "true"], "Interval": 7}))
    found = emulator.client("ecs").describe_task_definition(taskDefinition="tiny")["taskDefinition"]
    return bool(found["containerDefinitions"][0]["healthCheck"]["interval"] == 7)


def containers_run_with_keys_of_their_role(emulator: Emulator) -> bool:
    emulator.deploy("role", templates.service("serve"))
    (container,) = facts.containers(emulator.running, "role")
    record = json.loads((emulator.running.directory / "processes" / f"{container.id}.json").read_text())
    identity = record["environment"]["AWS_ACCESS_KEY_ID"]
    return (
        identity.startswith("ASIA") and record["environment"]["AWS_ENDPOINT_URL"] == emulator.running.container_endpoint
    )


def a_task_that_exits_fails_the_stack(emulator: Emulator) -> bool:
    stack = emulator.deploy("exit", templates.service("exit", "7"))
    said = emulator.reasons("exit")
    return stack["StackStatus"] == "ROLLBACK_COMPLETE" and "exited with 7" in said and "the reason is here" in said


def the_grace_period_is_kept(emulator: Emulator) -> bool:
    emulator.deploy("grace", templates.service("serve", load_balancer=templates.load_balancer()))
    ecs = emulator.client("ecs")
    (cluster,) = [arn for arn in ecs.list_clusters()["clusterArns"] if "grace" in arn]
    services = ecs.describe_services(cluster=cluster, services=ecs.list_services(cluster=cluster)["serviceArns"])
    return bool(services["services"][0]["healthCheckGracePeriodSeconds"] == 60)


def a_scalable_target_sets_the_count(emulator: Emulator) -> bool:
    target = resource(
        "AWS::ApplicationAutoScaling::ScalableTarget",
        MinCapacity=2,
        MaxCapacity=4,
        ResourceId={"Fn::Join": ["/", ["service", {"Ref": "Cluster"}, {"Fn::GetAtt": ["Service", "Name"]}]]},
        ScalableDimension="ecs:service:DesiredCount",
        ServiceNamespace="ecs",
    )
    emulator.deploy("scaled", templates.service("serve") | {"Scaled": target})
    return [fact.status for fact in facts.containers(emulator.running, "scaled")] == ["running", "running"]


def an_express_service_answers_at_its_endpoint(emulator: Emulator) -> bool:
    endpoint = {"Fn::Join": ["", {"Fn::Split": ["https://", {"Fn::GetAtt": ["Service", "Endpoint"]}]}]}
    stack = emulator.deploy("express", templates.express(), Url={"Fn::Join": ["", ["https://", endpoint]]})
    base, headers = request_target(emulator.running, stack["Outputs"][0]["OutputValue"])
    answer = httpx.get(f"{base}/somewhere", headers=headers, timeout=10)
    tasks = [fact.status for fact in facts.containers(emulator.running, "express")]
    return answer.text.startswith("/somewhere from 127.") and tasks == ["running", "running"]


def an_app_runner_service_answers_at_its_url(emulator: Emulator) -> bool:
    url = {"Fn::Join": ["", ["https://", {"Fn::GetAtt": ["Service", "ServiceUrl"]}]]}
    stack = emulator.deploy("runner", templates.app_runner(), Url=url)
    base, headers = request_target(emulator.running, stack["Outputs"][0]["OutputValue"])
    answer = httpx.get(f"{base}/somewhere", headers=headers, timeout=10)
    tasks = [fact.status for fact in facts.containers(emulator.running, "runner")]
    return answer.text.startswith("/somewhere from 127.") and tasks == ["running", "running"]


def a_helm_release_answers_behind_the_target_group_that_its_pods_are_bound_to(emulator: Emulator) -> bool:
    stack = emulator.deploy("release", templates.kubernetes("serve"), Url={"Fn::GetAtt": ["Balancer", "DNSName"]})
    base, headers = request_target(emulator.running, "http://" + stack["Outputs"][0]["OutputValue"])
    answer = httpx.get(f"{base}/somewhere", headers=headers, timeout=10)
    tasks = [fact.status for fact in facts.containers(emulator.running, "release")]
    return answer.text.startswith("/somewhere from 127.") and tasks == ["running", "running"]


def a_vpc_tells_its_addresses(emulator: Emulator) -> bool:
    vpc = resource("AWS::EC2::VPC", CidrBlock="10.1.0.0/16")
    stack = emulator.deploy("vpc", {"Vpc": vpc}, Range={"Fn::GetAtt": ["Vpc", "CidrBlock"]})
    return bool(stack["Outputs"][0]["OutputValue"] == "10.1.0.0/16")


def a_group_of_machines_runs_their_unit(emulator: Emulator) -> bool:
    emulator.deploy("machines", templates.machines())
    return [fact.status for fact in facts.containers(emulator.running, "machines")] == ["running", "running"]


def an_environment_answers_behind_the_load_balancer_that_it_shares(emulator: Emulator) -> bool:
    emulator.put("bundles", "one.zip", templates.bundle())
    resources = templates.beanstalk("bundles", "one.zip") | templates.http_api()
    stack = emulator.deploy("beanstalk", resources, Url={"Fn::GetAtt": ["Api", "ApiEndpoint"]})
    base, headers = request_target(emulator.running, stack["Outputs"][0]["OutputValue"])
    answer = httpx.get(f"{base}/somewhere", headers=headers, timeout=10)
    tasks = [fact.status for fact in facts.containers(emulator.running, "beanstalk")]
    return answer.text.startswith("/somewhere from 127.") and tasks == ["running"] * 3


def an_unproven_task_does_not_count(emulator: Emulator) -> bool:
    """The container runs, but its health check passes only when the test says so."""
    flag = emulator.running.directory / "healthy"
    check = {"Command": ["CMD-SHELL", f"test -e {flag}"], "Interval": 5, "Retries": 3, "StartPeriod": 60}
    emulator.begin("unproven", templates.service("serve", HealthCheck=check))
    time.sleep(2)
    before = emulator.stack("unproven")["StackStatus"]
    flag.touch()
    after = emulator.wait(
        lambda: emulator.stack("unproven")["StackStatus"], lambda status: not status.endswith("PROGRESS")
    )
    return (before, after) == ("CREATE_IN_PROGRESS", "CREATE_COMPLETE")


def functions_run_their_image_with_their_role(emulator: Emulator) -> bool:
    emulator.deploy("function", templates.function())
    answer = emulator.client("lambda").invoke(FunctionName="tiny", Payload=json.dumps({"asked": 1}))
    answered = json.loads(answer["Payload"].read())
    return bool((answered["asked"], answered["role"]) == (1, "ASIA"))


def a_function_url_keeps_the_trace_of_its_request(emulator: Emulator) -> bool:
    stack = emulator.deploy("traced", templates.function_url(), Url={"Fn::GetAtt": ["Url", "FunctionUrl"]})
    base, headers = request_target(emulator.running, stack["Outputs"][0]["OutputValue"])
    trace = "Root=1-67432e00-0123456789abcdef01234567;Parent=53995c3f42cd8ad8;Sampled=1"
    answer = httpx.get(base, headers=headers | {"X-Amzn-Trace-Id": trace}, timeout=10)
    return bool(answer.json()["headers"]["x-amzn-trace-id"] == trace)


def an_http_api_reaches_the_load_balancer(emulator: Emulator) -> bool:
    resources = templates.service("serve", load_balancer=templates.load_balancer()) | templates.http_api()
    stack = emulator.deploy("api", resources, Url={"Fn::GetAtt": ["Api", "ApiEndpoint"]})
    base, headers = request_target(emulator.running, stack["Outputs"][0]["OutputValue"])
    answer = httpx.get(f"{base}/somewhere?a=1", headers=headers, timeout=10)
    return answer.status_code == 200 and answer.text.startswith("/somewhere?a=1 from 127.")


def an_unhealthy_target_is_told(emulator: Emulator) -> bool:
    emulator.begin("sick", templates.service("serve", load_balancer=templates.load_balancer("/missing")))
    balancing = emulator.client("elbv2")

    def states() -> list[str]:
        return [
            target["TargetHealth"]["State"]
            for group in balancing.describe_target_groups()["TargetGroups"]
            if group["HealthCheckPath"] == "/missing"
            for target in balancing.describe_target_health(TargetGroupArn=group["TargetGroupArn"])[
                "TargetHealthDescriptions"
            ]
        ]

    return bool(emulator.wait(states) == ["initial"])


def a_pipe_filters_and_fills_its_template(emulator: Emulator) -> bool:
    emulator.deploy("pipe", templates.pipe())
    table, machines = emulator.client("dynamodb"), emulator.client("stepfunctions")
    for identifier, status in (("one", "DONE"), ("two", "PLACED"), ("three", "DONE")):
        table.put_item(TableName="tiny", Item={"id": {"S": identifier}, "status": {"S": status}})
    (machine,) = [item["stateMachineArn"] for item in machines.list_state_machines()["stateMachines"]]
    emulator.wait(lambda: machines.list_executions(stateMachineArn=machine)["executions"])
    time.sleep(1.2)
    arns = [item["executionArn"] for item in machines.list_executions(stateMachineArn=machine)["executions"]]
    inputs = [json.loads(machines.describe_execution(executionArn=arn)["input"]) for arn in arns]
    return inputs == [[{"order": "two"}]]


def ref_of_a_secret_is_its_arn(emulator: Emulator) -> bool:
    secret = resource("AWS::SecretsManager::Secret", GenerateSecretString={})
    stack = emulator.deploy("secret", {"Secret": secret}, Secret={"Ref": "Secret"})
    return bool(stack["Outputs"][0]["OutputValue"].startswith("arn:aws:secretsmanager:"))


def a_generated_secret_looks_as_told(emulator: Emulator) -> bool:
    told = {"ExcludePunctuation": True, "PasswordLength": 40}
    emulator.deploy(
        "token", {"Secret": resource("AWS::SecretsManager::Secret", Name="token", GenerateSecretString=told)}
    )
    value = emulator.client("secretsmanager").get_secret_value(SecretId="token")["SecretString"]
    return len(value) == 40 and value.isalnum()


def a_task_that_exits_fails_its_execution(emulator: Emulator) -> bool:
    state = {
        "Type": "Task",
        "Resource": RUN_TASK,
        "End": True,
        "Parameters": {"Cluster": "default", "TaskDefinition": "tiny"},
    }
    machine = templates.state_machine(json.dumps({"StartAt": "Run", "States": {"Run": state}}))
    emulator.deploy("sync", templates.task("exit", "7") | machine)
    machines = emulator.client("stepfunctions")
    (arn,) = [item["stateMachineArn"] for item in machines.list_state_machines()["stateMachines"]]
    execution = machines.start_execution(stateMachineArn=arn)["executionArn"]
    ended = emulator.wait(
        lambda: machines.describe_execution(executionArn=execution), lambda found: found["status"] != "RUNNING"
    )
    return ended["status"] == "FAILED" and "[7]" in ended["cause"]


PROBES: dict[str, Callable[[Emulator], bool]] = {
    "stand-in-auto-scaling": a_group_of_machines_runs_their_unit,
    "stand-in-app-runner": an_app_runner_service_answers_at_its_url,
    "stand-in-beanstalk": an_environment_answers_behind_the_load_balancer_that_it_shares,
    "cloudformation-accepted": unknown_types_are_accepted,
    "cloudformation-metric-math": alarms_over_expressions_are_accepted,
    "cloudformation-owners": containers_are_labelled_with_their_stack,
    "cloudformation-prompt": answers_come_when_the_stack_is_done,
    "ecr-images": images_of_processes_exist,
    "ecr-login": login_goes_to_this_machine,
    "ecs-definitions": definitions_keep_nested_fields,
    "ecs-containers": containers_run_with_keys_of_their_role,
    "ecs-grace-period": the_grace_period_is_kept,
    "ecs-deployments": a_task_that_exits_fails_the_stack,
    "ecs-scalable-targets": a_scalable_target_sets_the_count,
    "stand-in-express": an_express_service_answers_at_its_endpoint,
    "stand-in-kubernetes": a_helm_release_answers_behind_the_target_group_that_its_pods_are_bound_to,
    "ecs-health": an_unproven_task_does_not_count,
    "functions": functions_run_their_image_with_their_role,
    "functions-trace": a_function_url_keeps_the_trace_of_its_request,
    "http-api-vpc-link": an_http_api_reaches_the_load_balancer,
    "load-balancer-health": an_unhealthy_target_is_told,
    "networks": a_vpc_tells_its_addresses,
    "pipes": a_pipe_filters_and_fills_its_template,
    "secrets": ref_of_a_secret_is_its_arn,
    "secrets-generated": a_generated_secret_looks_as_told,
    "step-functions-run-task": a_task_that_exits_fails_its_execution,
}
