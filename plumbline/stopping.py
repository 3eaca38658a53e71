"""Signals that ask a stage to end: obeyed at once, or between two steps of the training loop."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Stopped(BaseException):
    """A signal asked the stage to end; no Exception, so that nothing takes it for a mistake."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class _Request:
    """The first signal that came while signals had to wait, and whether they have to."""

    number: int | None = None
    waits = False


@contextmanager
def listening() -> Iterator[None]:
    """Turn signals into Stopped for a while; one that is ignored, as by nohup, stays so."""
    heard = [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, _receive) for number in heard}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _receive(number: int, _: FrameType | None) -> None:
    if _Request.waits and _Request.number is None:
        _Request.number = number
    else:  # the second one is impatient
        raise Stopped(number)


@contextmanager
def waiting() -> Iterator[None]:
    """Let a signal wait until `obey` is called or the block ends; a second one does not wait."""
    _Request.waits = True
    try:
        yield
        obey()
    finally:
        _Request.waits, _Request.number = False, None


def asked() -> bool:
    """Whether a signal waits."""
    return _Request.number is not None


def obey() -> None:
    """Stopped if a signal waits."""
    if _Request.number is not None:
        raise Stopped(_Request.number)
