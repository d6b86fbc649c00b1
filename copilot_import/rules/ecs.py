"""Rules for ECS tasks: network, deployment, logging, sidecars and scaling."""

from copilot_import.findings import Result, Rule, equivalent, unsupported
from copilot_import.manifest import Manifest
from copilot_import.yaml_tree import Node

_ALARMS = equivalent(
    "service.alarm",
    "rolls back on a high error rate; to add alarms, use add_property_override on the L1 service "
    "(node.default_child): DeploymentConfiguration.Alarms.AlarmNames.1",
)
_CONNECT = unsupported("callers use the service's `url`; ECS Service Connect is not set up")
_PRIVATE = "tasks run in private subnets behind a NAT gateway"
_SECURITY_GROUPS = "database.connections.allow_default_port_from(service.service)"
_REACH = "in the stack, for each resource that these groups let the tasks reach"


def _placement(_manifest: Manifest, node: Node) -> Result:
    public = "; only ecs-express runs them in public subnets" if str(node) == "public" else ""
    return equivalent("stacks/network.py", f"{_PRIVATE}{public}")


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
    "exec": unsupported(
        "ECS Exec needs a writable root file system, which is read-only here; use logs and traces, or enable both on "
        "the L2 service and its task definition"
    ),
    "logging.retention": _retention,
    "logging.*.**": unsupported("logs go to CloudWatch; forward them with a subscription filter of the log group"),
    "sidecars.*.**": unsupported(
        "there is one container per task. Proxy: the ingress terminates TLS. Collector: the code exports its spans "
        "itself. Others: add_container on the task definition of the L2 service"
    ),
    "network.connect": _CONNECT,
    "network.connect.alias": _CONNECT,
    "network.vpc.placement": _placement,
    "network.vpc.placement.subnets.**": equivalent(
        "vpc=ec2.Vpc.from_vpc_attributes(...)", "in stacks/network.py, with these subnets"
    ),
    "network.vpc.security_groups": equivalent(_SECURITY_GROUPS, _REACH),
    "network.vpc.security_groups.**": equivalent(
        _SECURITY_GROUPS, f"{_REACH}; only the ingress can reach the tasks themselves"
    ),
    "taskdef_overrides": equivalent(
        "add_property_override(path, value)",
        "on the task definition's L1 resource: service.service.task_definition.node.default_child",
    ),
    "deployment.rolling": _rolling,
    "deployment.rollback_alarms": _ALARMS,
    "deployment.rollback_alarms.**": _ALARMS,
}

_OTHER_METRIC = unsupported(
    "services scale on CPU utilization; to add a metric, use scale_on_* of the L2 service's scaling: "
    'service.service.node.find_child("TaskCount")'
)
_OVERRULED = unsupported("another field beside it sets the number of tasks")
_COOLDOWN = equivalent(
    "1 minute to scale out, 5 to scale in", "the same for every service: microservice/ecs/service.py"
)
# The spec takes these fields first; the rules apply to fields that Copilot overrules with another one.
SCALING: dict[str, Rule] = {
    "count": _OVERRULED,
    "count.spot": _OVERRULED,
    "count.range": _OVERRULED,
    "count.range.min": _OVERRULED,
    "count.range.max": equivalent("max_instances"),
    "count.range.spot_from": unsupported("no Fargate Spot: add a capacity provider strategy to the L2 service"),
    "count.cooldown.**": _COOLDOWN,
    "count.cpu_percentage": _OVERRULED,
    "count.cpu_percentage.value": _OVERRULED,
    "count.cpu_percentage.cooldown.**": _COOLDOWN,
    "count.memory_percentage.**": _OTHER_METRIC,
    "count.requests.**": _OTHER_METRIC,
    "count.response_time.**": _OTHER_METRIC,
    "count.queue_delay.**": unsupported(
        "Lambda scales with its queue; for tasks, add a scaling policy on the backlog per task"
    ),
}
