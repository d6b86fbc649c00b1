"""One check for each patch of the emulator: true with the patch; false, or an error, without it."""

import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from deployment.slowdown import slowdown
from tests.emulated import templates
from tests.emulated.emulator import Emulator, output
from tests.emulated.templates import resource
from tests.integration.emulator import fault_checks, schedule_checks

RUN_TASK = "arn:aws:states:::ecs:runTask.sync"


def is_created(emulator: Emulator, name: str, resources: templates.Resources) -> bool:
    return bool(emulator.deploy(name, resources)["StackStatus"] == "CREATE_COMPLETE")


def responds_from_a_task(emulator: Emulator, url: str) -> bool:
    return emulator.get(url, "/somewhere").text.startswith("/somewhere from 127.")


def unknown_types_are_accepted(emulator: Emulator) -> bool:
    return is_created(emulator, "accepted", {"Address": resource("AWS::EC2::EIP", Domain="vpc")})


def alarms_on_metric_math_are_accepted(emulator: Emulator) -> bool:
    alarm = resource(
        "AWS::CloudWatch::Alarm",
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=1,
        Threshold=1,
        Metrics=[{"Id": "sum", "Expression": "1 + 1"}],
    )
    return is_created(emulator, "expression", {"Alarm": alarm})


def containers_are_labelled_with_their_stack(emulator: Emulator) -> bool:
    """Also after an update, which registers another revision of the task definition."""
    emulator.deploy("owner", templates.service("serve"))
    before = emulator.containers("owner")
    emulator.update("owner", templates.service("serve", StopTimeout=7))
    return len(before) == 1 and len(emulator.containers("owner")) == 2


def create_stack_responds_when_the_stack_is_complete(emulator: Emulator) -> bool:
    """The service becomes healthy two seconds after the call."""
    flag = emulator.environment.directory / "healthy"
    check = {"Command": ["CMD-SHELL", f"test -e {flag}"], "Interval": 5, "Retries": 3, "StartPeriod": 60}
    threading.Timer(2, flag.touch).start()
    emulator.create("prompt", templates.service("serve", HealthCheck=check))
    return bool(emulator.stack("prompt")["StackStatus"] == "CREATE_COMPLETE")


def images_of_processes_exist(emulator: Emulator) -> bool:
    ecr = emulator.client("ecr")
    ecr.create_repository(repositoryName="probe")
    return bool(ecr.describe_images(repositoryName="probe", imageIds=[{"imageTag": "any"}])["imageDetails"])


def docker_login_uses_the_local_registry(emulator: Emulator) -> bool:
    token = emulator.client("ecr").get_authorization_token()["authorizationData"][0]
    return bool(token["proxyEndpoint"] == emulator.environment.endpoint)


def task_definitions_keep_nested_fields(emulator: Emulator) -> bool:
    emulator.deploy("definition", templates.task("serve", HealthCheck={"Command": ["CMD", "true"], "Interval": 7}))
    [definition] = emulator.task_definitions()
    return bool(definition["containerDefinitions"][0]["healthCheck"]["interval"] == 7)


def containers_have_credentials_of_their_role(emulator: Emulator) -> bool:
    emulator.deploy("role", templates.service("serve"))
    [container] = emulator.containers("role")
    variables = emulator.record(container)["environment"]
    endpoint = emulator.environment.container_endpoint
    return variables["AWS_ACCESS_KEY_ID"].startswith("ASIA") and variables["AWS_ENDPOINT_URL"] == endpoint


def a_secure_parameter_reaches_the_container_decrypted(emulator: Emulator) -> bool:
    emulator.client("ssm").put_parameter(Name="/bills/key", Value="a b", Type="SecureString")
    arn = "arn:aws:ssm:us-east-1:000000000000:parameter/bills/key"
    emulator.deploy("runner", templates.app_runner(RuntimeEnvironmentSecrets=[{"Name": "KEY", "Value": arn}]))
    return all(emulator.record(each)["environment"]["KEY"] == "a b" for each in emulator.running("runner"))


def the_grace_period_is_kept(emulator: Emulator) -> bool:
    emulator.deploy("grace", templates.service("serve", load_balancer=templates.load_balancer()))
    ecs = emulator.client("ecs")
    [cluster] = [arn for arn in ecs.list_clusters()["clusterArns"] if "grace" in arn]
    services = ecs.describe_services(cluster=cluster, services=ecs.list_services(cluster=cluster)["serviceArns"])
    return bool(services["services"][0]["healthCheckGracePeriodSeconds"] == 60)


def a_task_that_exits_fails_the_stack(emulator: Emulator) -> bool:
    stack, reasons = emulator.deploy("exit", templates.service("exit", "7")), emulator.reasons("exit")
    return (
        stack["StackStatus"] == "ROLLBACK_COMPLETE" and "exited with 7" in reasons and "the reason is here" in reasons
    )


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
    return [container.status for container in emulator.containers("scaled")] == ["running"] * 2


class Rollout:
    """An update of a service whose new task becomes healthy when the test says so; the old one serves until then."""

    def __init__(self, emulator: Emulator, name: str, port: int = 8080) -> None:
        flag = emulator.environment.directory / f"{name}-healthy"
        check = {"Command": ["CMD-SHELL", f"test -e {flag}"], "Interval": 5, "Retries": 3, "StartPeriod": 60}
        before = templates.service("serve", load_balancer=templates.load_balancer())
        after = templates.service("serve", str(port), load_balancer=templates.load_balancer(), HealthCheck=check)
        after["Service"]["Properties"]["LoadBalancers"][0]["ContainerPort"] = port
        url = {"Fn::Join": ["", ["http://", {"Fn::GetAtt": ["Balancer", "DNSName"]}]]}
        self.url = output(emulator.deploy(name, before, Url=url))
        self.finish = flag.touch
        self._update = threading.Thread(target=lambda: emulator.update(name, after, Url=url), daemon=True)
        self._update.start()
        emulator.wait(lambda: len(emulator.running(name)) == 2)

        self._running = lambda: len(emulator.running(name))

    def ends(self) -> bool:
        """Wait for the end of the update, and return whether only the new task runs then."""
        self._update.join(30)
        return bool(Emulator.wait(self._running, lambda count: count == 1))


def old_tasks_serve_on_their_own_port(emulator: Emulator) -> bool:
    rollout = Rollout(emulator, "ports", port=9090)
    statuses = []
    for number in range(80):
        statuses.append(emulator.get(rollout.url).status_code)
        if number == 20:
            rollout.finish()
        time.sleep(0.05)
    return rollout.ends() and set(statuses) == {200}


def a_task_sends_its_last_response_before_it_stops(emulator: Emulator) -> bool:
    rollout = Rollout(emulator, "drained")
    threading.Timer(0.3, rollout.finish).start()
    response = emulator.get(rollout.url, "/slow")
    return rollout.ends() and response.status_code == 200


def versions_keep_their_environments(emulator: Emulator) -> bool:
    """The function changes; its alias still points to the version before."""
    emulator.deploy("version", templates.function())
    functions = emulator.client("lambda")
    version = functions.publish_version(FunctionName="tiny")["Version"]
    functions.create_alias(FunctionName="tiny", Name="live", FunctionVersion=version)
    functions.invoke(FunctionName="tiny", Qualifier="live")
    functions.update_function_configuration(FunctionName="tiny", MemorySize=256)
    time.sleep(1)
    return len(emulator.running("version")) == 1


def functions_start_few_environments_at_the_same_time(emulator: Emulator) -> bool:
    emulator.deploy("cold", templates.function())
    functions = emulator.client("lambda")
    with ThreadPoolExecutor(10) as pool:
        responses = list(pool.map(lambda _: functions.invoke(FunctionName="tiny")["StatusCode"], range(10)))
    return responses == [200] * 10 and len(emulator.containers("cold")) < 6


def an_unhealthy_task_does_not_count(emulator: Emulator) -> bool:
    """The container runs, but its health check passes only when the test creates a file."""
    flag = emulator.environment.directory / "healthy"
    check = {"Command": ["CMD-SHELL", f"test -e {flag}"], "Interval": 5, "Retries": 3, "StartPeriod": 60}
    emulator.begin("unhealthy", templates.service("serve", HealthCheck=check))
    emulator.wait(lambda: emulator.running("unhealthy"))
    time.sleep(2 * slowdown())
    before = emulator.stack("unhealthy")["StackStatus"]
    flag.touch()
    after = emulator.wait(
        lambda: emulator.stack("unhealthy")["StackStatus"], lambda status: not status.endswith("PROGRESS")
    )
    return (before, after) == ("CREATE_IN_PROGRESS", "CREATE_COMPLETE")


def functions_run_their_image_with_their_role(emulator: Emulator) -> bool:
    emulator.deploy("function", templates.function())
    response = emulator.client("lambda").invoke(FunctionName="tiny", Payload=json.dumps({"key": 1}))
    result = json.loads(response["Payload"].read())
    return bool((result["key"], result["role"]) == (1, "ASIA"))


def a_function_url_keeps_the_trace_of_its_request(emulator: Emulator) -> bool:
    url = output(emulator.deploy("traced", templates.function_url(), Url={"Fn::GetAtt": ["Url", "FunctionUrl"]}))
    trace = "Root=1-67432e00-0123456789abcdef01234567;Parent=53995c3f42cd8ad8;Sampled=1"
    response = emulator.get(url, "", **{"X-Amzn-Trace-Id": trace})
    return bool(response.json()["headers"]["x-amzn-trace-id"] == trace)


def an_http_api_reaches_the_load_balancer(emulator: Emulator) -> bool:
    resources = templates.service("serve", load_balancer=templates.load_balancer()) | templates.http_api()
    url = output(emulator.deploy("api", resources, Url={"Fn::GetAtt": ["Api", "ApiEndpoint"]}))
    response = emulator.get(url, "/somewhere?a=1")
    return response.status_code == 200 and response.text.startswith("/somewhere?a=1 from 127.")


def a_record_leads_to_the_load_balancer(emulator: Emulator) -> bool:
    record = resource(
        "AWS::Route53::RecordSet",
        HostedZoneId={"Ref": "Zone"},
        Name="bills.example.com.",
        Type="A",
        AliasTarget={
            "DNSName": {"Fn::Join": ["", ["dualstack.", {"Fn::GetAtt": ["Balancer", "DNSName"]}]]},
            "HostedZoneId": {"Fn::GetAtt": ["Balancer", "CanonicalHostedZoneID"]},
        },
    )
    zone = resource("AWS::Route53::HostedZone", Name="example.com.")
    balancer = templates.load_balancer()
    emulator.deploy("named", templates.service("serve", load_balancer=balancer) | {"Zone": zone, "Record": record})
    return responds_from_a_task(emulator, "http://bills.example.com")


def tasks_have_a_name_in_cloud_map(emulator: Emulator) -> bool:
    resources = templates.service("serve") | {
        "Names": resource("AWS::ServiceDiscovery::HttpNamespace", Name="team"),
        "Name": resource("AWS::ServiceDiscovery::Service", Name="tiny", NamespaceId={"Ref": "Names"}),
    }
    resources["Service"]["Properties"]["ServiceRegistries"] = [{"RegistryArn": {"Fn::GetAtt": ["Name", "Arn"]}}]
    emulator.deploy("names", resources)
    names = emulator.client("servicediscovery")
    [service] = names.list_services()["Services"]
    found = names.list_instances(ServiceId=service["Id"])["Instances"]
    return [each["Attributes"]["AWS_INSTANCE_IPV4"].split(".")[0] for each in found] == ["127"]


def an_unhealthy_target_is_reported(emulator: Emulator) -> bool:
    emulator.begin("sick", templates.service("serve", load_balancer=templates.load_balancer("/missing")))
    return list(emulator.wait(lambda: emulator.targets("/missing")).values()) == ["initial"]


def a_vpc_has_its_cidr_block(emulator: Emulator) -> bool:
    vpc = resource("AWS::EC2::VPC", CidrBlock="10.1.0.0/16")
    return output(emulator.deploy("vpc", {"Vpc": vpc}, Range={"Fn::GetAtt": ["Vpc", "CidrBlock"]})) == "10.1.0.0/16"


def a_pipe_filters_and_renders_its_template(emulator: Emulator) -> bool:
    emulator.deploy("pipe", templates.pipe())
    table, states = emulator.client("dynamodb"), emulator.client("stepfunctions")
    for identifier, status in (("one", "DONE"), ("two", "PLACED"), ("three", "DONE")):
        table.put_item(TableName="tiny", Item={"id": {"S": identifier}, "status": {"S": status}})
    [machine] = [item["stateMachineArn"] for item in states.list_state_machines()["stateMachines"]]
    emulator.wait(lambda: states.list_executions(stateMachineArn=machine)["executions"])
    time.sleep(1.2)
    arns = [item["executionArn"] for item in states.list_executions(stateMachineArn=machine)["executions"]]
    inputs = [json.loads(states.describe_execution(executionArn=arn)["input"]) for arn in arns]
    return inputs == [[{"order": "two"}]]


def ref_of_a_secret_is_its_arn(emulator: Emulator) -> bool:
    secret = resource("AWS::SecretsManager::Secret", GenerateSecretString={})
    stack = emulator.deploy("secret", {"Secret": secret}, Secret={"Ref": "Secret"})
    return output(stack).startswith("arn:aws:secretsmanager:")


def a_generated_secret_follows_its_options(emulator: Emulator) -> bool:
    options = {"ExcludePunctuation": True, "PasswordLength": 40}
    secret = resource("AWS::SecretsManager::Secret", Name="token", GenerateSecretString=options)
    emulator.deploy("token", {"Secret": secret})
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
    states = emulator.client("stepfunctions")
    [arn] = [item["stateMachineArn"] for item in states.list_state_machines()["stateMachines"]]
    execution = states.start_execution(stateMachineArn=arn)["executionArn"]
    ended = emulator.wait(
        lambda: states.describe_execution(executionArn=execution), lambda found: found["status"] != "RUNNING"
    )
    return ended["status"] == "FAILED" and "[7]" in ended["cause"]


def a_stopped_task_is_an_event(emulator: Emulator) -> bool:
    """The event has the exit code, and the variables that the caller of RunTask passed."""
    detail = {"group": ["family:tiny"], "lastStatus": ["STOPPED"], "containers": {"exitCode": [7]}}
    pattern = {"source": ["aws.ecs"], "detail": detail}
    target = {"Arn": {"Fn::GetAtt": ["Queue", "Arn"]}, "Id": "Queue"}
    rule = resource("AWS::Events::Rule", EventPattern=pattern, State="ENABLED", Targets=[target])
    queue = resource("AWS::SQS::Queue", QueueName="stopped")
    emulator.deploy("stopped", templates.task("exit", "7") | {"Queue": queue, "Rule": rule})
    variables = [{"name": "ORDER", "value": "one"}]
    overrides = {"containerOverrides": [{"name": "Main", "environment": variables}]}
    emulator.client("ecs").run_task(taskDefinition="tiny", overrides=overrides)
    sqs = emulator.client("sqs")
    url = sqs.get_queue_url(QueueName="stopped")["QueueUrl"]
    [message] = emulator.wait(lambda: sqs.receive_message(QueueUrl=url).get("Messages"))
    detail = json.loads(message["Body"])["detail"]
    return bool(detail["overrides"]["containerOverrides"][0]["environment"] == variables)


def an_app_runner_service_responds_at_its_url(emulator: Emulator) -> bool:
    url = {"Fn::Join": ["", ["https://", {"Fn::GetAtt": ["Service", "ServiceUrl"]}]]}
    stack = emulator.deploy("runner", templates.app_runner(), Url=url)
    tasks = [container.status for container in emulator.containers("runner")]
    return responds_from_a_task(emulator, output(stack)) and tasks == ["running"] * 2


def instances_of_a_group_run_their_unit(emulator: Emulator) -> bool:
    emulator.deploy("instances", templates.instances())
    return [container.status for container in emulator.containers("instances")] == ["running"] * 2


def an_environment_responds_behind_the_shared_load_balancer(emulator: Emulator) -> bool:
    emulator.put("bundles", "one.zip", templates.bundle())
    resources = templates.beanstalk("bundles", "one.zip") | templates.http_api()
    stack = emulator.deploy("beanstalk", resources, Url={"Fn::GetAtt": ["Api", "ApiEndpoint"]})
    tasks = [container.status for container in emulator.containers("beanstalk")]
    return responds_from_a_task(emulator, output(stack)) and tasks == ["running"] * 3


def an_express_service_responds_at_its_endpoint(emulator: Emulator) -> bool:
    endpoint = {"Fn::Join": ["", {"Fn::Split": ["https://", {"Fn::GetAtt": ["Service", "Endpoint"]}]}]}
    stack = emulator.deploy("express", templates.express(), Url={"Fn::Join": ["", ["https://", endpoint]]})
    tasks = [container.status for container in emulator.containers("express")]
    return responds_from_a_task(emulator, output(stack)) and tasks == ["running"] * 2


def a_helm_release_responds_behind_the_target_group_of_its_pods(emulator: Emulator) -> bool:
    stack = emulator.deploy("release", templates.kubernetes("serve"), Url={"Fn::GetAtt": ["Balancer", "DNSName"]})
    tasks = [container.status for container in emulator.containers("release")]
    return responds_from_a_task(emulator, f"http://{output(stack)}") and tasks == ["running"] * 2


CHECKS: dict[str, Callable[[Emulator], bool]] = {
    "cloudformation-no-op-types": unknown_types_are_accepted,
    "cloudformation-metric-math": alarms_on_metric_math_are_accepted,
    "cloudformation-stack-of-resource": containers_are_labelled_with_their_stack,
    "cloudformation-prompt-response": create_stack_responds_when_the_stack_is_complete,
    "dynamodb-atomic-writes": fault_checks.concurrent_writes_are_atomic,
    "ecr-missing-images": images_of_processes_exist,
    "ecr-local-registry": docker_login_uses_the_local_registry,
    "ecs-task-definition-fields": task_definitions_keep_nested_fields,
    "ecs-inactive-task-definitions": fault_checks.a_family_stands_for_its_latest_active_revision,
    "ecs-container-definitions": containers_have_credentials_of_their_role,
    "ecs-service-discovery": tasks_have_a_name_in_cloud_map,
    "ecs-grace-period": the_grace_period_is_kept,
    "ecs-steady-state": a_task_that_exits_fails_the_stack,
    "ecs-min-capacity": a_scalable_target_sets_the_count,
    "ecs-target-ports": old_tasks_serve_on_their_own_port,
    "ecs-deregistration": a_task_sends_its_last_response_before_it_stops,
    "ecs-stop-task": fault_checks.a_stopped_task_of_a_service_is_replaced,
    "ecs-events": a_stopped_task_is_an_event,
    "ecs-health-checks": an_unhealthy_task_does_not_count,
    "lambda-configuration": functions_run_their_image_with_their_role,
    "lambda-trace-header": a_function_url_keeps_the_trace_of_its_request,
    "lambda-published-versions": versions_keep_their_environments,
    "lambda-cold-starts": functions_start_few_environments_at_the_same_time,
    "api-gateway-vpc-link": an_http_api_reaches_the_load_balancer,
    "elbv2-record-names": a_record_leads_to_the_load_balancer,
    "elbv2-target-health": an_unhealthy_target_is_reported,
    "ec2-vpc-cidr-block": a_vpc_has_its_cidr_block,
    "pipes-parameters": a_pipe_filters_and_renders_its_template,
    "ecs-secrets": a_secure_parameter_reaches_the_container_decrypted,
    "scheduler-failed-invocations": schedule_checks.a_failed_invocation_reaches_its_destination,
    "scheduler-tasks": schedule_checks.a_schedule_runs_a_task,
    "secrets-manager-ref": ref_of_a_secret_is_its_arn,
    "secrets-manager-generated": a_generated_secret_follows_its_options,
    "sqs-metrics": schedule_checks.a_message_raises_the_alarm_of_its_queue,
    "step-functions-exit-codes": a_task_that_exits_fails_its_execution,
    "fault-throttled-table": fault_checks.a_throttled_table_fails_every_call,
    "fault-failing-secrets": fault_checks.a_secret_cannot_be_read,
    "fault-duplicate-events": fault_checks.an_event_starts_two_executions,
    "service-app-runner": an_app_runner_service_responds_at_its_url,
    "service-auto-scaling": instances_of_a_group_run_their_unit,
    "service-beanstalk": an_environment_responds_behind_the_shared_load_balancer,
    "service-ecs-express": an_express_service_responds_at_its_endpoint,
    "service-kubernetes": a_helm_release_responds_behind_the_target_group_of_its_pods,
}
