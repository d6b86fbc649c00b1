"""AWS services that MiniStack lacks, emulated by this project: one module for each service.

Each module reads a deployed resource, and the files that were generated for it, into an `EcsService`;
`base.run_as_ecs_service` runs it as the emulator's ECS runs its own services. No-op resource types
are in `no_op_resources.py`.
"""

from __future__ import annotations

from typing import NamedTuple


class Executor(NamedTuple):
    """The local executor of a resource type.

    Attributes:
        name: a short phrase for results and tables.
        not_shown: features of AWS that the local run does not show.
    """

    name: str
    not_shown: str


EXECUTORS = {
    "AWS::ECS::Service": Executor("the emulator's ECS", "task placement, Availability Zones, scaling"),
    "AWS::Lambda::Function": Executor("the emulator's Lambda", "cold start time, concurrency limits"),
    "AWS::AppRunner::Service": Executor("App Runner emulated by this project", "certificate, collector, scaling"),
    "AWS::AutoScaling::AutoScalingGroup": Executor(
        "containers in place of EC2 instances", "instance boot, installation and success signal; scaling"
    ),
    "AWS::ECS::CapacityProvider": Executor("containers in place of managed instances", "instances and their lifecycle"),
    "AWS::ElasticBeanstalk::Environment": Executor(
        "Elastic Beanstalk emulated by this project", "instances, hooks, enhanced health, deployment batches"
    ),
    "AWS::ECS::ExpressGatewayService": Executor(
        "Express Mode emulated by this project", "certificate, canary, and the alarms and scaling that ECS creates"
    ),
    "Custom::AWSCDK-EKS-HelmChart": Executor(
        "Kubernetes emulated by this project", "scheduler, admission, network policy, scaling: there is no cluster"
    ),
}
"""Resource type -> local executor: a service of the emulator, or one emulated by this project."""
