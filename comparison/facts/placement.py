"""The capacity of replicas: an own instance, a shared one or capacity of AWS, and the memory billed."""

from collections.abc import Iterable
from dataclasses import dataclass

from pricing.cost_model import CostModel
from pricing.packing import Packing
from pricing.prices import PriceList
from pricing.workload import Workload

# Price units of memory, in GiB, of platforms that do not bill by the instance.
_MEMORY = ("-gb-hour", "-gb-second")


@dataclass(frozen=True, kw_only=True)
class Placement:
    """The placement of one target's replicas.

    Attributes:
        instance_type: EC2 instance type; "" where AWS owns the capacity.
        architecture: "x86_64" or "arm64", by the instance type; "" where AWS owns the capacity.
        instance_mib: MiB of one instance; None where AWS owns the capacity.
        selected_by_aws: whether AWS selects the type; the cheapest one that fits a replica is assumed.
        replicas_per_instance: at most; None where AWS owns the capacity.
        replicas_that_fit: that ECS or EKS would place on an instance of that type; None where it is the same.
        min_replicas: lower bound of scaling.
        billed_mib: MiB billed per replica, with the minimum number of replicas.
        billed_mib_when_full: MiB billed per replica on full instances; None where it is the same.
    """

    instance_type: str = ""
    architecture: str = ""
    instance_mib: float | None = None
    selected_by_aws: bool = False
    replicas_per_instance: int | None = None
    replicas_that_fit: int | None = None
    min_replicas: int
    billed_mib: float
    billed_mib_when_full: float | None = None


def placement(
    cost_model: CostModel, workload: Workload, shared_packing: Packing | None, prices: PriceList
) -> Placement:
    """Return the placement of a target's replicas.

    Args:
        cost_model: the target's charges and capacity.
        workload: its replicas and their size.
        shared_packing: how AWS fills instances with replicas of that size, from another target; None if none does.
        prices: the price list with the instance types.

    Raises:
        ActionableError: the price list does not have the instance type.
    """
    capacity = cost_model.capacity
    replicas, packing = capacity.min_replicas, capacity.packing
    if workload.instance_type:
        found = prices.instance_type(workload.instance_type)
        return Placement(
            instance_type=found.name,
            architecture=found.architecture,
            instance_mib=found.memory_mib,
            replicas_per_instance=1,
            replicas_that_fit=shared_packing.on(found).replicas_per_instance if shared_packing else None,
            min_replicas=replicas,
            billed_mib=found.memory_mib,
        )
    if packing and packing.replica:
        found = prices.instance_type(packing.instance_type)
        return Placement(
            instance_type=found.name,
            architecture=found.architecture,
            instance_mib=found.memory_mib,
            selected_by_aws=True,
            replicas_per_instance=packing.replicas_per_instance,
            min_replicas=replicas,
            billed_mib=packing.instances(replicas) * found.memory_mib / max(replicas, 1),
            billed_mib_when_full=found.memory_mib / packing.replicas_per_instance,
        )
    billed = (charge for charge in cost_model.charges if charge.price_id.endswith(_MEMORY) and not charge.shared)
    gib = next((charge.quantity for charge in billed), capacity.memory_mib / 1024)
    return Placement(min_replicas=replicas, billed_mib=1024 * gib)


def replica_packing(cost_models: Iterable[CostModel]) -> Packing | None:
    """Return how AWS fills instances with nothing but replicas, of the targets where it does; None without any."""
    packings = [packing for model in cost_models if (packing := model.capacity.packing) and packing.replica]
    return min(packings, key=lambda packing: len(packing.add_ons), default=None)
