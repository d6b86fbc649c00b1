"""What Copilot lets a manifest say about tasks on ECS besides the container."""

from copilot_import.manifest import Manifest
from copilot_import.rules.answer import Answer, Rule, nothing, same
from copilot_import.tree import Node, shown

_ALARMS = same(
    "service.alarm",
    "goes off by failing answers; others: add_property_override on the native service's default_child, "
    "DeploymentConfiguration.Alarms.AlarmNames.1",
)
_FIRELENS = "logs go to CloudWatch; a subscription of the log group sends them on"


def _placement(_manifest: Manifest, node: Node) -> Answer:
    if shown(node) == "public":
        return same(
            "stacks/network.py", "tasks are private there, behind a NAT gateway; only ecs-express has public ones"
        )
    return same("stacks/network.py", "tasks are private there, behind a NAT gateway")


def _retention(_manifest: Manifest, node: Node) -> Answer:
    if shown(node) == "30":
        return same("log_group", "a month, then deleted with the stack")
    return same("log_group", "a month for every service: microservice/logs.py")


def _rolling(_manifest: Manifest, node: Node) -> Answer:
    if shown(node).lower() == "recreate":
        return nothing("new tasks start before old ones end, always: two versions must be able to run side by side")
    return same("every target on ECS", "new tasks start before old ones end")


TASKS: dict[str, Rule] = {
    "exec": nothing(
        "no shell into a container: ECS Exec writes to the root, which is read-only here; read logs and traces, or "
        "open both on the native service and its task definition"
    ),
    "logging.retention": _retention,
    "logging.*.**": nothing(_FIRELENS),
    "sidecars.*.**": nothing(
        "one container a task. A proxy: the front door ends TLS. A collector: the code sends its spans itself. Else: "
        "add_container on the task definition of the native service"
    ),
    "network.connect": nothing("callers use the service's `url`; ECS Service Connect is not set up"),
    "network.connect.alias": nothing("callers use the service's `url`; ECS Service Connect is not set up"),
    "network.vpc.placement": _placement,
    "network.vpc.placement.subnets.**": same(
        "vpc=ec2.Vpc.from_vpc_attributes(...)", "in stacks/network.py, where these subnets have to be"
    ),
    "network.vpc.security_groups": same(
        "database.connections.allow_default_port_from(service.service)",
        "in the stack, for what these groups let the tasks reach",
    ),
    "network.vpc.security_groups.**": same(
        "database.connections.allow_default_port_from(service.service)",
        "in the stack, for what these groups let the tasks reach; nothing else may reach them but the front door",
    ),
    "taskdef_overrides": same(
        "add_property_override(path, value)",
        "on the native resource of the task definition: service.service.task_definition.node.default_child",
    ),
    "deployment.rolling": _rolling,
    "deployment.rollback_alarms": _ALARMS,
    "deployment.rollback_alarms.**": _ALARMS,
}
