"""A spec as Python source that ruff leaves alone."""

from collections.abc import Mapping

_WIDTH = 120


def python_source(values: Mapping[str, object], defaults: Mapping[str, object]) -> str:
    """Return `SPEC = ServiceSpec(...)` without what `defaults` says already."""
    lines = ["SPEC = ServiceSpec("]
    for name, value in values.items():
        if name not in defaults or value != defaults[name]:
            lines += _argument(name, value)
    return "\n".join([*lines, ")", ""])


def _argument(name: str, value: object) -> list[str]:
    if not isinstance(value, Mapping):
        return [f"    {name}={_literal(value)},"]
    if not value:
        return []
    entries = [_checked(f"        {_literal(key)}: {_literal(text)},", str(text)) for key, text in value.items()]
    return [f"    {name}={{", *entries, "    },"]


def _literal(value: object) -> str:
    """Return a literal in ASCII with the quotes that ruff prefers: double ones, unless single ones save escapes."""
    if not isinstance(value, str):
        return repr(value)
    quote = "'" if value.count('"') > value.count("'") else '"'
    body = value.encode("unicode_escape").decode("ascii").replace(quote, f"\\{quote}")
    return f"{quote}{body}{quote}"


def _checked(line: str, text: str) -> str:
    """Return the line with what keeps the linter from objecting to other people's values."""
    rules = []
    start_of_last_word = line.rfind(" ") + 1
    if len(line) > _WIDTH and not ("://" in line[start_of_last_word:] and start_of_last_word <= _WIDTH):
        rules.append("E501")
    if text == "0.0.0.0":  # noqa: S104
        rules.append("S104")
    if text.startswith(("/tmp", "/var/tmp", "/dev/shm")):  # noqa: S108
        rules.append("S108")
    return f"{line}  # noqa: {', '.join(rules)}" if rules else line
