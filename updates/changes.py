"""The changes: every field of the service spec, option of a construct, stack parameter and context value of the app."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import aws_cdk as cdk

from deployment.errors import ActionableError
from microservice import ServiceSpec
from updates.findings import WITH_OPTIONS
from updates.options import TOPIC, has_default, option_values, rounds, target_options, with_web_acl
from updates.variants import Argument, Synthesis, Variant

# Field of the spec -> other values. The first one is in the table under the name of the field.
FIELDS: Mapping[str, Sequence[Any]] = {
    "name": ["bills"],
    "port": [9090],
    "health_path": ["/healthz"],
    "cpu": [2048],
    "memory_mib": [3072],
    "min_instances": [3],
    "max_instances": [11, 2],
    "target_cpu_percent": [70],
    "architecture": ["arm64"],
    "environment": [{"LOG_LEVEL": "DEBUG"}],
    "trace_sampling_rate": [0.5, 0.0, None],
    "secrets": [{"API_KEY": "arn:aws:ssm:us-east-1:123456789012:parameter/bills/key"}],
    "command": [["serve"]],
    "health_command": [["/healthcheck"]],
    "health_codes": ["200-299"],
    "start_seconds": [120, 600],
    "writable_paths": [["/var/cache"]],
}
# Parameters of stacks that the CDK adds.
_CDK_PARAMETERS = frozenset({"BootstrapVersion"})
# Name of a stack parameter -> another value. Parameters that AWS resolves need none.
PARAMETERS: Mapping[str, str] = {"PlatformVersion": "4.14.0"}
# Options that shape deployments: every change is computed with them, too.
DEPLOYMENT_OPTIONS = ("blue_green_bake_time", "canary_interval", "ingress")
# Context value of the app -> another value. `service` sets fields, and `service_file` names another service.
CONTEXT: Mapping[str, Any] = {
    "app_runner": "false",
    "base_image": "python:3.13-slim",
    "service": None,
    "service_file": None,
    "alarm_emails": "operators@example.com",
    "alarm_topic": TOPIC,
    "availability_zones": "us-east-1a,us-east-1b",
    # Another network: no service moves between them in place.
    "network": "isolated",
    # Another app, beside the running one.
    "stage": "beta",
    "transaction_search": "true",
    "workloads": "true",
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Change:
    """One change of a running service.

    Attributes:
        id: such as `port`, `port=9090` for another value, `blue_green_bake_time on`, or `PlatformVersion`.
        kind: `field`, `option`, `parameter`, `context` or `app`; `with options` for a change beside those options.
        text: what changes into what.
        before: the app before the change.
        after: the app after it.
        targets: targets that have the option. Default: all.
        parameters: stack -> parameter -> value after the change. Default: the templates' defaults.
        field: the field of the spec that changes; "" if another thing does.
        alone: the app before and after the change, without options of other targets; None if `before` and `after` are.
    """

    id: str
    kind: str
    text: str
    before: Variant
    after: Variant
    targets: frozenset[str] | None = None
    parameters: Mapping[str, Mapping[str, str]] = dataclasses.field(default_factory=dict)
    field: str = ""
    alone: tuple[Variant, Variant] | None = None


def base_variant(spec: ServiceSpec) -> Variant:
    """Return the app before a change: a size with larger and smaller ones on every target."""
    return Variant(name="base", spec=dataclasses.replace(spec, cpu=1024, memory_mib=4096))


def field_changes(before: Variant) -> list[Change]:
    """Return the changes of the fields of the spec.

    Raises:
        ActionableError: a field has no other value in `FIELDS`.
    """
    names = [field.name for field in dataclasses.fields(ServiceSpec)]
    require_values("field of ServiceSpec", names, FIELDS, "FIELDS")
    return [_field_change(before, name, value, number) for name in names for number, value in enumerate(FIELDS[name])]


def option_changes(before: Variant) -> list[Change]:
    """Return the changes of the constructs' options: each one set and, if it has a default, reset.

    Options of different targets are set in one synthesis, because a target does not depend on another one. Shared
    stacks may depend on each of them: `alone` tells which.

    Raises:
        ActionableError: an option has no other value in `options`.
    """
    options = target_options()
    values = option_values()
    require_values(
        "option of a construct", {name for found in options.values() for name in found}, values, "option_values"
    )
    variants = [
        _with_options(before, number, names, options)
        for number, names in enumerate(rounds(options, list(values)), start=1)
    ]
    changes = []
    for option in values:
        if option == "web_acl_arn":
            changes += _web_acl_changes(before, options)
            continue
        targets = frozenset(target for target, found in options.items() if option in found)
        if not targets:
            continue
        after = next(one for one in variants if any(option in one.arguments.get(target, {}) for target in targets))
        alone = _with_options(before, option, {option}, options)
        change = Change(
            id=f"{option} on" if has_default(option) else option,
            kind="option",
            text=f"{option} set" if has_default(option) else f"another {option}",
            before=before,
            after=after,
            targets=targets,
            alone=(before, alone),
        )
        changes.append(change)
        if has_default(option):
            off = dataclasses.replace(change, id=f"{option} off", text=f"{option} reset", before=after, after=before)
            off = dataclasses.replace(off, alone=(alone, before))
            changes.append(off)
    return changes


def _web_acl_changes(before: Variant, options: Mapping[str, Sequence[str]]) -> list[Change]:
    """Return the changes of the web ACL: of App Runner, and of the load balancers at a custom domain."""
    values = option_values()
    owners = [target for target, found in options.items() if "ingress" in found]
    without: dict[str, Mapping[str, Argument]] = {target: {"ingress": values["ingress"]} for target in owners}
    with_: dict[str, Mapping[str, Argument]] = {target: {"ingress": with_web_acl} for target in owners}
    with_ |= {
        target: {"web_acl_arn": values["web_acl_arn"]} for target, found in options.items() if "web_acl_arn" in found
    }
    at_domain = dataclasses.replace(before, name=f"{before.name}, custom domain", arguments=without)
    filtered = dataclasses.replace(before, name=f"{before.name}, web ACL", arguments=with_)
    on = Change(
        id="web_acl_arn on",
        kind="option",
        text="web_acl_arn set",
        before=at_domain,
        after=filtered,
        targets=frozenset(with_),
    )
    off = dataclasses.replace(on, id="web_acl_arn off", text="web_acl_arn reset", before=filtered, after=at_domain)
    return [on, off]


def parameter_changes(before: Variant, synthesis: Synthesis) -> list[Change]:
    """Return the changes of stack parameters.

    Raises:
        ActionableError: a parameter has no other value in `PARAMETERS`.
    """
    changes = []
    for stack, template in synthesis.templates.items():
        for name, parameter in template.get("Parameters", {}).items():
            if name in _CDK_PARAMETERS:
                continue
            if parameter["Type"].startswith("AWS::SSM::Parameter"):
                path = parameter["Default"]
                id_, text, value = path.rpartition("/")[2], f"a new value of {path}", f"{path} (later)"
            else:
                require_values("stack parameter", [name], PARAMETERS, "PARAMETERS", exact=False)
                id_, text, value = name, f"{parameter.get('Default')} → {PARAMETERS[name]}", PARAMETERS[name]
            parameters = {stack: {name: value}}
            targets = frozenset(target for target, where in synthesis.targets.items() if where == stack)
            changes.append(
                Change(
                    id=id_,
                    kind="parameter",
                    text=text,
                    before=before,
                    after=before,
                    parameters=parameters,
                    targets=targets,
                )
            )
    return changes


def app_changes(before: Variant, names: Sequence[str]) -> list[Change]:
    """Return the changes of context values, tags, and of the construct's ID.

    Args:
        before: the app before a change.
        names: the context values of the app.

    Raises:
        ActionableError: a context value has no other value in `CONTEXT`.
    """
    require_values("context value", names, CONTEXT, "CONTEXT")
    tagged = _tagged(before)
    moved = dataclasses.replace(before, name="moved", construct_id="Moved")
    return [
        *(
            Change(
                id=name,
                kind="context",
                text=f"-c {name}={CONTEXT[name]}",
                before=before,
                after=dataclasses.replace(before, name=name, context={name: CONTEXT[name]}),
            )
            for name in names
            if CONTEXT[name] is not None
        ),
        Change(id="tags", kind="app", text="a tag on the app", before=before, after=tagged),
        Change(id="construct ID", kind="app", text="another ID of the construct", before=before, after=moved),
    ]


def require_values(
    what: str, names: Iterable[str], values: Mapping[str, Any], where: str, *, exact: bool = True
) -> None:
    """Check that there is another value for each name, and no value without a name.

    Raises:
        ActionableError: a name has no value, or a value no name.
    """
    names = set(names)
    for name in sorted(names - values.keys()):
        raise ActionableError(
            f"the {what} {name!r} has no change",
            "each one needs another value",
            f"add it to {where} in updates/changes.py",
        )
    for name in sorted(values.keys() - names) if exact else []:
        raise ActionableError(f"there is no {what} {name!r}", "", f"remove it from {where} in updates/changes.py")


def changes_with_options(before: Variant, synthesis: Synthesis) -> list[Change]:
    """Return the changes of fields, image and tags of the targets that have `DEPLOYMENT_OPTIONS`, with these set."""
    values = option_values()
    arguments = {
        target: {option: values[option] for option in found if option in DEPLOYMENT_OPTIONS}
        for target, found in target_options().items()
    }
    targets = frozenset(target for target, found in arguments.items() if found)
    without = frozenset(stack for target, stack in synthesis.targets.items() if target not in targets)
    set_ = dataclasses.replace(before, name="options", arguments=arguments, without=without)
    image = {target: {**found, "image": values["image"]} for target, found in arguments.items()}
    changes = [
        *(_field_change(set_, name, found[0], 0) for name, found in FIELDS.items()),
        Change(
            id="image",
            kind="option",
            text="another image",
            before=set_,
            after=dataclasses.replace(set_, name="options, image", arguments=image),
        ),
        Change(id="tags", kind="app", text="a tag on the app", before=set_, after=_tagged(set_)),
    ]
    return [
        dataclasses.replace(change, id=f"{change.id}{WITH_OPTIONS}", kind=WITH_OPTIONS.strip(), targets=targets)
        for change in changes
    ]


def _tagged(before: Variant) -> Variant:
    name = f"{before.name}, tags"
    return dataclasses.replace(before, name=name, prepare=lambda app: cdk.Tags.of(app).add("team", "orders"))


def _field_change(before: Variant, name: str, value: Any, number: int) -> Change:
    after = dataclasses.replace(before.spec, **{name: value})
    id_ = name if number == 0 else f"{name}={value}"
    old = getattr(before.spec, name)
    return Change(
        id=id_,
        kind="field",
        field=name,
        text=f"{dict(old) if isinstance(old, Mapping) else old} → {value}",
        before=before,
        after=dataclasses.replace(before, name=f"{before.name}, {id_}", spec=after),
    )


def _with_options(before: Variant, of: object, names: set[str], options: Mapping[str, Sequence[str]]) -> Variant:
    values = option_values()
    arguments = {target: {name: values[name] for name in found if name in names} for target, found in options.items()}
    return dataclasses.replace(before, name=f"{before.name}, options {of}", arguments=arguments)
