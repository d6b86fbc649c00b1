"""The checks, in the order of the table."""

from deployment.preflight.checks import (
    app_runner,
    beanstalk,
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
    beanstalk.CHECK,
    app_runner.CHECK,
    *quotas.CHECKS,
)
