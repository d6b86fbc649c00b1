"""Values of a manifest as Python source that ruff accepts unchanged."""

from collections.abc import Mapping, Sequence

_LINE_LENGTH = 120


def assignment(values: Mapping[str, object], defaults: Mapping[str, object]) -> str:
    """Return `SPEC = ServiceSpec(...)` without the values that equal `defaults`, formatted as ruff does."""
    lines = ["SPEC = ServiceSpec("]
    for name, value in values.items():
        if name in defaults and value == defaults[name]:
            continue
        if isinstance(value, Mapping):
            entries = [checked(f"        {literal(key)}: {literal(text)},", str(text)) for key, text in value.items()]
            lines += [f"    {name}={{", *entries, "    },"] if entries else []
        elif isinstance(value, tuple | list):
            lines += _words(name, value)
        else:
            lines.append(f"    {name}={literal(value)},")
    return "\n".join([*lines, ")", ""])


def _words(name: str, words: Sequence[object]) -> list[str]:
    """A field with a list of text, formatted as ruff does."""
    line = f"    {name}=[{', '.join(map(literal, words))}],"
    if len(line) <= _LINE_LENGTH and not any(map(_noqa, map(str, words))):
        return [line]
    return [f"    {name}=[", *(checked(f"        {literal(word)},", str(word)) for word in words), "    ],"]


def literal(value: object) -> str:
    """Return an ASCII literal with the quotes that ruff prefers: double, unless single quotes need fewer escapes."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{literal(key)}: {literal(one)}' for key, one in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    if not isinstance(value, str):
        return repr(value)
    quote = "'" if value.count('"') > value.count("'") else '"'
    body = value.encode("unicode_escape").decode("ascii").replace(quote, f"\\{quote}")
    return f"{quote}{body}{quote}"


def checked(line: str, text: str) -> str:
    """Return the line, with a directive for each linter rule that a value of the manifest would break."""
    rules = _noqa(text)
    start_of_last_word = line.rfind(" ") + 1
    if len(line) > _LINE_LENGTH and not ("://" in line[start_of_last_word:] and start_of_last_word <= _LINE_LENGTH):
        rules = ["E501", *rules]
    return f"{line}  # noqa: {', '.join(rules)}" if rules else line


def _noqa(text: str) -> list[str]:
    """The linter rules that a text breaks anywhere."""
    if text == "0.0.0.0":  # noqa: S104
        return ["S104"]
    return ["S108"] if text.startswith(("/tmp", "/var/tmp", "/dev/shm")) else []  # noqa: S108
