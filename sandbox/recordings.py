"""Recordings of AWS's responses for the tests, without anything that identifies an account.

A recording replaces a response that was invented from the model. Each string is redacted by the rules of evidence,
sensitive members and streams are left out, and a file in which something is left is not written.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from botocore import xform_name
from botocore.model import OperationModel, Shape

from comparison.facts import identifying_text

SOURCE = "recorded on {date}"
NEVER_RECORDED = frozenset({"account", "iam", "organizations", "secretsmanager", "ssm", "sts"})
"""Services whose responses are about people, organizations or secrets."""
_MAX_RESPONSES = 5
_MAX_TEXT = 2000
_SENSITIVE = "[a sensitive value]"
_FILLING = "."


class Recorder:
    """Writes the responses of clients into a directory: one file for each operation, as the tests read them.

    Args:
        directory: The directory.
        today: The day in the source of each file.

    Example:
        ```
        Recorder(Path("recordings"), date.today()).attach(session.events)
        ```
    """

    def __init__(self, directory: Path, today: date) -> None:
        self._directory = directory
        self._source = SOURCE.format(date=today.isoformat())
        self._responses: dict[str, list[Any]] = {}

    def attach(self, events: Any) -> None:
        """Record each call of a boto3 session (`session.events`), or of one client (`client.meta.events`)."""
        events.register("after-call.*.*", self._record)

    def _record(self, parsed: Mapping[str, Any], model: OperationModel, **_: Any) -> None:
        service = model.service_model.service_name
        if service in NEVER_RECORDED:
            return
        name = f"{service}.{xform_name(model.name)}"
        if name not in self._responses:
            self._responses[name] = self._of_today(name)
        found = self._responses[name]
        response = redacted_response(parsed, model)
        if response in found or len(found) >= _MAX_RESPONSES:
            return
        found.append(response)
        self._write(name, found)

    def _of_today(self, name: str) -> list[Any]:
        """Return the responses that another recorder has written today, such as that of another session."""
        try:
            data = json.loads((self._directory / f"{name}.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return []
        return list(data["responses"].values()) if data.get("source") == self._source else []

    def _write(self, name: str, responses: list[Any]) -> None:
        named = {f"recorded-{number}": response for number, response in enumerate(responses, start=1)}
        text = json.dumps({"source": self._source, "responses": named}, indent=2, ensure_ascii=False) + "\n"
        if identifying_text.find(text):
            responses.pop()
            return
        self._directory.mkdir(parents=True, exist_ok=True)
        (self._directory / f"{name}.json").write_text(text, encoding="utf-8")


def redacted_response(parsed: Mapping[str, Any], model: OperationModel) -> dict[str, Any]:
    """Return a response as data for JSON, without anything that identifies an account.

    Args:
        parsed: the response as botocore has parsed it.
        model: the operation, whose shapes say what is sensitive and how long a text must be.
    """
    if "Error" in parsed:
        error = parsed["Error"]
        message = identifying_text.redacted(str(error.get("Message", "")), _MAX_TEXT)
        return {"Error": {"Code": str(error.get("Code", "")), "Message": message}}
    content = {key: value for key, value in parsed.items() if key != "ResponseMetadata"}
    found = _redacted(content, model.output_shape)
    return found if isinstance(found, dict) else {}


def _redacted(value: Any, shape: Shape | None) -> Any:
    """Return a value without what identifies an account; None where it has to be left out."""
    if shape is not None and shape.metadata.get("sensitive") and not isinstance(value, Mapping | list):
        return _SENSITIVE if isinstance(value, str) else None
    if isinstance(value, Mapping):
        return _redacted_mapping(value, shape)
    if isinstance(value, list):
        member = getattr(shape, "member", None)
        return [found for one in value if (found := _redacted(one, member)) is not None]
    if isinstance(value, str):
        shortest = int(shape.metadata.get("min", 0)) if shape is not None else 0
        return identifying_text.redacted(value, _MAX_TEXT).ljust(shortest, _FILLING)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bool | float) or value is None:
        return value
    if isinstance(value, int):
        return 0 if identifying_text.find(str(value)) else value
    # A stream can be read once only, by its caller.
    return None


def _redacted_mapping(value: Mapping[str, Any], shape: Shape | None) -> dict[str, Any]:
    members: Mapping[str, Shape] = getattr(shape, "members", {}) if getattr(shape, "type_name", "") != "map" else {}
    of_map = getattr(shape, "value", None)
    found: dict[str, Any] = {}
    for key, inner in value.items():
        redacted = _redacted(inner, members.get(key, of_map))
        if redacted is not None:
            # The keys of a map are data, too; those of a structure are names of the model.
            found[key if key in members else identifying_text.redacted(str(key), _MAX_TEXT)] = redacted
    return found
