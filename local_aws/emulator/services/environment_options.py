"""The options of an Elastic Beanstalk environment, and what of the template they point at."""

from __future__ import annotations

from typing import Any

from ministack.services import alb, iam

Options = dict[str, dict[str, str]]


def by_namespace(settings: list[dict[str, Any]]) -> Options:
    """Namespace -> option -> value."""
    options: Options = {}
    for setting in settings:
        options.setdefault(setting["Namespace"], {})[setting["OptionName"]] = str(setting["Value"])
    return options


def rule(options: Options) -> tuple[str, tuple[str, ...]]:
    """ARN of the shared load balancer's listener that options have a rule for, and the names that the rule matches.

    Raises:
        ValueError: there is none, and no request would reach an instance.
    """
    balancer = options["aws:elbv2:loadbalancer"]["SharedLoadBalancer"]
    for arn, listener in alb._listeners.items():
        rules = options.get(f"aws:elbv2:listener:{listener['Port']}", {}).get("Rules")
        if listener["LoadBalancerArn"] == balancer and rules:
            hosts = options[f"aws:elbv2:listenerrule:{rules}"]["HostHeaders"].split(",")
            # Names of this machine's HTTP APIs end with a port.
            return str(arn), tuple(host.split(":")[0] for host in hosts)
    raise ValueError(f"no option names a listener of {balancer}: write aws:elbv2:listener:<port>")


def role(options: Options) -> str:
    """ARN of the role that everything on an instance has."""
    profile = options["aws:autoscaling:launchconfiguration"]["IamInstanceProfile"]
    [name] = iam._lookup_instance_profile(arn=profile)["Roles"]
    return str(iam._roles[name]["Arn"])
