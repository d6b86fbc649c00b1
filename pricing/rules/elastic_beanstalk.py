"""Prices of AWS Elastic Beanstalk, which is free itself: its instances, logs and load balancer."""

from collections.abc import Iterator

from deployment.template import Resource
from pricing.charges import Charge, PricingContext
from pricing.rules.cloudwatch import alarms, logs
from pricing.rules.ec2 import instance_charges
from pricing.rules.elastic_load_balancing import load_balancer_charges
from pricing.workload import option_settings

_DEFAULT_VOLUME_GIB = 10
"""Root volume of the platforms on Amazon Linux 2023 without an option for its size; an assumption."""


def environment(resource: Resource, context: PricingContext) -> Iterator[Charge]:
    """Price the instances, their volumes and streamed logs, the two alarms of scaling, and a load balancer of its own.

    A shared load balancer is a resource of the template and priced there.
    """
    options = option_settings(resource)
    volume_gib = float(options.get("aws:autoscaling:launchconfiguration RootVolumeSize", _DEFAULT_VOLUME_GIB))
    instance_type = options["aws:ec2:instances InstanceTypes"].split(",")[0]
    yield from instance_charges(resource, context, instance_type, "replica_hours", volume_gib)
    yield alarms(resource, context, "alarms of scaling", 2)
    if options.get("aws:elasticbeanstalk:cloudwatch:logs StreamLogs") == "true":
        yield from logs(resource, context, "log of the service", "log_gb", 1)
    if options.get("aws:elasticbeanstalk:environment LoadBalancerIsShared") != "true":
        yield from load_balancer_charges(resource, context)
