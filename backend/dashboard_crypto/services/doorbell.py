"""A doorbell, never data: tells listeners of this process that a topic has a newer revision."""

from __future__ import annotations

import threading
from types import TracebackType

from dashboard_crypto.services.views import Topic


class Subscription:
    """One listener. Keeps only the newest ring of each topic, so a slow reader costs nothing."""

    def __init__(self, doorbell: Doorbell) -> None:
        self._doorbell = doorbell
        self._condition = threading.Condition()
        self._pending: dict[Topic, int] = {}
        self._closed = False

    def wait(self, timeout_s: float) -> tuple[Topic, int] | None:
        """The next `(topic, revision)`; None after `timeout_s` without a ring, or at once when closed."""
        with self._condition:
            if not self._pending and not self._closed:
                self._condition.wait(timeout_s)
            if not self._pending:
                return None
            topic = next(iter(self._pending))
            return topic, self._pending.pop(topic)

    @property
    def closed(self) -> bool:
        """Nothing more will come."""
        return self._closed

    def close(self) -> None:
        """Stop listening; wakes a waiting reader."""
        self._doorbell.forget(self)
        with self._condition:
            self._closed = True
            self._condition.notify_all()

    def deliver(self, topic: Topic, revision: int) -> None:
        """Called by the doorbell."""
        with self._condition:
            self._pending[topic] = revision
            self._condition.notify()

    def __enter__(self) -> Subscription:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Doorbell:
    """Rings every subscription of this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._subscriptions: set[Subscription] = set()

    def subscribe(self) -> Subscription:
        """A new listener; close it when the client is gone."""
        subscription = Subscription(self)
        with self._lock:
            self._subscriptions.add(subscription)
        return subscription

    def ring(self, topic: Topic, revision: int) -> None:
        """Tell everyone that `topic` stands at `revision` now. Never blocks on a reader."""
        with self._lock:
            listeners = tuple(self._subscriptions)
        for listener in listeners:
            listener.deliver(topic, revision)

    def forget(self, subscription: Subscription) -> None:
        """Called by a subscription that closes."""
        with self._lock:
            self._subscriptions.discard(subscription)

    def close(self) -> None:
        """Close every subscription: the process is going down."""
        with self._lock:
            listeners = tuple(self._subscriptions)
        for listener in listeners:
            listener.close()

    @property
    def listeners(self) -> int:
        """How many are subscribed."""
        return len(self._subscriptions)
