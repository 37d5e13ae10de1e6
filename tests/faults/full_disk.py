"""A life whose files may not grow any more, and then may again. Prints what it saw."""

from __future__ import annotations

import resource
import signal
import sys

from tests.worlds import Life


def main(url: str) -> None:
    """Run in a process of its own: the limit holds for all of it."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    life = Life(url)
    life.live(2)
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    life.clock.advance(30)
    wrote = life.tick()
    view = life.services.portfolio.balances()
    if wrote == (False, False) and "disk" in view.state_message:
        print("cannot-save")
    if len(view.balances) == 2 and life.services.performance.stats().total_snapshots == 3:
        print("reads")
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    life.live(1)
    if life.services.portfolio.balances().state_message == "" and life.services.performance.stats().total_snapshots == 4:
        print("recovered")
    life.close()


if __name__ == "__main__":
    main(sys.argv[1])
