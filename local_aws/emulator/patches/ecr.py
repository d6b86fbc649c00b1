"""ECR: which images exist, and where `docker login` goes."""

from __future__ import annotations

import json
import uuid
from typing import Any

from ministack.core.responses import error_response_json, json_response
from ministack.services import ecr

from local_aws.emulator.config import EmulatorConfig
from local_aws.emulator.engines import Engine


def tell_which_images_exist(config: EmulatorConfig, _engine: Engine) -> None:
    """The CDK CLI asks for an image's tag before it builds.

    MiniStack answers an unknown tag with an empty list, which the CLI takes for "published": it would never build.
    Without an engine nothing can be built and nothing needs to be: every image is there, as processes.
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


def log_in_to_this_machine(config: EmulatorConfig, _engine: Engine) -> None:
    """`docker login` and `docker push` must reach the emulator's registry, not Amazon's."""
    address = f"127.0.0.1:{config.port}"
    original = ecr._get_authorization_token

    def authorize(data: dict[str, Any]) -> Any:
        status, headers, body = original(data)
        answer = json.loads(body)
        for entry in answer["authorizationData"]:
            entry["proxyEndpoint"] = f"http://{address}"
        return status, headers, json.dumps(answer).encode()

    ecr._get_authorization_token = authorize
    original_shape = ecr._repo_shape

    def shape(repository: dict[str, Any]) -> Any:
        return original_shape(repository) | {"repositoryUri": f"{address}/{repository['repositoryName']}"}

    ecr._repo_shape = shape
