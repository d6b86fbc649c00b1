"""A project with a copy of a release, whose app works with every release."""

import json
from pathlib import Path

from vendoring import releases
from vendoring.folder import write_files

# The names of 0.1.0 and of later releases.
APP = """
import inspect
import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2, aws_ecs as ecs
import microservice
from microservice import FargateMicroservice, PromotedImage, ServiceSpec

app = cdk.App()
stack = cdk.Stack(app, "Bills")
vpc = ec2.Vpc(stack, "Vpc", max_azs=2)
is_old = hasattr(microservice, "FrontDoorLink")
link = (microservice.FrontDoorLink if is_old else microservice.HttpApiVpcLink)(stack, "Link", vpc=vpc)
parameters = inspect.signature(FargateMicroservice.__init__).parameters.values()
required = {each.name for each in parameters if each.kind is each.KEYWORD_ONLY and each.default is each.empty}
[argument] = required - {"spec", "image", "cluster", "health_command"}
service = FargateMicroservice(
    stack,
    "Service",
    spec=ServiceSpec(name="bills"),
    image=PromotedImage(repository_name="bills", digest=f"sha256:{'1' * 64}"),
    cluster=ecs.Cluster(stack, "Cluster", vpc=vpc),
    **{argument: link},
    **({"health_command": ["/healthcheck"]} if "health_command" in required else {}),
)
cdk.CfnOutput(stack, "Url", value=service.url)
app.synth()
"""


def project(directory: Path, version: str, app: str = APP) -> Path:
    """Create a project with a copy of a release, and return the copied folder."""
    folder = directory / "bills" / "microservice"
    write_files(folder, releases.of_version(version).files)
    (folder.parent / "cdk.json").write_text(json.dumps({"app": "python app.py"}))
    (folder.parent / "app.py").write_text(app)
    return folder
