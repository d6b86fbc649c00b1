"""Findings about objects in a cluster."""

from typing import Any

import pytest

from tests.unit.updates.samples import change_set, findings, kinds, manifest, release, template
from updates.findings import Kind
from updates.kubernetes import HELM_CHART, IMMUTABLE, object_changes, rolls_pods

GROUP = "AWS::ElasticLoadBalancingV2::TargetGroup"


def deployment(image: str = "1", **body: Any) -> dict[str, Any]:
    spec = {"template": {"spec": {"containers": [{"name": "main", "image": image}]}}, **body}
    return manifest("Deployment", spec=spec)


def binding(arn: str = "@Group@", **names: str) -> dict[str, Any]:
    return manifest("TargetGroupBinding", **names, spec={"targetGroupARN": arn, "targetType": "ip"})


def policy(port: int) -> dict[str, Any]:
    return manifest("NetworkPolicy", spec={"ingress": [{"ports": [{"port": port, "protocol": "TCP"}]}]})


def stack(*manifests: dict[str, Any], port: int = 80, **options: Any) -> dict[str, Any]:
    return template(Group=(GROUP, {"Port": port}), Release=release(*manifests, **options))


def test_a_new_image_rolls_the_pods() -> None:
    before, after = stack(deployment("1")), stack(deployment("2"))
    assert kinds(before, after) == []
    change = change_set(before, after).changes["Service", "Release"]
    assert rolls_pods(change)
    path = "spec/template/spec/containers/0/image"
    assert list(object_changes(change)) == [("modified", "Deployment/orders/orders", [path])]


def test_other_changes_roll_no_pods() -> None:
    before, after = (stack(deployment(), manifest("HorizontalPodAutoscaler", spec={"maxReplicas": n})) for n in (1, 2))
    assert not rolls_pods(change_set(before, after).changes["Service", "Release"])


def test_a_binding_cannot_follow_a_replaced_target_group() -> None:
    found = findings(stack(binding(), port=8080), stack(binding(), port=9090))
    assert [(one.kind, one.type, one.property) for one in found] == [
        (Kind.IMMUTABLE, "TargetGroupBinding", "spec/targetGroupARN"),
        (Kind.REPLACEMENT, GROUP, "Port"),
    ]
    assert found[0].cascade == (
        f"Service/Group {GROUP}: Port",
        f"Service/Release {HELM_CHART}: Values",
        "TargetGroupBinding orders/orders: spec/targetGroupARN",
    )


@pytest.mark.parametrize(
    ("kind", "field"), [(kind, field) for kind, fields in IMMUTABLE.items() for field in fields], ids=str
)
def test_immutable_fields_are_found(kind: str, field: str) -> None:
    def with_value(value: Any) -> dict[str, Any]:
        *outer, last = field.split("/")
        body: Any = {last: value}
        for name in reversed(outer):
            body = {name: body}
        return stack(manifest(kind, **body))

    assert (Kind.IMMUTABLE, kind, field) in kinds(with_value("a"), with_value("b"))


def test_a_network_policy_that_closes_the_port_of_old_pods_is_found() -> None:
    before = stack(deployment("1"), policy(8080))
    assert kinds(before, stack(deployment("2"), policy(9090))) == [(Kind.CLOSED_PORT, "NetworkPolicy", "spec/ingress")]
    assert kinds(before, stack(deployment("2"), policy(8080))) == []


def test_renamed_objects_are_deleted_before_new_pods_are_ready() -> None:
    renamed = manifest("Deployment", "bills", "bills", spec={})
    [found] = findings(stack(manifest("Deployment", spec={})), stack(renamed))
    assert (found.kind, found.type) == (Kind.REMOVAL, HELM_CHART)
    assert "Deployment orders/orders" in found.consequence


def test_a_removed_disruption_budget_is_no_finding() -> None:
    assert kinds(stack(manifest("PodDisruptionBudget")), stack()) == []


def test_a_second_binding_of_a_target_group_is_rejected() -> None:
    found = kinds(stack(binding()), stack(binding(name="bills")))
    assert (Kind.COLLISION, "TargetGroupBinding", "spec/targetGroupARN") in found


def test_a_moved_release_collides_with_the_objects_of_the_old_one() -> None:
    before = template(One=release(deployment(), name="one"))
    found = findings(before, template(Other=release(deployment(), name="other")))
    assert [one.kind for one in found] == [Kind.COLLISION, Kind.REMOVAL]
    assert "Deployment orders/orders" in found[0].consequence
    elsewhere = template(Other=release(manifest("Deployment", namespace="other", spec={}), name="other"))
    assert [one.kind for one in findings(before, elsewhere)] == [Kind.REMOVAL]
    in_another_cluster = template(Other=release(deployment(), name="other", cluster="second"))
    assert [one.kind for one in findings(before, in_another_cluster)] == [Kind.REMOVAL]


def test_another_release_name_leaves_the_first_release_behind() -> None:
    before, after = (template(One=release(name=name)) for name in ("one", "other"))
    assert kinds(before, after) == [(Kind.REPLACEMENT, HELM_CHART, "Release")]
