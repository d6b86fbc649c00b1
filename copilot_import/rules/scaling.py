"""Scaling on ECS, besides how many copies and the load of the processors."""

from copilot_import.rules.answer import Rule, nothing, same

_OTHER = (
    "scaling follows the load of the processors; scale_on_* of the native service's scaling adds this: "
    'service.service.node.find_child("TaskCount")'
)
_NO_NUMBER = "another field beside it says how many copies run"
_COOLDOWN = same("1 minute out, 5 in", "the same for every service: microservice/ecs_service.py")

SCALING: dict[str, Rule] = {
    # The spec takes these; what is left over stands beside what Copilot prefers.
    "count": nothing(_NO_NUMBER),
    "count.spot": nothing(_NO_NUMBER),
    "count.range": nothing(_NO_NUMBER),
    "count.range.min": nothing(_NO_NUMBER),
    "count.range.max": same("max_instances"),
    "count.range.spot_from": nothing("no Spot: a capacity provider strategy on the native service adds it"),
    "count.cooldown.**": _COOLDOWN,
    "count.cpu_percentage": nothing(_NO_NUMBER),
    "count.cpu_percentage.value": nothing(_NO_NUMBER),
    "count.cpu_percentage.cooldown.**": _COOLDOWN,
    "count.memory_percentage.**": nothing(_OTHER),
    "count.requests.**": nothing(_OTHER),
    "count.response_time.**": nothing(_OTHER),
    "count.queue_delay.**": nothing("a function scales with its queue by itself; tasks need a rule by messages a task"),
}
