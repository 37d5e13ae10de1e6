"""What the owner says about imported cash flows, kept beside what the exchange says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import cast

from dashboard_crypto.core.decisions import Decision
from dashboard_crypto.core.errors import Conflict, InvalidInput
from dashboard_crypto.core.money import EXACT
from dashboard_crypto.core.movement import FlowClass, Kind
from dashboard_crypto.core.taxonomy import CLASSES, Part
from dashboard_crypto.core.twins import EXTERNAL_TOLERANCE_MS, FlowFact, Twin, manual_twins
from dashboard_crypto.db import decision_rows, flow_rows
from dashboard_crypto.db.engine import Session
from dashboard_crypto.db.records import FlowRecord, NewFlow
from dashboard_crypto.services.flow_rates import keeping_rates
from dashboard_crypto.services.views import CashFlowChange


def decided(flow: NewFlow, change: CashFlowChange) -> NewFlow:
    """An imported flow with the owner's decision; what was imported stays readable."""
    if change.flow_class is not None and flow.split is not None:
        raise Conflict("This cash flow is split. Undo the split first, then give the whole of it a class.")
    noted = flow if change.note is None else replace(flow, note=change.note or None)
    classed = noted if change.flow_class is None else replace(noted, flow_class=change.flow_class)
    if change.drop_override and flow.imported_amount_usd is not None:
        return replace(classed, amount_usd=flow.imported_amount_usd, imported_amount_usd=None)
    if change.override_usd is None:
        return classed
    if flow.amount_usd is None:
        raise InvalidInput(
            "There is no price for this cash flow, so it cannot be overridden.", "/override_usd", "unvalued"
        )
    imported = flow.amount_usd if flow.imported_amount_usd is None else flow.imported_amount_usd
    size = abs(change.override_usd)
    signed = size if flow.type == "DEPOSIT" else EXACT.minus(size)
    return replace(classed, amount_usd=signed, imported_amount_usd=imported)


def keeping_decision(old: NewFlow, new: NewFlow) -> NewFlow:
    """A flow as it is imported again, with what the owner said about it."""
    same = keeping_rates(old, new)
    kept = replace(same, note=old.note, flow_class=old.flow_class, linked_id=old.linked_id, split=old.split)
    if old.imported_amount_usd is None:
        return kept
    imported = old.imported_amount_usd if new.amount_usd is None else new.amount_usd
    return replace(kept, amount_usd=old.amount_usd, imported_amount_usd=imported)


def imported_class(flow: NewFlow) -> FlowClass:
    """What the import says a cash flow is. Anything but external is here only because the owner says so."""
    return CLASSES.get(cast("Kind", flow.kind), "external")


def with_decision(flow: NewFlow, decision: Decision | None) -> NewFlow:
    """A cash flow on its way into the table, as the owner decided about it before."""
    if decision is None:
        return flow
    known = replace(
        flow, flow_class=decision.flow_class or flow.flow_class, note=decision.note or flow.note, split=decision.split
    )
    if decision.override_usd is None or flow.amount_usd is None:
        return known
    return replace(known, amount_usd=decision.override_usd, imported_amount_usd=flow.amount_usd)


def decision_about(flow: NewFlow) -> Decision:
    """What the owner says about an imported cash flow, to be kept apart from it."""
    return Decision(
        movement_key=flow.external_id or "",
        flow_class=None if flow.flow_class == imported_class(flow) else flow.flow_class,
        override_usd=None if flow.imported_amount_usd is None else flow.amount_usd,
        split=flow.split,
        note=flow.note,
    )


def inherited(
    left: Iterable[FlowRecord], parts: Iterable[Part], decisions: Mapping[str, Decision]
) -> tuple[Decision, ...]:
    """What the owner said about flows of a file, said of the records that tell the same flows now."""
    heirs = [part for part in parts if part.key not in decisions]
    found: list[Decision] = []
    for flow in left:
        said = decisions.get(flow.external_id or "")
        near = [
            part
            for part in heirs
            if (part.movement.asset, part.quantity) == (flow.asset, flow.quantity)
            and abs(part.movement.instant_ms - flow.reported_ms) <= EXTERNAL_TOLERANCE_MS
        ]
        if said is not None and near:
            heir = min(near, key=lambda part: (abs(part.movement.instant_ms - flow.reported_ms), part.key))
            heirs.remove(heir)
            found.append(replace(said, movement_key=heir.key))
    return tuple(found)


def store_decided(session: Session, portfolio_id: int, old: FlowRecord, new: NewFlow, now_ms: int) -> FlowRecord:
    """Write an imported cash flow as the owner has decided, and the decision beside it."""
    decision_rows.save_decision(session, portfolio_id, decision_about(new), now_ms)
    return flow_rows.update_flow(session, portfolio_id, old, new, now_ms)


def twins(flows: Iterable[FlowRecord]) -> list[tuple[FlowRecord, FlowRecord, Twin]]:
    """Manual flows that are not linked yet, each with the imported one that looks like it."""
    listed = list(flows)
    taken = {flow.linked_id for flow in listed if flow.linked_id is not None}
    manual = {str(f.id): f for f in listed if f.source == "manual" and f.linked_id is None}
    imported = {str(f.id): f for f in listed if f.source == "exchange" and f.id not in taken}
    found = manual_twins(map(_fact, manual.values()), map(_fact, imported.values()))
    return [(manual[twin.manual_key], imported[twin.imported_key], twin) for twin in found]


def check_link(manual: FlowRecord, imported: FlowRecord, others: Iterable[FlowRecord]) -> None:
    """InvalidInput or Conflict unless `manual` may stand behind `imported`."""
    if manual.source != "manual":
        raise InvalidInput("Only a cash flow that was entered by hand can be linked.", "/id", "imported")
    if imported.source != "exchange":
        raise InvalidInput("It can be linked to an imported cash flow only.", "/imported_id", "manual")
    if (manual.type == "DEPOSIT") != (imported.type == "DEPOSIT"):
        raise InvalidInput("One brings money in, the other takes it out.", "/imported_id", "direction")
    if any(flow.linked_id == imported.id and flow.id != manual.id for flow in others):
        raise Conflict("Another cash flow is linked to this imported one already.")


def _fact(flow: FlowRecord) -> FlowFact:
    return FlowFact(str(flow.id), flow.reported_ms, flow.asset, flow.quantity, flow.amount_usd)
