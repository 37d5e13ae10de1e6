"""Whatever order, page or version records arrive in, the ledger is the same."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.entries import merge, movements_of
from tests.unit.core.records import PAIRS, SAMPLES

from dashboard_crypto.core.ledger import convert
from dashboard_crypto.core.movement import Context, Entry

STATUSES: dict[str, tuple[str, list[Any]]] = {
    "deposit": ("status", [0, 1, 6]),
    "withdrawal": ("status", [0, 2, 4, 6, 1]),
    "fiat_deposit": ("status", ["Processing", "Successful", "Refunded"]),
    "c2c": ("orderStatus", ["TRADING", "COMPLETED", "CANCELLED"]),
    "convert": ("orderStatus", ["PROCESS", "SUCCESS"]),
    "transfer": ("status", ["PENDING", "CONFIRMED"]),
}
IDENTITIES = {
    "deposit": "id", "withdrawal": "id", "fiat_deposit": "orderNo", "c2c": "orderNumber", "convert": "orderId",
    "transfer": "tranId",
}  # fmt: skip


@st.composite
def readings(draw: st.DrawFn) -> list[Entry]:
    """Records read at several times, in the versions they had then, some of them more than once."""
    found: list[Entry] = []
    for number in range(draw(st.integers(1, 6))):
        source = draw(st.sampled_from(sorted(STATUSES)))
        name, statuses = STATUSES[source]
        moments = draw(st.lists(st.integers(1, 9), min_size=1, max_size=4, unique=True))
        for moment in sorted(moments):
            record = SAMPLES[source] | {IDENTITIES[source]: f"{number}", name: draw(st.sampled_from(statuses))}
            entry = convert(source, record, Context(pairs=PAIRS, seen_ms=moment))
            found += [entry] * draw(st.integers(1, 2))
    return found


@given(readings(), st.randoms(use_true_random=False), st.integers(0, 20))
@settings(max_examples=300, deadline=None)
def test_record_order_duplicates_and_late_changes_give_identical_movements(
    entries: list[Entry], random: Any, cut: int
) -> None:
    straight = merge(entries)
    shuffled = list(entries)
    random.shuffle(shuffled)
    pages = merge(shuffled[cut:], merge(shuffled[:cut]))
    assert pages == straight
    assert movements_of(pages) == movements_of(straight)
    assert merge(entries, straight) == straight
    newest = {
        entry.record_key: max(e.version[0] for e in entries if e.record_key == entry.record_key) for entry in entries
    }
    assert {key: entry.version[0] for key, entry in straight.items()} == newest


@given(st.permutations([0, 1, 2, 3]), st.sampled_from(sorted(STATUSES)))
def test_versions_read_at_one_time_do_not_depend_on_order(order: list[int], source: str) -> None:
    name, statuses = STATUSES[source]
    versions = [convert(source, SAMPLES[source] | {name: status}, Context(pairs=PAIRS)) for status in statuses]
    shuffled = [versions[number % len(versions)] for number in order] + versions
    assert merge(shuffled) == merge(versions)


def test_two_tellings_of_one_version_fall_the_same_way_in_any_order() -> None:
    one, other = (convert("deposit", SAMPLES["deposit"] | {"amount": amount}) for amount in ("1", "2"))
    assert one.version == other.version
    assert merge([one, other]) == merge([other, one])


def test_merge_never_changes_its_arguments() -> None:
    known = merge([convert("deposit", SAMPLES["deposit"])])
    copy = dict(known)
    merge([convert("deposit", SAMPLES["deposit"] | {"id": "other"})], known)
    assert known == copy
