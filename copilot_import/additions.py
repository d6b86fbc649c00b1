"""Additions of Copilot beside the manifest: variables, and the folders `addons/` and `overrides/`."""

from collections.abc import Iterator
from pathlib import Path

from copilot_import.findings import Finding, Outcome
from copilot_import.manifest import Manifest
from copilot_import.worker import has_fifo_queue
from copilot_import.workload_types import LOAD_BALANCED, SCHEDULED, WORKER

# https://aws.github.io/copilot-cli/docs/developing/environment-variables/ and the pages on publishing, workers and
# storage (2026-11-24)
_ALWAYS = ("COPILOT_APPLICATION_NAME", "COPILOT_ENVIRONMENT_NAME", "COPILOT_SERVICE_NAME")
_ADDONS = (
    "CloudFormation templates: add each to the stack with cloudformation_include.CfnInclude. Their outputs are no "
    "longer environment variables, and their managed policies and security groups are no longer attached"
)
_OVERRIDES = (
    "changes of Copilot's own templates, which no longer exist: apply them to the L1 resources with "
    "add_property_override"
)


def vanished_variables(manifest: Manifest) -> Iterator[str]:
    """Yield the names of the environment variables that Copilot set and nothing here sets."""
    yield from _ALWAYS
    if manifest.type is not SCHEDULED:
        yield "COPILOT_SERVICE_DISCOVERY_ENDPOINT"
    if manifest.type is LOAD_BALANCED:
        yield "COPILOT_LB_DNS"
    if manifest.type is WORKER:
        if has_fifo_queue(manifest):
            yield "COPILOT_QUEUE_URI"
        topics = manifest.find("subscribe", "topics")
        if topics and any("queue" in topic.fields for topic in topics.items):
            yield "COPILOT_TOPIC_QUEUE_URIS"
    if manifest.find("publish", "topics"):
        yield "COPILOT_SNS_TOPIC_ARNS"
    if manifest.section("storage", "volumes"):
        yield "COPILOT_MOUNT_POINTS"


def folder_findings(folder: Path | None) -> Iterator[Finding]:
    """Yield a finding for each folder of Copilot beside the manifest."""
    for name, advice in (("addons", _ADDONS), ("overrides", _OVERRIDES)):
        if folder is None or not (folder / name).is_dir():
            continue
        files = sorted(
            path.relative_to(folder / name).as_posix() for path in (folder / name).rglob("*") if path.is_file()
        )
        shown = [file for file in files if not file.startswith(("node_modules/", "."))]
        if shown:
            yield Finding(field=f"{name}/", line=0, value=", ".join(shown), outcome=Outcome.UNSUPPORTED, advice=advice)
