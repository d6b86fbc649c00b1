"""ECR: missing images, and the registry address for `docker login` and `docker push`."""

from __future__ import annotations

import json
import uuid
from typing import Any

from ministack.core.responses import error_response_json, json_response
from ministack.services import ecr

from local_aws.emulator.config import EmulatorConfig


def report_missing_images(config: EmulatorConfig) -> None:
    """The CDK CLI looks up an image's tag before it builds the image.

    MiniStack returns an empty list for an unknown tag. The CLI then assumes that the image is published, and never
    builds it. Without a container engine there is nothing to build: every image exists, as processes.
    """
    original = ecr._describe_images

    def describe(data: dict[str, Any]) -> Any:
        response = original(data)
        if response[0] != 200 or not data.get("imageIds") or json.loads(response[2])["imageDetails"]:
            return response
        if config.engine == "processes":
            return json_response(
                {"imageDetails": [{"repositoryName": data["repositoryName"], "imageTags": [uuid.uuid4().hex]}]}
            )
        return error_response_json(
            "ImageNotFoundException", "The image requested does not exist in the repository", 400
        )

    ecr._describe_images = describe


def use_local_registry(config: EmulatorConfig) -> None:
    """`docker login` and `docker push` must reach the emulator's registry, not the one in AWS."""
    address = f"127.0.0.1:{config.port}"
    get_token, describe_repository = ecr._get_authorization_token, ecr._repo_shape

    def get_authorization_token(data: dict[str, Any]) -> Any:
        status, headers, body = get_token(data)
        token = json.loads(body)
        for entry in token["authorizationData"]:
            entry["proxyEndpoint"] = f"http://{address}"
        return status, headers, json.dumps(token).encode()

    def repository(repository: dict[str, Any]) -> Any:
        return describe_repository(repository) | {"repositoryUri": f"{address}/{repository['repositoryName']}"}

    ecr._get_authorization_token = get_authorization_token
    ecr._repo_shape = repository
