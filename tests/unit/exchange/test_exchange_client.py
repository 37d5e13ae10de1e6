"""Making python-binance's client: nothing is left behind, and nothing of the caller's is touched."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator

import pytest

from dashboard_crypto.exchange.binance_client import RawClient, build_client
from dashboard_crypto.exchange.credentials import Credentials


def fresh_client() -> RawClient:
    return build_client(Credentials("K" * 64, "secret"), {}, lambda: 0, 1.0)


@pytest.fixture
def own_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """An event loop of this thread, as other code in the same process may have one."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield loop
    asyncio.set_event_loop(None)
    loop.close()


def test_a_replaced_client_leaves_the_threads_event_loop_in_place(own_loop: asyncio.AbstractEventLoop) -> None:
    first = fresh_client()
    first.session.close()
    second = fresh_client()
    second.session.close()
    assert asyncio.get_event_loop() is own_loop
    assert not own_loop.is_closed()


def test_a_client_holds_no_event_loop_that_could_be_left_unclosed() -> None:
    client = fresh_client()
    client.session.close()
    held = [each for each in gc.get_referents(vars(client)) if isinstance(each, asyncio.AbstractEventLoop)]
    assert held, "python-binance takes an event loop; without one this test proves nothing"
    assert not [each for each in held if isinstance(each, asyncio.BaseEventLoop)]
