"""What JSON says."""

import json

from comparison.costs import sentences

from comparison.facts import Facts
from comparison.facts.costs import thresholds
from comparison.formats import as_json
from comparison.formatting import counted, dollars, dollars_or_none
from deployment.console import mebibytes, milliseconds
from pricing.usage import Usage
from tests.comparison.forms import said
from tests.comparison.forms.said import Said


def of_json(facts: Facts) -> Said:
    data = json.loads(text := as_json(facts))
    costs = data["costs"]
    # JSON has the loads from which on another target is cheapest, and leaves the sentence to others.
    found = said.thresholds(thresholds(facts.costs))
    for answer in data["answers"]:
        headline = answer["target"] or answer["fallback"]
        found |= said.answer(answer["question"], headline, answer["sentence"], answer["assumptions"])
    for one in costs["estimates"]:
        copies = one["unsupported_reason"] or counted(one["replicas"], one["replica_type"])
        found |= said.month(one["target"], dollars_or_none(one["usd"]), dollars(one["idle_usd"]), copies)
    for size in costs["sizes"]:
        name = f"{size['vcpus']:g} vCPU, {size['memory_mib']:g} MiB"
        for target, usd in size["usd"].items():
            found |= said.sizes(target, [name], [dollars_or_none(usd)])
    found |= said.load(sentences.inputs(Usage(**costs["usage"]))) | said.assumed(costs["assumptions"], text)
    for target in data["targets"]:
        run = target["local_run"] or {"outcome": "not run", "p50_ms": None, "memory_mib": None}
        found |= said.parts(target["id"], target["resource_count"], target["template_lines"], target["construct_lines"])
        found |= said.run(target["id"], run["outcome"], milliseconds(run["p50_ms"]), mebibytes(run["memory_mib"]))
    for table in data["tables"]:
        for name, cells in table["rows"].items():
            found |= said.matrix(table["id"], name, table["columns"], [cell["text"] for cell in cells])
    return found
