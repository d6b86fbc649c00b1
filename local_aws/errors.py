"""The one error that the local run shows to people: a fact, a why and a cure."""


class LocalAwsError(Exception):
    """Something that a person can understand and mend.

    Args:
        fact: what happened, with the value involved ("port 4566 is busy").
        why: what made it happen, as far as is known ("process 812 holds it").
        cure: what to do now, best a command that can be pasted.
    """

    def __init__(self, fact: str, why: str = "", cure: str = "") -> None:
        super().__init__(fact)
        self.fact = fact
        self.why = why
        self.cure = cure

    def __str__(self) -> str:
        """Return the lines that belong on stderr; a part that is not known has no line."""
        parts = (("", self.fact), ("why   ", self.why), ("cure  ", self.cure))
        return "\n".join(f"{label}{part}" for label, part in parts if part)
