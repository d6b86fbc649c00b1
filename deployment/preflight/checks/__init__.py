"""The checks, in the order of the table."""

from deployment.preflight.checks import (
    app_runner_access,
    beanstalk_platform,
    bootstrap,
    identity,
    lambda_concurrency,
    names,
    quotas,
    resource_types,
    service_roles,
    stack_states,
    zones,
)

IDENTITY = identity.CHECK
CHECKS = (
    bootstrap.CHECK,
    stack_states.CHECK,
    resource_types.CHECK,
    *names.CHECKS,
    service_roles.CHECK,
    zones.CHECK,
    lambda_concurrency.CHECK,
    beanstalk_platform.CHECK,
    app_runner_access.CHECK,
    *quotas.CHECKS,
)
