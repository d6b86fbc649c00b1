"""Rules for ECS tasks: network, deployment, logging, sidecars and scaling."""

from copilot_import import worker
from copilot_import.findings import Result, Rule, equivalent, unsupported
from copilot_import.manifest import Manifest
from copilot_import.rules.native import construct_of
from copilot_import.workload_types import SCHEDULED, WORKER
from copilot_import.yaml_tree import Node

_STACK = "in stacks/ecs_fargate.py"
_CONNECT = equivalent(
    "PrivateIngress(namespace=...)",
    "a Cloud Map namespace: callers in the VPC use SERVICE.NAMESPACE; ECS Service Connect is not set up",
)
_PRIVATE = "tasks run in private subnets behind a NAT gateway"
_REACH = "in the stack, for each resource that these groups let the tasks reach"


def _exec(manifest: Manifest, node: Node) -> Result:
    if str(node).lower() == "false":
        return equivalent("the default", "no shell in the containers")
    if manifest.type in (WORKER, SCHEDULED):
        return unsupported("workers and jobs have no ECS Exec: use logs, or enable it on the native resources")
    return equivalent(
        "FargateMicroservice(execute_command=True)",
        f"{_STACK}; also ManagedInstancesMicroservice. It makes the root file system writable: turn it on to examine "
        "a task",
    )


def _placement(_manifest: Manifest, node: Node) -> Result:
    public = "; only ecs-express runs them in public subnets" if str(node) == "public" else ""
    return equivalent("stacks/network.py", f"{_PRIVATE}{public}")


def _subnets(manifest: Manifest, _node: Node) -> Result:
    vpc = "vpc=ec2.Vpc.from_vpc_attributes(...)"
    if manifest.type in (WORKER, SCHEDULED):
        return equivalent(vpc, "in stacks/network.py, with these subnets as its private ones")
    return equivalent(f"{vpc}, subnets=ec2.SubnetSelection(...)", f"stacks/network.py; subnets {_STACK}")


def _security_groups(manifest: Manifest, _node: Node) -> Result:
    tasks = "job.security_group" if manifest.type is SCHEDULED else f"{construct_of(manifest)}.service"
    return equivalent(f"database.connections.allow_default_port_from({tasks})", _REACH)


def _task_definition(manifest: Manifest) -> str:
    return f"{construct_of(manifest)}.{'service.' if manifest.type is WORKER else ''}task_definition"


def _overrides(manifest: Manifest, _node: Node) -> Result:
    return equivalent(
        "add_property_override(path, value)",
        f"on the task definition's L1 resource: {_task_definition(manifest)}.node.default_child",
    )


def _sidecars(manifest: Manifest, _node: Node) -> Result:
    if manifest.type in (WORKER, SCHEDULED):
        return unsupported(
            "there is one container per task. Collector: the code exports its spans itself. Others: "
            f"{_task_definition(manifest)}.add_container"
        )
    return equivalent(
        "FargateMicroservice(sidecars=[Sidecar(...)])",
        f"{_STACK}, for containers beside the service. A proxy for TLS or a collector of traces is not needed",
    )


def _alarms(manifest: Manifest, _node: Node) -> Result:
    more = (
        "use add_property_override on the L1 service (node.default_child): DeploymentConfiguration.Alarms.AlarmNames.1"
    )
    if manifest.type is WORKER:
        return equivalent("worker.alarms", "they notify; a deployment whose tasks fail rolls back without an alarm")
    return equivalent("service.alarm", f"rolls back on a high error rate; to add alarms, {more}")


def _retention(_manifest: Manifest, node: Node) -> Result:
    if str(node) == "30":
        return equivalent("log_group", "one month; deleted with the stack")
    return equivalent("log_group", "one month for every service: microservice/logs.py")


def _rolling(_manifest: Manifest, node: Node) -> Result:
    if str(node).lower() == "recreate":
        return unsupported(
            "new tasks always start before old tasks stop: two versions must be able to run at the same time"
        )
    return equivalent("every ECS target", "new tasks start before old tasks stop")


ECS: dict[str, Rule] = {
    "exec": _exec,
    "logging.retention": _retention,
    "logging.*.**": unsupported("logs go to CloudWatch; forward them with a subscription filter of the log group"),
    "sidecars.*.**": _sidecars,
    "network.connect": _CONNECT,
    "network.connect.alias": _CONNECT,
    "network.vpc.placement": _placement,
    "network.vpc.placement.subnets.**": _subnets,
    "network.vpc.security_groups": _security_groups,
    "network.vpc.security_groups.**": _security_groups,
    "taskdef_overrides": _overrides,
    "deployment.rolling": _rolling,
    "deployment.rollback_alarms": _alarms,
    "deployment.rollback_alarms.**": _alarms,
}

_OTHER_METRIC = unsupported(
    "services scale on CPU utilization, and on requests; to add a metric, use scale_on_* of service.scaling"
)
_OVERRULED = unsupported("another field beside it sets the number of tasks")
_COOLDOWN = equivalent(
    "1 minute to scale out, 5 to scale in", "the same for every service: microservice/ecs/scaling.py"
)


def _requests(manifest: Manifest, _node: Node) -> Result:
    path = ("count", "requests")
    node = manifest.find(*path, "value") or manifest.find(*path)
    if node is None or not str(node).isascii() or not str(node).isdigit() or int(str(node)) < 1:
        return unsupported("not a number of requests: target_requests_per_minute takes one")
    return equivalent(
        f"FargateMicroservice(target_requests_per_minute={node})",
        f"{_STACK}; also ManagedInstancesMicroservice. Beside the CPU utilization",
    )


def _spot_from(_manifest: Manifest, _node: Node) -> Result:
    return equivalent(
        "FargateMicroservice(fargate_spot=True)",
        f"{_STACK}: min_instances tasks on demand, those above on Spot. The cluster needs "
        "enable_fargate_capacity_providers=True in stacks/network.py",
    )


# The spec takes these fields first; the rules apply to fields that Copilot overrules with another one.
SCALING: dict[str, Rule] = {
    "count": _OVERRULED,
    "count.spot": _OVERRULED,
    "count.range": _OVERRULED,
    "count.range.min": _OVERRULED,
    "count.range.max": equivalent("max_instances"),
    "count.range.spot_from": _spot_from,
    "count.cooldown.**": _COOLDOWN,
    "count.cpu_percentage": _OVERRULED,
    "count.cpu_percentage.value": _OVERRULED,
    "count.cpu_percentage.cooldown.**": _COOLDOWN,
    "count.memory_percentage.**": _OTHER_METRIC,
    "count.requests": _requests,
    "count.requests.value": _requests,
    "count.requests.cooldown.**": _COOLDOWN,
    "count.response_time.**": _OTHER_METRIC,
    "count.queue_delay.**": unsupported("only a worker has a queue"),
}


def _queue_delay(manifest: Manifest, _node: Node) -> Result:
    found = worker.backlog_per_task(manifest)
    return equivalent(f"backlog_per_task={found}", "acceptable_latency divided by msg_processing_time")


_WORKER_METRIC = unsupported("the worker scales on the messages for each task: count.queue_delay, backlog_per_task")
_WORKER_COOLDOWN = equivalent("1 minute", "the same for every worker: microservice/ecs/backlog_scaling.py")
_WORKER_SPOT = unsupported(
    "workers run on demand: add CapacityProviderStrategy to worker.service.node.default_child with "
    "add_property_override, and remove LaunchType"
)
WORKER_SCALING: dict[str, Rule] = {
    **SCALING,
    "count.spot": _WORKER_SPOT,
    "count.range.spot_from": _WORKER_SPOT,
    "count.cooldown.**": _WORKER_COOLDOWN,
    **{f"count.{name}.**": _WORKER_METRIC for name in ("cpu_percentage", "memory_percentage", "response_time")},
    "count.cpu_percentage": _WORKER_METRIC,
    "count.cpu_percentage.value": _WORKER_METRIC,
    "count.cpu_percentage.cooldown.**": _WORKER_COOLDOWN,
    "count.requests": _WORKER_METRIC,
    "count.requests.value": _WORKER_METRIC,
    "count.requests.cooldown.**": _WORKER_COOLDOWN,
    "count.queue_delay.**": _queue_delay,
    "count.queue_delay.cooldown.**": _WORKER_COOLDOWN,
}
