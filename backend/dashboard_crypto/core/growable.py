"""An append-only numpy column whose copies share memory, so that appending costs the same at any length."""

from __future__ import annotations

from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

Item = TypeVar("Item", bound=np.generic)


class Growable(Generic[Item]):
    """A column and spare room behind it. `with_item` makes the next column; the present one never changes."""

    def __init__(self, column: NDArray[Item]) -> None:
        self._room = _Room(column, len(column))
        self._length = len(column)

    def __len__(self) -> int:
        return self._length

    @property
    def view(self) -> NDArray[Item]:
        """The items, read-only."""
        view = self._room.items[: self._length]
        view.flags.writeable = False
        return view

    @property
    def first(self) -> Item:
        """The oldest item, as cheaply as `last`. Only with at least one."""
        if not self._length:
            raise IndexError("an empty column has no first item")
        oldest: Item = self._room.items[0]
        return oldest

    @property
    def last(self) -> Item:
        """The newest item, at a fraction of what a view costs. Only with at least one."""
        if not self._length:
            raise IndexError("an empty column has no last item")
        newest: Item = self._room.items[self._length - 1]
        return newest

    def with_item(self, item: float) -> Growable[Item]:
        """This column and one more item. Copies only when the room is full or another column already grew here."""
        room = self._room
        if room.used != self._length or room.used == len(room.items):
            room = _Room(_copied(room.items, self._length), self._length)
        room.items[self._length] = item
        room.used += 1
        longer: Growable[Item] = Growable.__new__(Growable)
        longer._room = room
        longer._length = self._length + 1
        return longer


class _Room(Generic[Item]):
    def __init__(self, items: NDArray[Item], used: int) -> None:
        self.items = items
        self.used = used


def _copied(items: NDArray[Item], length: int) -> NDArray[Item]:
    larger = np.empty(max(16, length + length // 2), dtype=items.dtype)
    larger[:length] = items[:length]
    return larger
