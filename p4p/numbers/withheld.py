"""What stands for a number that a published copy withholds: never zero, and whatever is reckoned with it is withheld too."""

from __future__ import annotations

from typing import Any, Final


class Withheld:
    """The one withheld number. It swallows arithmetic, is neither less nor more than anything, counts as there, and is written `*`."""

    __slots__ = ()

    def _swallow(self, *_: object) -> Withheld:
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __floordiv__ = __rfloordiv__ = __truediv__ = __rtruediv__ = _swallow
    __mod__ = __neg__ = __abs__ = _swallow

    def _neither(self, _: object) -> bool:
        return False

    __lt__ = __le__ = __gt__ = __ge__ = _neither

    def __str__(self) -> str:
        return "*"

    __repr__ = __str__

    def __format__(self, spec: str) -> str:
        return "*"


#: Typed as anything, because it stands wherever a number does.
WITHHELD: Final[Any] = Withheld()


def most_first(number: Any) -> tuple[bool, Any]:
    """The key that sorts numbers from the most to the least, with withheld ones last: where one stands must not tell how large it is."""
    return (True, 0) if number is WITHHELD else (False, -number)
