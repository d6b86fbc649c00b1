"""The generated parts of the README: each stands between two markers, and only there."""

from pathlib import Path

from local_aws.errors import LocalAwsError

README = Path(__file__).resolve().parent.parent / "README.md"
WRITE = "python -m comparison readme --write"


def part(text: str, name: str) -> str:
    """Return what stands between the markers of a part.

    Raises:
        LocalAwsError: a marker is missing.
    """
    return _split(text, name)[1].strip("\n")


def with_part(text: str, name: str, content: str) -> str:
    """Return the text with another content between the markers of a part.

    Raises:
        LocalAwsError: a marker is missing.
    """
    before, _, after = _split(text, name)
    return f"{before}\n{content}\n{after}"


def _split(text: str, name: str) -> tuple[str, str, str]:
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    if text.count(begin) != 1 or text.count(end) != 1:
        raise LocalAwsError(f"the page has no part {name!r}", f"it needs {begin} and {end}, once each", "put them back")
    before, _, rest = text.partition(begin)
    content, _, after = rest.partition(end)
    return before + begin, content, end + after
