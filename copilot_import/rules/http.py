"""Rules for HTTP: load balancers, App Runner and static sites."""

from copilot_import.findings import Result, Rule, equivalent, unsupported
from copilot_import.manifest import Manifest
from copilot_import.rules.container import CONTAINER
from copilot_import.workload_types import BACKEND
from copilot_import.yaml_tree import Node

_FIXED = "the same for every service: microservice/defaults.py"
_INGRESS = "the target's ingress"
_ONE_PORT = "one container with one port handles every path: make the other port a service of its own"
_PRIVATE = equivalent("ingress=PrivateIngress()", "in stacks/ecs_fargate.py: callers inside the VPC only")
_SHARED = "in stacks/ecs_fargate.py; the service receives the whole path"
_HEALTH_PORT = unsupported("the health check uses the port of the requests")
_CODES = equivalent("health_codes")
_START = equivalent("start_seconds", "one duration for all health checks")


def _http(_manifest: Manifest, node: Node) -> Result:
    if str(node) == "false":
        return unsupported("every target has an ingress: see Targets below for what to use instead")
    return equivalent(_INGRESS)


def _path(_manifest: Manifest, node: Node) -> Result:
    path = str(node).strip("/")
    if not path:
        return equivalent(_INGRESS, "routes every path")
    return equivalent(f'SharedLoadBalancer.route(host=..., paths=["/{path}", "/{path}/*"])', f"as ingress, {_SHARED}")


def _rules(_manifest: Manifest, node: Node) -> Result:
    if any({"target_port", "target_container"} & item.fields.keys() for item in node.items):
        return unsupported(_ONE_PORT)
    return equivalent("SharedLoadBalancer.route(host=..., paths=[...])", f"one route with up to four paths, {_SHARED}")


def _custom_domain(name: str) -> str:
    return f"ingress=CustomDomain(name={name!r}, zone=..., certificate=...)"


def _alias(manifest: Manifest, node: Node) -> Result:
    if any(item.is_map for item in node.items):
        names = [str(item.fields.get("name", item)) for item in node.items]
    else:
        names = [name.strip() for name in manifest.words("http", "alias")]
    exact = [name for name in names if "*" not in name]
    notes = ["for targets with an ingress of this project, such as ecs-fargate"]
    if exact[1:]:
        notes.append("one name only: point the others to it with DNS records, and use one certificate for all")
    if len(exact) < len(names):
        notes.append("an endpoint has no wildcard; the certificate may have one")
    if not exact:
        return unsupported(
            "an endpoint needs a name without a wildcard: CustomDomain(name=...); the certificate may have one"
        )
    if manifest.type is BACKEND:
        return equivalent(
            f"ingress=PrivateIngress(name={exact[0]!r}, zone=..., certificate=...)",
            "; ".join(["an internal alias: only callers inside the VPC may reach it", *notes[1:]]),
        )
    return equivalent(_custom_domain(exact[0]), "; ".join(notes))


def _redirect(_manifest: Manifest, node: Node) -> Result:
    if str(node) == "false":
        return unsupported(
            "plain HTTP is not served: the HTTP API has no HTTP listener, CustomDomain redirects to HTTPS"
        )
    return equivalent("every ingress", "HTTPS only")


HTTP: dict[str, Rule] = {
    "image.port": unsupported("http.target_port receives the requests, and a container has one port"),
    "http": _http,
    "http.path": _path,
    "http.alb": equivalent("SharedLoadBalancer(load_balancer=..., listener=...)", "its route is an ingress"),
    "http.alias": _alias,
    "http.hosted_zone": equivalent(
        "CustomDomain(zone=...)", "route53.HostedZone.from_hosted_zone_attributes takes this ID"
    ),
    "http.healthcheck": equivalent("health_path"),
    "http.healthcheck.port": _HEALTH_PORT,
    "http.healthcheck.success_codes": _CODES,
    "http.healthcheck.healthy_threshold": equivalent("2", _FIXED),
    "http.healthcheck.unhealthy_threshold": equivalent("3", _FIXED),
    "http.healthcheck.interval": equivalent("10 s", _FIXED),
    "http.healthcheck.timeout": equivalent("5 s", _FIXED),
    "http.healthcheck.grace_period": _START,
    "http.deregistration_delay": equivalent("30 s", _FIXED),
    "http.stickiness": unsupported("any task can receive any request: keep sessions in a shared store"),
    "http.allowed_source_ips": unsupported("the endpoint is public: restrict callers with AWS WAF"),
    "http.redirect_to_https": _redirect,
    "http.version": unsupported("the load balancer uses HTTP/1.1 to the containers: no gRPC, no HTTP/2"),
    "http.target_container": unsupported(_ONE_PORT),
    "http.targetContainer": unsupported(_ONE_PORT),
    "http.target_port": unsupported(_ONE_PORT),
    "http.additional_rules": _rules,
}
NETWORK_LOAD_BALANCER: dict[str, Rule] = {"nlb.**": unsupported("no target serves TCP or UDP: every ingress is HTTP")}


def _private(_manifest: Manifest, node: Node) -> Result:
    return equivalent(_INGRESS, "public, as before") if str(node) == "false" else _PRIVATE


def _app_runner_alias(_manifest: Manifest, node: Node) -> Result:
    if "*" in str(node):
        return unsupported("an endpoint needs a name without a wildcard: CustomDomain(name=...)")
    advice = "on ecs-fargate; ecs-express has the name that AWS assigns, and supports no other here"
    return equivalent(_custom_domain(str(node)), advice)


_OWN = equivalent("the target's own", "each target has its own health check settings")
REQUEST_DRIVEN: dict[str, Rule] = {
    **{
        pattern: rule
        for pattern, rule in CONTAINER.items()
        if pattern.split(".")[0] in ("image", "variables", "secrets", "command") and "healthcheck" not in pattern
    },
    "http.private": _private,
    "http.private.endpoint": _PRIVATE,
    "http.alias": _app_runner_alias,
    "http.healthcheck": equivalent("health_path"),
    "http.healthcheck.port": _HEALTH_PORT,
    "http.healthcheck.success_codes": _CODES,
    "http.healthcheck.healthy_threshold": _OWN,
    "http.healthcheck.unhealthy_threshold": _OWN,
    "http.healthcheck.interval": _OWN,
    "http.healthcheck.timeout": _OWN,
    "http.healthcheck.grace_period": _START,
    "network.vpc.placement": equivalent(
        "stacks/network.py", "ECS tasks run in the VPC and reach its private resources"
    ),
    "network.vpc.placement.subnets.**": equivalent("stacks/network.py", "ECS tasks run in the VPC of that stack"),
    "tags.**": equivalent("cdk.Tags.of(stack).add(NAME, VALUE)"),
}
STATIC_SITE: dict[str, Rule] = {
    "name": unsupported("no container: the stack's ID names it"),
    "http.alias": unsupported("no container: use domain_names of the CloudFront distribution"),
    "http.certificate": unsupported("no container: use certificate of the CloudFront distribution, in us-east-1"),
    "files": unsupported("no container: aws_s3_deployment.BucketDeployment copies files, CloudFront serves them"),
}
