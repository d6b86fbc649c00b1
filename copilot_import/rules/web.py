"""How requests come in."""

from copilot_import.manifest import Manifest
from copilot_import.rules.answer import Answer, Rule, nothing, same
from copilot_import.tree import Fields, Items, Node, shown

_FIXED = "the same for every service: microservice/ecs_service.py"
_NO_LOAD_BALANCER = "no target takes TCP or UDP: the front doors speak HTTP"
_OTHER_SERVICE = "one container with one port answers every path: make what has its own port a service of its own"


def _http(_manifest: Manifest, node: Node) -> Answer:
    if shown(node) == "false":
        return nothing("a target's front door cannot be left out: it is how the service is reached")
    return same("the target's front door")


def _path(_manifest: Manifest, node: Node) -> Answer:
    if shown(node) == "/":
        return same("the target's front door", "every path comes in")
    return nothing("a service has a name of its own and gets every path: let callers, or a CloudFront in front, choose")


def _alias(_manifest: Manifest, node: Node) -> Answer:
    names = [_alias_name(item) for item in node.items] if isinstance(node, Items) else [shown(node)]
    more = "; one name only: lead others there by records, with a certificate for all" if names[1:] else ""
    first = names[0] if names else ""
    becomes = f"entrance=OwnDomain(name={first!r}, zone=..., certificate=...)"
    return same(becomes, f"of the targets with a front door of ours, ecs-fargate among them{more}")


def _alias_name(item: Node) -> str:
    return shown(item.fields["name"]) if isinstance(item, Fields) and "name" in item.fields else shown(item)


def _success_codes(_manifest: Manifest, node: Node) -> Answer:
    if shown(node) == "200":
        return same("200")
    return nothing("200 and nothing else means well: let the path answer that")


def _redirect(_manifest: Manifest, node: Node) -> Answer:
    if shown(node) == "false":
        return nothing("plain http is never answered: the HTTP API does not listen, OwnDomain sends callers to https")
    return same("every front door", "https only")


WEB: dict[str, Rule] = {
    "image.port": nothing("http.target_port takes the requests, and one port is all that a container has here"),
    "http": _http,
    "http.path": _path,
    "http.alb": nothing("front doors are made, not shared: one of another stack cannot be taken"),
    "http.alias": _alias,
    "http.hosted_zone": same("OwnDomain(zone=...)", "route53.HostedZone.from_hosted_zone_attributes takes this id"),
    "http.healthcheck": same("health_path"),
    "http.healthcheck.port": nothing("the port that answers requests is the one that is asked"),
    "http.healthcheck.success_codes": _success_codes,
    "http.healthcheck.healthy_threshold": same("2", _FIXED),
    "http.healthcheck.unhealthy_threshold": same("3", _FIXED),
    "http.healthcheck.interval": same("10 s", _FIXED),
    "http.healthcheck.timeout": same("5 s", _FIXED),
    "http.healthcheck.grace_period": same("60 s", _FIXED),
    "http.deregistration_delay": same("30 s", _FIXED),
    "http.stickiness": nothing("any copy may get any request: keep sessions in a store that all share"),
    "http.allowed_source_ips": nothing("front doors take every caller: a web application firewall can hold them off"),
    "http.redirect_to_https": _redirect,
    "http.version": nothing("the load balancer speaks HTTP/1.1 to the containers: no gRPC, no HTTP/2"),
    "http.target_container": nothing(_OTHER_SERVICE),
    "http.targetContainer": nothing(_OTHER_SERVICE),
    "http.target_port": nothing(_OTHER_SERVICE),
    "http.additional_rules": nothing(_OTHER_SERVICE),
}
NETWORK_LOAD_BALANCER: dict[str, Rule] = {"nlb.**": nothing(_NO_LOAD_BALANCER)}
