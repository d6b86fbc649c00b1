"""All changes to MiniStack's private parts, one module for each AWS service.

MiniStack is pinned to the version that these patches were written for. The docstring of each patch gives the
reason for it, and a test in `tests/integration/emulator/test_patches.py` fails without it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from local_aws.emulator.config import EmulatorConfig
from local_aws.emulator.patches import (
    api_gateway,
    cloudformation,
    dynamodb,
    ec2,
    ecr,
    ecs_events,
    ecs_secrets,
    ecs_services,
    ecs_targets,
    ecs_tasks,
    elbv2,
    fault_injection,
    lambda_,
    lambda_versions,
    pipes,
    scheduler,
    secrets_manager,
    sqs,
    step_functions,
)
from local_aws.emulator.services import app_runner, auto_scaling, beanstalk, ecs_express, kubernetes
from local_aws.engine.client import Engine


def patches(config: EmulatorConfig, engine: Engine) -> dict[str, Callable[[], None]]:
    """Name -> patch, in the order in which they are applied."""
    return {
        "cloudformation-no-op-types": cloudformation.accept_no_op_types,
        "cloudformation-metric-math": cloudformation.accept_metric_math,
        "cloudformation-stack-of-resource": cloudformation.record_stacks,
        "cloudformation-prompt-response": cloudformation.respond_when_complete,
        "dynamodb-atomic-writes": dynamodb.serialise_operations,
        "ecr-missing-images": partial(ecr.report_missing_images, config),
        "ecr-local-registry": partial(ecr.use_local_registry, config),
        "ecs-task-definition-fields": ecs_tasks.keep_task_definition_fields,
        "ecs-inactive-task-definitions": ecs_tasks.reject_inactive_task_definitions,
        "ecs-container-definitions": partial(ecs_tasks.honour_container_definitions, config, engine),
        "ecs-grace-period": ecs_services.keep_grace_period,
        "ecs-service-discovery": ecs_targets.register_names,
        "ecs-steady-state": ecs_services.wait_for_steady_state,
        "ecs-min-capacity": ecs_services.start_min_capacity,
        "ecs-target-ports": ecs_targets.register_with_own_port,
        "ecs-deregistration": ecs_targets.drain_before_stop,
        "ecs-stop-task": ecs_targets.replace_stopped_tasks,
        "ecs-events": ecs_events.publish_stopped_tasks,
        "ecs-health-checks": partial(ecs_services.run_health_checks, engine),
        "lambda-configuration": partial(lambda_.honour_configuration, config, engine),
        "lambda-trace-header": lambda_.keep_trace_header,
        "lambda-published-versions": lambda_versions.keep_published_versions,
        "lambda-cold-starts": lambda_versions.limit_cold_starts,
        "api-gateway-vpc-link": api_gateway.route_vpc_links,
        "elbv2-target-health": elbv2.route_to_healthy_targets,
        "elbv2-record-names": elbv2.resolve_record_names,
        "ec2-vpc-cidr-block": ec2.add_vpc_cidr_block,
        "pipes-parameters": pipes.honour_parameters,
        "ecs-secrets": ecs_secrets.decrypt_parameters,
        "scheduler-failed-invocations": scheduler.report_failed_invocations,
        "scheduler-tasks": scheduler.run_tasks,
        "secrets-manager-ref": secrets_manager.return_arn_for_ref,
        "secrets-manager-generated": secrets_manager.honour_generate_secret_string,
        "sqs-metrics": sqs.publish_metrics,
        "step-functions-exit-codes": step_functions.fail_tasks_on_exit_code,
        # Outside the lock of the tables: a throttled call does not wait.
        "fault-throttled-table": fault_injection.throttle_tables,
        "fault-failing-secrets": fault_injection.fail_secrets,
        "fault-duplicate-events": fault_injection.duplicate_events,
        # Emulated services build on the patches above.
        "service-app-runner": app_runner.emulate,
        "service-auto-scaling": partial(auto_scaling.emulate, config),
        "service-beanstalk": partial(beanstalk.emulate, config),
        "service-ecs-express": ecs_express.emulate,
        "service-kubernetes": partial(kubernetes.emulate, config),
    }


def apply(config: EmulatorConfig, engine: Engine) -> None:
    """Apply every patch that `config` does not leave out."""
    for name, patch in patches(config, engine).items():
        if name not in config.leave_out:
            patch()
