"""Questions that must be asked once per kind: transfers by type, loans by direction, margin by pair."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from dashboard_crypto.exchange.facts import Opened
from dashboard_crypto.exchange.history.sources import TRANSFER_TYPES, Listing, Params

_OPEN_ENDED = ("ISOLATED_MARGIN_MAIN", "MAIN_ISOLATED_MARGIN")
_MOST_CROSSINGS = 5


@dataclass(frozen=True, slots=True)
class Variant:
    """`params` are sent; `marks` are what was asked and the records do not say, added to each of them."""

    name: str
    params: Params
    marks: Params


def variants(listing: Listing, opened: Callable[[], Opened], *, is_news: bool = False) -> tuple[Variant, ...]:
    """All questions of one window, in the order of their names, so that a cursor can name where it stopped.

    The past is asked for every kind of transfer, since a wallet may have been closed; news only for wallets that are
    open: two kinds instead of thirty for most accounts.
    """
    makers = {"transfer": _transfers, "interest": _interest, "loan": _loans, "direction": _directions}
    maker = makers.get(listing.variants)
    if maker is None:
        return (Variant("", {}, {}),)
    account = Opened() if maker is _directions else opened()
    found = maker(sorted(account.isolated))
    if listing.variants == "transfer" and is_news:
        found = (variant for variant in found if not _touches(variant.name, account.closed))
    return tuple(sorted(found, key=lambda variant: variant.name))


def _touches(kind: str, closed: Collection[str]) -> bool:
    """Whether a kind of transfer has a closed wallet at one end. PORTFOLIO_MARGIN is a wallet of its own."""
    words = kind.partition(":")[0].replace("PORTFOLIO_MARGIN", "PORTFOLIO")
    return any(word in words for word in closed)


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
