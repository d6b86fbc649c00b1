"""How figures are written, everywhere the same; `page/pricing.js` writes them in the same way."""

_WORDS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]


def rate(requests_per_second: float) -> str:
    """Return requests a second to three digits: "0.012", "8.64", "366"."""
    if requests_per_second >= 100:
        return f"{requests_per_second:,.0f}"
    return f"{requests_per_second:.3g}"


def dollars(usd: float) -> str:
    """Return "$0.40" or "$1,234.56"."""
    return f"${usd:,.2f}"


def dollars_or_none(usd: float | None) -> str:
    """Return "$0.40", or a dash where there is no amount."""
    return "–" if usd is None else dollars(usd)


def listed(parts: list[str]) -> str:
    """Return "a", "a and b" or "a, b and c"."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def counted(count: int, plural: str) -> str:
    """Return "1,200 machines" or "1 machine"; copies lose more than a letter."""
    singular = plural.removesuffix("ies") + "y" if plural.endswith("ies") else plural.removesuffix("s")
    return f"{count:,} {singular if count == 1 else plural}"


def in_words(count: int) -> str:
    """Return "nine"; from thirteen on "13"."""
    return _WORDS[count] if count < len(_WORDS) else str(count)
