"""Binance's CSV exports fill the history; what the owner has can be taken away as files."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from pathlib import Path

import pytest
from tests.fakes import START_MS, dec, hours
from tests.history_fakes import deposit
from tests.integration.processes import run
from tests.worlds import Life

from dashboard_crypto.core.decisions import SplitPart
from dashboard_crypto.core.errors import InvalidInput
from dashboard_crypto.core.statements import StatementOptions
from dashboard_crypto.core.timekeys import to_datetime
from dashboard_crypto.services.export import COLUMNS, Exporter, inert
from dashboard_crypto.services.statement_import import StatementImport, StatementRefused
from dashboard_crypto.services.views import CashFlowChange, NewCashFlow

SAMPLES = Path(__file__).resolve().parents[1] / "golden" / "statements"
PAST_MS = START_MS - hours(24 * 20)
HEADER = "User_ID,UTC_Time,Account,Operation,Coin,Change,Remark"


def at(instant_ms: int) -> str:
    return to_datetime(instant_ms).strftime("%Y-%m-%d %H:%M:%S")


def history_file(*rows: tuple[int, str, str, str]) -> str:
    lines = [f"1,{at(when)},Spot,{operation},{coin},{change}," for when, operation, coin, change in rows]
    return "\n".join([HEADER, *lines, ""])


def take(life: Life, text: str) -> tuple[int, int]:
    done = StatementImport(life.services.store).take(text, StatementOptions())
    return done.added, done.told_before


@pytest.fixture
def life(past_life: Life) -> Life:
    return past_life


def test_a_file_is_taken_once_however_often_it_is_imported(life: Life) -> None:
    text = (SAMPLES / "transactions.csv").read_text(encoding="utf-8")
    added, told = take(life, text)
    assert added > 0
    assert told == 0
    before = life.table("movements"), life.table("ledger_records")
    assert take(life, text) == (0, 0)
    assert (life.table("movements"), life.table("ledger_records")) == before


def test_files_that_overlap_add_what_is_new(life: Life) -> None:
    rows = [(PAST_MS + hours(n), "Deposit", "USDT", "100") for n in range(6)]
    assert take(life, history_file(*rows[:4])) == (4, 0)
    assert take(life, history_file(*rows[2:])) == (2, 0)
    assert life.count("movements") == 6


def test_a_file_with_a_bad_row_changes_nothing_and_names_the_line(life: Life) -> None:
    good = history_file((PAST_MS, "Deposit", "USDT", "100"))
    bad = good + f"1,{at(PAST_MS)},Spot,Deposit,USDT,a lot,\n1,not a time,Spot,Deposit,USDT,5,\n"
    with pytest.raises(StatementRefused) as refused:
        take(life, bad)
    assert [row.line for row in refused.value.rows] == [3, 4]
    assert "line 3" in str(refused.value)
    assert (life.count("movements"), life.count("ledger_records")) == (0, 0)
    with pytest.raises(InvalidInput):
        take(life, "a,b,c\n1,2,3\n")


@pytest.mark.parametrize("file_first", [True, False])
def test_what_file_and_exchange_both_tell_counts_once_whichever_comes_first(life: Life, *, file_first: bool) -> None:
    text = history_file((PAST_MS, "Deposit", "USDT", "100"), (PAST_MS + hours(5), "Deposit", "USDT", "250"))
    life.gateway.holdings = {"USDT": dec(350)}
    life.reader.records = {"deposit": []}
    life.live(1)
    if file_first:
        take(life, text)
        life.read_history()
        assert [row.amount_usd for row in life.services.performance.cash_flows().rows] == [dec(100), dec(250)]
    life.reader.records["deposit"] = [deposit(1, "USDT", "100", PAST_MS + 400)]
    life.clock.advance(3601)
    life.read_history()
    if not file_first:
        assert take(life, text) == (2, 1)
        life.read_history()
    rows = life.services.performance.cash_flows().rows
    assert [(row.amount_usd, row.instant_ms) for row in rows] == [
        (dec(100), PAST_MS + 400),
        (dec(250), PAST_MS + hours(5)),
    ]
    assert life.services.performance.stats().assumed_departures == 0


def test_an_imported_file_makes_the_history_reach_further(life: Life) -> None:
    life.gateway.holdings = {"USDT": dec(1000)}
    life.reader.records = {"deposit": [deposit(1, "USDT", "400", PAST_MS)]}
    life.live(1)
    life.read_history()
    short = life.services.performance.stats()
    assert dict(short.assumed_openings) == {"USDT": dec(600)}
    take(life, history_file((PAST_MS - hours(100), "Deposit", "USDT", "600")))
    life.read_history()
    longer = life.services.performance.stats()
    assert dict(longer.assumed_openings) == {}
    assert longer.history_start_ms is not None
    assert short.history_start_ms is not None
    assert longer.history_start_ms < short.history_start_ms - hours(90)
    assert longer.coverage == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("+1+2", "'+1+2"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'\tx"),
        ("-12.5", "-12.5"),
        (Decimal("-12.50"), "-12.5"),
        (None, ""),
        (True, "true"),
        ("plain", "plain"),
    ],
)
def test_no_cell_can_act_as_a_formula(cell: str | Decimal | bool | None, written: str) -> None:
    assert inert(cell) == written


def test_exports_hold_everything_exactly(life: Life) -> None:
    life.reader.records = {"deposit": [deposit(1, "USDT", "0.000000000000000001", PAST_MS)]}
    life.live(2)
    life.read_history()
    life.services.performance.add_cash_flow(NewCashFlow("WITHDRAW", amount_usd=dec("5.25"), note="=HYPERLINK(1)"))
    exporter = Exporter(life.services.store)
    for what, columns in COLUMNS.items():
        rows = list(csv.DictReader(io.StringIO("".join(exporter.csv(what)))))
        objects = json.loads("".join(exporter.json(what)))
        assert tuple(rows[0]) == columns
        assert len(rows) == len(objects) == len(exporter.rows(what)) > 0
    flows = list(csv.DictReader(io.StringIO("".join(exporter.csv("flows")))))
    assert flows[-1]["note"] == "'=HYPERLINK(1)"
    assert flows[-1]["amount_usd"] == "-5.25"
    ledger = json.loads("".join(exporter.json("ledger")))
    assert ledger[0]["amount"] == "0.000000000000000001"


def test_the_commands(tmp_path: Path) -> None:
    imported = run(tmp_path, "import", str(SAMPLES / "transactions.csv"))
    assert imported.returncode == 0, imported.stderr
    assert "movements added" in imported.stdout
    bad = tmp_path / "bad.csv"
    bad.write_text(f"{HEADER}\n1,nonsense,Spot,Deposit,USDT,5,\n", encoding="utf-8")
    refused = run(tmp_path, "import", str(bad))
    assert refused.returncode == 1
    assert "line 2" in refused.stderr
    told = run(tmp_path, "export", "--what", "ledger")
    assert told.returncode == 0, told.stderr
    assert told.stdout.splitlines()[0].startswith("key,time,source")
    target = tmp_path / "out.json"
    assert run(tmp_path, "export", "--what", "flows", "--format", "json", "--output", str(target)).returncode == 0
    assert json.loads(target.read_text(encoding="utf-8")) == []


def test_a_file_waits_for_the_sources_that_may_tell_the_same(life: Life) -> None:
    life.reader.records = {"deposit": [deposit(n, "USDT", f"{100 + n}", PAST_MS + hours(n)) for n in range(8)]}
    life.live(1)
    take(life, history_file((PAST_MS, "Deposit", "USDT", "100"), (PAST_MS - hours(9), "Deposit", "USDT", "55")))
    for _ in range(2):
        life.services.auto_refresh.history_tick()
    assert life.services.performance.cash_flows().rows == ()
    life.read_history()
    rows = life.services.performance.cash_flows().rows
    assert [row.amount_usd for row in rows] == [dec(55), *(dec(100 + n) for n in range(8))]


def test_what_the_owner_said_about_a_flow_of_a_file_holds_when_the_exchange_tells_it(life: Life) -> None:
    life.reader.records = {"deposit": []}
    life.gateway.holdings = {"USDT": dec(350)}
    life.live(1)
    take(life, history_file((PAST_MS, "Deposit", "USDT", "100"), (PAST_MS + hours(5), "Deposit", "USDT", "250")))
    life.read_history()
    first, second = life.services.performance.cash_flows().rows
    parts = [SplitPart(dec(70), "external"), SplitPart(dec(30), "income")]
    life.services.ledger.splits.split(first.id, "quantity", parts)
    life.services.performance.edit_cash_flow(second.id, CashFlowChange(flow_class="income", note="gift"))
    life.reader.records["deposit"] = [
        deposit(1, "USDT", "100", PAST_MS + 400),
        deposit(2, "USDT", "250", PAST_MS + hours(5) + 400),
    ]
    life.clock.advance(3601)
    life.read_history()
    rows = life.services.performance.cash_flows().rows
    assert [(row.counted_usd, row.flow_class, row.note) for row in rows] == [
        (dec(70), "external", None),
        (None, "income", "gift"),
    ]
    assert {row.id for row in rows}.isdisjoint({first.id, second.id})
