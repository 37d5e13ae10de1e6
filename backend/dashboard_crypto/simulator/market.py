"""Every price there is: tracks by symbol, what an asset is worth in USD, and when symbols live."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal, localcontext
from functools import cached_property
from pathlib import Path

from dashboard_crypto.simulator.record import csv_tracks, shipped_tracks
from dashboard_crypto.simulator.track import Pieces, Track

DAY_MS = 86_400_000
DOLLAR = "USDT"
BRIDGES = ("USDC", "FDUSD", "TUSD", "USD1", "BUSD", "DAI", "BTC", "BNB", "ETH", "TRY", "EUR", "BRL")
PRECISION = 34


class Market:
    """All tracks. Immutable: shifting or scripting it gives another market."""

    def __init__(self, tracks: Iterable[Track]) -> None:
        self.tracks: Mapping[str, Track] = {track.symbol: track for track in tracks if len(track.pieces)}

    @cached_property
    def last_ms(self) -> int:
        """When the record ends."""
        return max(track.last_ms for track in self.tracks.values())

    @cached_property
    def assets(self) -> frozenset[str]:
        """Every base and quote asset."""
        return frozenset(name for track in self.tracks.values() for name in (track.base, track.quote))

    def price(self, symbol: str, instant_ms: int) -> Decimal | None:
        """Price of a symbol at an instant; None if it has none then."""
        track = self.tracks.get(symbol)
        return track.price(instant_ms) if track else None

    def symbols_of(self, asset: str) -> list[Track]:
        """The tracks in which an asset is base or quote."""
        return [track for track in self.tracks.values() if asset in {track.base, track.quote}]

    def usd_price(self, asset: str, instant_ms: int) -> Decimal | None:
        """USD per unit by the first route that exists: the USDT pair, then a bridge; pairs in either direction."""
        direct = self._to_dollar(asset, instant_ms)
        if direct is not None:
            return direct
        for bridge in BRIDGES:
            step = self._pair(asset, bridge, instant_ms)
            dollar = self._to_dollar(bridge, instant_ms) if step is not None and bridge != asset else None
            if step is not None and dollar is not None:
                return multiply(step, dollar)
        return None

    def _to_dollar(self, asset: str, instant_ms: int) -> Decimal | None:
        return Decimal(1) if asset == DOLLAR else self._pair(asset, DOLLAR, instant_ms)

    def _pair(self, asset: str, quote: str, instant_ms: int) -> Decimal | None:
        price = self.price(f"{asset}{quote}", instant_ms)
        if price is not None:
            return price
        inverse = self.price(f"{quote}{asset}", instant_ms)
        return divide(Decimal(1), inverse) if inverse else None

    def edges_ms(self, asset: str) -> list[tuple[int, int]]:
        """First and last priced instants of every symbol that may price the asset."""
        return [(track.first_ms, track.last_ms) for track in self.symbols_of(asset)]

    def shifted(self, days: int) -> Market:
        """The same record, later by whole days."""
        delta = days * DAY_MS
        return Market(replace(t, pieces=t.pieces.shifted(delta)) for t in self.tracks.values()) if days else self

    def delisted(self, symbols: Sequence[str], at_ms: int) -> Market:
        """The market in which these symbols have no price after `at_ms`."""
        return self._changed(symbols, lambda pieces: pieces.clipped(-(2**62), at_ms))

    def halted(self, symbols: Sequence[str], at_ms: int, until_ms: int) -> Market:
        """The market in which these prices stand still in `[at_ms, until_ms)`."""

        def cut(pieces: Pieces) -> Pieces:
            return Pieces.joined([pieces.clipped(-(2**62), at_ms), pieces.clipped(until_ms, 2**62)])

        return self._changed(symbols, cut)

    def renamed(self, asset: str, to: str, ratio: Decimal, at_ms: int) -> Market:
        """The market in which the asset's record goes on under another name; one old unit is `ratio` new ones."""
        tracks = dict(self.tracks)
        for track in self.symbols_of(asset):
            base = to if track.base == asset else track.base
            quote = to if track.quote == asset else track.quote
            follower = rescaled(track, 1 / ratio if track.base == asset else ratio)
            tracks[track.symbol] = replace(track, pieces=track.pieces.clipped(-(2**62), at_ms))
            follower = replace(follower, pieces=follower.pieces.clipped(at_ms, 2**62))
            tracks.setdefault(base + quote, replace(follower, symbol=base + quote, base=base, quote=quote))
        return Market(tracks.values())

    def _changed(self, symbols: Sequence[str], change: Callable[[Pieces], Pieces]) -> Market:
        chosen = frozenset(symbols)
        return Market(
            replace(track, pieces=change(track.pieces)) if track.symbol in chosen else track
            for track in self.tracks.values()
        )


def rescaled(track: Track, factor: Decimal) -> Track:
    """Prices times a factor, with as many more decimals as the factor needs (at most eight)."""
    if factor == 1:
        return track
    numerator, denominator = factor.as_integer_ratio()
    more = 8
    pieces = track.pieces.scaled(10**more * numerator)
    prices = {name: getattr(pieces, name) // denominator for name in ("open", "high", "low", "close")}
    return replace(
        track,
        decimals=track.decimals + more,
        tick_decimals=track.tick_decimals + more,
        pieces=replace(pieces, **prices),
    )


def multiply(left: Decimal, right: Decimal) -> Decimal:
    """A product with 34 digits."""
    with localcontext() as context:
        context.prec = PRECISION
        return left * right


def divide(left: Decimal, right: Decimal) -> Decimal:
    """A quotient with 34 digits."""
    with localcontext() as context:
        context.prec = PRECISION
        return left / right


def load_market(paths: Sequence[Path] = ()) -> Market:
    """The shipped record, or what the given CSV files hold instead."""
    return Market(csv_tracks(paths) if paths else shipped_tracks())
