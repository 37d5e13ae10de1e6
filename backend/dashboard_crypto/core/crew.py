"""Several things side by side: who does them, and one who does them one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from dashboard_crypto.core.errors import PortfolioError

Result = TypeVar("Result")


class Crew(Protocol):
    """Does tasks side by side. They must not share what they change."""

    @property
    def size(self) -> int:
        """How many tasks are done at once."""
        ...

    def run(self, tasks: Sequence[Callable[[], Result]]) -> list[Result | PortfolioError]:
        """Do all tasks; in their order what they returned, or the core error that they raised."""
        ...

    def close(self) -> None:
        """Give back what it holds."""
        ...


class Alone:
    """One after the other."""

    size = 1

    def run(self, tasks: Sequence[Callable[[], Result]]) -> list[Result | PortfolioError]:
        """As the Protocol says."""
        return [attempt(task) for task in tasks]

    def close(self) -> None:
        """It holds nothing."""


ALONE = Alone()


def attempt(task: Callable[[], Result]) -> Result | PortfolioError:
    """What the task returns, or the core error that it raises; any other error is a fault of ours and passes."""
    try:
        return task()
    except PortfolioError as error:
        return error
