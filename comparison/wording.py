"""How figures are written, everywhere the same; `page/answer.js` writes them in the same way."""


def dollars(usd: float) -> str:
    """Return "$0.40", "$23" or "$1,234"."""
    return f"${usd:,.2f}" if usd < 10 else f"${usd:,.0f}"


def number(value: float) -> str:
    """Return a number with two digits that count, and whole from 10 on: "0.05", "2.2", "138", "1,200"."""
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


def listed(parts: list[str]) -> str:
    """Return "a", "a and b" or "a, b and c"."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def counted(count: int, plural: str) -> str:
    """Return "2 machines" or "1 machine"."""
    return f"{count} {plural[:-1] if count == 1 else plural}"
