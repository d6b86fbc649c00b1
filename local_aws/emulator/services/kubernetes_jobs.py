"""Kubernetes CronJobs on EKS: a schedule that starts the job's pod as a task."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ministack.services.cloudformation import provisioners

from local_aws.emulator.formats.cron_job import eventbridge_schedule
from local_aws.emulator.patches.cloudformation import Created
from local_aws.emulator.services.ecs_backed_service import CLUSTER, EcsService, register

ReadPod = Callable[[str, dict[str, Any], str, list[dict[str, Any]], dict[str, Any]], EcsService]
"""Logical ID, properties, stack name, all manifests, CronJob -> its pod, as a service without tasks."""

# Schedules need a role. Kubernetes starts its pods without one.
_CONTROLLER = "arn:aws:iam::000000000000:role/kube-controller-manager"


def emulate_cron_jobs(resource_type: str, read: ReadPod) -> None:
    """Run the CronJob of a release instead of a Deployment.

    Not emulated: time zones, retries, deadlines, and `concurrencyPolicy`: a run may start beside the one before it.

    Args:
        resource_type: the type of the release, which has a handler.
        read: reads the pod of a CronJob.
    """
    handlers = provisioners._RESOURCE_HANDLERS
    release, schedule = handlers[resource_type], handlers["AWS::Scheduler::Schedule"]
    others = dict(release)

    def properties(logical_id: str, props: dict[str, Any], stack: str) -> dict[str, Any] | None:
        manifests = json.loads(props["Values"])["manifests"]
        found = next((each for each in manifests if each["kind"] == "CronJob"), None)
        if found is None:
            return None
        pod = read(logical_id, props, stack, manifests, found)
        return {
            "ScheduleExpression": eventbridge_schedule(found["spec"]["schedule"]),
            "State": "DISABLED" if found["spec"].get("suspend") else "ENABLED",
            "Target": {
                "Arn": CLUSTER,
                "RoleArn": _CONTROLLER,
                "EcsParameters": {"TaskDefinitionArn": register(logical_id, stack, pod)},
            },
        }

    def create(logical_id: str, props: dict[str, Any], stack: str) -> Created:
        job = properties(logical_id, props, stack)
        created: Created = (
            schedule["create"](logical_id, job, stack) if job else others["create"](logical_id, props, stack)
        )
        return created

    def update(physical_id: str, old: dict[str, Any], new: dict[str, Any], stack: str, logical_id: str) -> Created:
        job = properties(logical_id, new, stack)
        if job is None:
            updated: Created = others["update"](physical_id, old, new, stack, logical_id)
            return updated
        schedule["delete"](physical_id, {})
        again: Created = schedule["create"](logical_id, job, stack)
        return again

    def delete(physical_id: str, props: dict[str, Any]) -> None:
        is_job = any(each["kind"] == "CronJob" for each in json.loads(props["Values"])["manifests"])
        (schedule if is_job else others)["delete"](physical_id, props)

    release.update(create=create, update=update, delete=delete)
