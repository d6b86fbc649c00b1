"""An export of the manifests, for GitOps tools that release them themselves."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from constructs import Construct

from .manifests import Manifest


def export_manifests(scope: Construct, manifests: Sequence[Manifest]) -> Path:
    """Write the manifests to a file of the cloud assembly, and create an output for each value of the deployment.

    ARNs, the Region and the image URI are known after the deployment. In the file, `${Name}` stands for the output
    `Name` of the stack. Each document of the file is JSON, which is YAML.

    Args:
        scope: The service.
        manifests: The manifests.

    Returns:
        The file: `STACK.PATH.manifests.yaml`, with the path of the service in its stack.
    """
    outputs = _Outputs(Construct(scope, "Manifests"))
    documents = [json.dumps(outputs.replace(manifest, ""), indent=2) for manifest in manifests]
    stack = cdk.Stack.of(scope)
    path = "-".join(scope.node.path.removeprefix(f"{stack.node.path}/").split("/"))
    file = Path(cdk.Stage.of(scope).outdir) / f"{stack.artifact_id}.{path}.manifests.yaml"  # type: ignore[union-attr]
    file.write_text("\n---\n".join(documents) + "\n", encoding="utf-8", newline="\n")
    return file


class _Outputs:
    """Outputs of the stack, one for each value that is known after the deployment."""

    def __init__(self, scope: Construct) -> None:
        self._scope = scope
        self._outputs: dict[str, cdk.CfnOutput] = {}

    def replace(self, value: Any, field: str) -> Any:
        """Return the value with placeholders for tokens.

        Args:
            value: A manifest, or a value in it.
            field: Name of the field, which names the output.
        """
        match value:
            case dict():
                # A variable of a container has a name, which says more than `value`.
                own = str(value["name"]) if set(value) == {"name", "value"} else ""
                return {key: self.replace(item, own or key) for key, item in value.items()}
            case list() | tuple():
                return [self.replace(item, field) for item in value]
            case str() if cdk.Token.is_unresolved(value):
                return self._placeholder(value, field)
        return value

    def _placeholder(self, value: str, field: str) -> str:
        if value not in self._outputs:
            base = re.sub(r"[^A-Za-z0-9]", "", field.title() if field.isupper() else field[:1].upper() + field[1:])
            number = sum(output.node.id.rstrip("0123456789") == base for output in self._outputs.values())
            name = f"{base}{number + 1}" if number else base
            self._outputs[value] = cdk.CfnOutput(self._scope, name, value=value)
        output = self._outputs[value]
        return f"${{{output.stack.get_logical_id(output)}}}"
