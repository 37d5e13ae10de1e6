"""Questions that must be asked once per kind: transfers by type, loans by direction, margin by pair."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from dashboard_crypto.exchange.history.sources import TRANSFER_TYPES, Listing, Params

_OPEN_ENDED = ("ISOLATED_MARGIN_MAIN", "MAIN_ISOLATED_MARGIN")
_MOST_CROSSINGS = 5


@dataclass(frozen=True, slots=True)
class Variant:
    """`params` are sent; `marks` are what was asked and the records do not say, added to each of them."""

    name: str
    params: Params
    marks: Params


def variants(listing: Listing, isolated: Callable[[], Sequence[str]]) -> tuple[Variant, ...]:
    """All questions of one window, in the order of their names, so that a cursor can name where it stopped."""
    makers = {"transfer": _transfers, "interest": _interest, "loan": _loans, "direction": _directions}
    maker = makers.get(listing.variants)
    if maker is None:
        return (Variant("", {}, {}),)
    pairs = () if maker is _directions else sorted(isolated())
    return tuple(sorted(maker(pairs), key=lambda variant: variant.name))


def _transfers(isolated: Sequence[str]) -> Iterator[Variant]:
    for kind in (*TRANSFER_TYPES, *_OPEN_ENDED):
        yield Variant(kind, {"type": kind}, {})
    for symbol in isolated:
        for kind, side in (
            ("ISOLATEDMARGIN_MARGIN", "fromSymbol"),
            ("ISOLATED_MARGIN_MAIN", "fromSymbol"),
            ("MARGIN_ISOLATEDMARGIN", "toSymbol"),
            ("MAIN_ISOLATED_MARGIN", "toSymbol"),
        ):
            yield Variant(f"{kind}:{symbol}", {"type": kind, side: symbol}, {side: symbol})
    if 1 < len(isolated) <= _MOST_CROSSINGS:
        yield from _crossings(isolated)


def _crossings(isolated: Sequence[str]) -> Iterator[Variant]:
    kind = "ISOLATEDMARGIN_ISOLATEDMARGIN"
    for source in isolated:
        for target in isolated:
            if source != target:
                sides = {"fromSymbol": source, "toSymbol": target}
                yield Variant(f"{kind}:{source}:{target}", {"type": kind, **sides}, sides)


def _interest(isolated: Sequence[str]) -> Iterator[Variant]:
    yield Variant("cross", {}, {})
    for symbol in isolated:
        yield Variant(f"isolated:{symbol}", {"isolatedSymbol": symbol}, {"isolatedSymbol": symbol})


def _loans(isolated: Sequence[str]) -> Iterator[Variant]:
    for kind in ("BORROW", "REPAY"):
        yield Variant(f"{kind}:cross", {"type": kind}, {"type": kind})
        for symbol in isolated:
            sides = {"type": kind, "isolatedSymbol": symbol}
            yield Variant(f"{kind}:isolated:{symbol}", sides, sides)


def _directions(_isolated: Sequence[str]) -> Iterator[Variant]:
    for kind in (1, 2):
        yield Variant(str(kind), {"type": kind}, {"type": kind})
