"""Everything of ours that touches MiniStack's private parts, one module for each emulated service.

MiniStack is pinned to the version these were written for. Each patch says why it is needed, and a test in
`tests/local_aws/` fails without it.
"""

from __future__ import annotations

from collections.abc import Callable

from local_aws.emulator.config import EmulatorConfig
from local_aws.emulator.engines import Engine
from local_aws.emulator.patches import (
    cloudformation,
    ecr,
    ecs_containers,
    ecs_definitions,
    ecs_deployments,
    ecs_health,
    ecs_scaling,
    functions,
    http_api,
    load_balancers,
    networks,
    pipes,
    secrets,
    step_functions,
)
from local_aws.emulator.services import app_runner, auto_scaling, beanstalk, express, kubernetes

PATCHES: dict[str, Callable[[EmulatorConfig, Engine], None]] = {
    "cloudformation-accepted": cloudformation.accept_types,
    "cloudformation-metric-math": cloudformation.accept_metric_math,
    "cloudformation-owners": cloudformation.remember_owners,
    "cloudformation-prompt": cloudformation.answer_when_done,
    "ecr-images": ecr.tell_which_images_exist,
    "ecr-login": ecr.log_in_to_this_machine,
    "ecs-definitions": ecs_definitions.keep_every_field,
    "ecs-containers": ecs_containers.run_as_defined,
    "ecs-grace-period": ecs_deployments.keep_grace_period,
    "ecs-deployments": ecs_deployments.wait_for_steady_state,
    "ecs-scalable-targets": ecs_scaling.start_scaled,
    "ecs-health": ecs_health.check_tasks,
    "functions": functions.run_as_configured,
    "functions-trace": functions.keep_the_trace,
    "http-api-vpc-link": http_api.reach_listeners,
    "load-balancer-health": load_balancers.route_to_healthy_targets,
    "networks": networks.tell_address_ranges,
    "pipes": pipes.honour_parameters,
    "secrets": secrets.refer_by_arn,
    "secrets-generated": secrets.generate_as_told,
    "step-functions-run-task": step_functions.believe_exit_codes,
    # Stand-ins build upon the patches above.
    "stand-in-app-runner": app_runner.run_app_runner_services,
    "stand-in-auto-scaling": auto_scaling.run_groups,
    "stand-in-beanstalk": beanstalk.run_environments,
    "stand-in-express": express.run_express_services,
    "stand-in-kubernetes": kubernetes.run_helm_releases,
}


def apply(config: EmulatorConfig, engine: Engine) -> None:
    """Apply every patch that `config` does not leave out."""
    for name, patch in PATCHES.items():
        if name not in config.leave_out:
            patch(config, engine)
