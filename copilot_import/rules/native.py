"""Names of the constructs in the stacks, for advice."""

from copilot_import.manifest import Manifest
from copilot_import.workload_types import SCHEDULED, WORKER


def construct_of(manifest: Manifest) -> str:
    """Return the variable of the construct in its stack."""
    return {WORKER.name: "worker", SCHEDULED.name: "job"}.get(manifest.type.name, "service")
