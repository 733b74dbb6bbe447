"""Past-tense events, delivered to their subscribers inside the publisher's transaction.

Features do not import each other; they publish what happened and the
composition root (`akta.bootstrap`) says who listens. A subscriber does its
small, immediate part with the same session or writes a job for the rest, so an
event is neither lost nor delivered for a change that was rolled back.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

Subscriber = Callable[[Session, Any], None]


class Bus:
    """Who listens to which type of event."""

    def __init__(self) -> None:
        self._subscribers: dict[type, list[Subscriber]] = defaultdict(list)
        #: Which archive the process is wired for; set by the composition root.
        self.wired_for: object = None

    def subscribe(self, event_type: type, subscriber: Subscriber) -> None:
        """Call `subscriber(session, event)` at each event of exactly this type, in order of subscription."""
        if subscriber not in self._subscribers[event_type]:
            self._subscribers[event_type].append(subscriber)

    def reset(self) -> None:
        """Forget all subscribers."""
        self._subscribers.clear()

    def publish(self, session: Session, event: object) -> None:
        """Deliver now; an exception of a subscriber undoes the publisher's change too."""
        for subscriber in self._subscribers.get(type(event), ()):
            subscriber(session, event)


#: The process's bus. Filled by `akta.bootstrap`, the same in every process.
bus = Bus()
