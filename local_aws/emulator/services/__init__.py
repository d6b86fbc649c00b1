"""What MiniStack lacks and this machine can run all the same: one module for each service of AWS.

All are made alike: a module reads the deployed resource, and files that were generated for it, into a `Service`;
`service.run_as_service` runs that as the emulator's ECS runs its own. What is only accepted stands in `accepted.py`.
"""

from __future__ import annotations

from typing import NamedTuple


class Executor(NamedTuple):
    """What runs resources of a type here.

    Attributes:
        words: what results call it.
        not_shown: what AWS does beside that, which nothing here does.
    """

    words: str
    not_shown: str


EXECUTORS = {
    "AWS::ECS::Service": Executor("the emulator's ECS", "where tasks are placed, zones, scaling"),
    "AWS::Lambda::Function": Executor("the emulator's Lambda", "cold starts as AWS has them, concurrency"),
    "AWS::AppRunner::Service": Executor("our stand-in for App Runner", "certificate, collector, scaling"),
    "AWS::AutoScaling::AutoScalingGroup": Executor(
        "containers in place of its virtual machines", "machines that boot, install and signal; scaling"
    ),
    "AWS::ECS::CapacityProvider": Executor("containers in place of its instances", "instances, their start and end"),
    "AWS::ElasticBeanstalk::Environment": Executor(
        "our stand-in for Elastic Beanstalk", "instances, hooks, Beanstalk's own health and batches"
    ),
    "AWS::ECS::ExpressGatewayService": Executor(
        "our stand-in for Express Mode", "certificate, canary, and the alarms and scaling that ECS makes"
    ),
    "Custom::AWSCDK-EKS-HelmChart": Executor(
        "our stand-in for Kubernetes", "scheduler, admission, network policy, scaling: there is no cluster"
    ),
}
"""Resource type -> what runs it here, the emulator itself or something of ours."""
