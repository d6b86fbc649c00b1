"""The arguments of the CDK CLI that a command passes on, as far as it has to understand them itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class CdkArguments:
    """Arguments for the CDK CLI.

    Attributes:
        words: all arguments, in your order.
        context: the words that synthesis needs: `-c NAME=VALUE`, repeated.
        parameters: "Stack:Name" or "Name" -> value of a template parameter.
        profile: profile of the AWS credentials; None for the default one.
    """

    words: tuple[str, ...] = ()
    context: tuple[str, ...] = ()
    parameters: dict[str, str] = field(default_factory=dict)
    profile: str | None = None

    @property
    def is_exclusive(self) -> bool:
        """Whether the selected stacks are deployed without their dependencies."""
        return bool({"-e", "--exclusively"} & set(self.words))

    @classmethod
    def parse(cls, words: Sequence[str]) -> CdkArguments:
        """Find the options in the arguments of `cdk deploy`; the others are passed on as they are."""
        context: list[str] = []
        parameters: dict[str, str] = {}
        profile: str | None = None
        for option, value in _options(words):
            if option in ("-c", "--context"):
                context += ["-c", value]
            elif option == "--parameters":
                name, _, text = value.partition("=")
                parameters[name] = text
            elif option == "--profile":
                profile = value
        return cls(words=tuple(words), context=tuple(context), parameters=parameters, profile=profile)


def _options(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield option and value, for `--option value` and `--option=value`."""
    for position, word in enumerate(words):
        if word.startswith("--") and "=" in word:
            option, _, value = word.partition("=")
            yield option, value
        elif word.startswith("-") and position + 1 < len(words):
            yield word, words[position + 1]
