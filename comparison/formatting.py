"""Number formats, the same everywhere; `page/pricing.js` has the same ones."""

_WORDS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
NO_VALUE = "–"


def rate(requests_per_second: float) -> str:
    """Format a request rate with three digits: "0.012", "8.64" or "366"."""
    if requests_per_second >= 100:
        return f"{requests_per_second:,.0f}"
    return f"{requests_per_second:.3g}"


def dollars(usd: float | None) -> str:
    """Format an amount: "$0.40" or "$1,234.56"; a dash for None."""
    return NO_VALUE if usd is None else f"${usd:,.2f}"


def amount(usd: float | None) -> str:
    """Format an amount in a table of US dollars: "0.40", "1,234.56" or "<0.01"; a dash for None."""
    if usd is None:
        return NO_VALUE
    return "<0.01" if 0 < usd < 0.005 else f"{usd:,.2f}"


def listed(parts: list[str]) -> str:
    """Join words: "a", "a and b" or "a, b and c"."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def counted(count: int, plural: str) -> str:
    """Format a count with a noun in the plural: "1,200 tasks" or "1 task"."""
    return f"{count:,} {plural.removesuffix('s') if count == 1 else plural}"


def in_words(count: int) -> str:
    """Spell a number up to twelve: "nine"; from thirteen on it stays "13"."""
    return _WORDS[count] if count < len(_WORDS) else str(count)
