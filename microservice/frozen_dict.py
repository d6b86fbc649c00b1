"""An immutable dict, for mappings of frozen dataclasses."""

from collections.abc import Mapping
from typing import Any, NoReturn


class FrozenDict(dict[str, str]):
    """A dict that cannot be changed: it can be hashed, copied, pickled and written as JSON.

    Args:
        items: The items.

    Raises:
        TypeError: Something changes it.

    Example:
        variables = FrozenDict({"LOG_LEVEL": "info"})
        more = FrozenDict({**variables, "TZ": "UTC"})
    """

    def __init__(self, items: Mapping[str, str] | Any = ()) -> None:
        super().__init__(items)

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    def __reduce__(self) -> tuple[type["FrozenDict"], tuple[dict[str, str]]]:
        return FrozenDict, (dict(self),)

    def __copy__(self) -> "FrozenDict":
        return self

    def __deepcopy__(self, _memo: object) -> "FrozenDict":
        return self

    def _unchangeable(self, *_args: object, **_options: object) -> NoReturn:
        raise TypeError("the mapping of a frozen dataclass cannot be changed: use dataclasses.replace")

    __setitem__ = __delitem__ = clear = pop = popitem = setdefault = update = __ior__ = _unchangeable
