"""Everything the published tables say about one lead: records, evidence, points, decision."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from pipelines.errors import UsageError
from pipelines.explained_pairs import refusal_words, shared_values, shared_words
from pipelines.homes import checked_home
from policy.errors import PolicyError
from policy.identity import Rule
from policy.load import load_policy
from serving.published import Published, published_rows
from sources.erasures import erasures
from sources.raw import raw_dir_of, read_ledger
from sources.retractions import gone_with


def explained(home: Path, lead_id: str) -> dict[str, Any]:
    """Who a lead is, why its records are one, how its score adds up, what was decided and what is missing.

    Of one that was erased only when, and by which request; of one that is gone with its file, how that came.

    Args:
        home: the deployment.
        lead_id: an id, also one that is no longer current, or that of one of its records.

    Raises:
        UsageError: no lead has, or ever had, the id, and no record has it, or nothing was published yet.
    """
    home = checked_home(home)
    if Published(home).current is None:
        raise UsageError(f"nothing was published from {home} yet; run `sluice run` first")
    alias = published_rows(home, "lead_aliases", old_lead_id=lead_id)
    known = alias or published_rows(home, "lead_identities", record_id=lead_id)
    current = known[0]["lead_id"] if known else lead_id
    leads = published_rows(home, "leads", lead_id=current)
    if not leads:
        erased = next((one for one in erasures(raw_dir_of(home)) if lead_id in one.record_ids), None)
        if erased is not None:
            return {"lead_id": lead_id, "erased_at": f"{erased.at:%Y-%m-%d}", "request": erased.request}
        if gone := _gone(raw_dir_of(home), lead_id):
            return gone
        raise UsageError(f"no lead has the id {lead_id}, nor any of their records; ids are in the table leads")
    identities = published_rows(home, "lead_identities", lead_id=current)
    record_ids = {row["record_id"] for row in identities}
    matches = {
        (row["record_id_l"], row["record_id_r"]): row
        for side in ("record_id_l", "record_id_r")
        for row in published_rows(home, "record_matches", **{side: sorted(record_ids)})
    }
    pairs = [{**row, "evidence": _parsed(row["evidence"])} for _, row in sorted(matches.items())]
    known_records = _records_of_matched_leads(home, pairs, current, record_ids)
    records = known_records[current]
    events = [
        row
        for column in ("lead_id", "other_lead_id")
        for row in published_rows(home, "identity_events", **{column: current})
    ]
    provenance = published_rows(home, "lead_provenance", lead_id=current)
    score = published_rows(home, "lead_scores", lead_id=current)
    decision = published_rows(home, "promotion_decisions", lead_id=current)
    return {
        "lead_id": current,
        "asked": lead_id,
        "asked_is": "an earlier id" if alias else "a record",
        "lead": leads[0],
        "records": sorted(records, key=lambda row: (str(row["received_at"]), str(row["known_at"]))),
        "matches": _with_values(pairs, known_records, _rules(home)),
        "provenance": sorted(provenance, key=lambda row: str(row["field"])),
        "identity_events": events,
        "score": score[0] if score else None,
        "ledger": [
            {**row, "evidence": _parsed(row["evidence"])}
            for row in published_rows(home, "score_ledger", lead_id=current)
        ],
        "decision": {
            **decision[0],
            "failed_criteria": _parsed(decision[0]["failed_criteria"]),
            "shortest_path": _parsed(decision[0]["shortest_path"]),
        }
        if decision
        else None,
        "opportunities": published_rows(home, "opportunities", lead_id=current),
    }


def _gone(raw_dir: Path, lead_id: str) -> dict[str, Any] | None:
    """What became of an id whose only file was retracted or replaced; None where no such file had it."""
    gone = gone_with(raw_dir, lead_id)
    if gone is None:
        return None
    file_id = gone if isinstance(gone, str) else gone.file_id
    path = next((file.path for file in read_ledger(raw_dir) if file.file_id == file_id), file_id)
    told = {"lead_id": lead_id, "file_id": file_id, "path": path}
    if isinstance(gone, str):
        return {**told, "replaced": True}
    return {**told, "retracted_at": f"{gone.at:%Y-%m-%d}", "why": gone.why}


def _records_of_matched_leads(
    home: Path, pairs: Sequence[Mapping[str, Any]], lead_id: str, record_ids: Collection[str]
) -> dict[str, list[dict[str, Any]]]:
    """The records of a lead and of all that have a record in one of the pairs, by lead."""
    met = {row[side] for row in pairs for side in ("record_id_l", "record_id_r")}.difference(record_ids)
    others = {row["lead_id"] for row in published_rows(home, "lead_identities", record_id=sorted(met))}
    of_lead = {
        row["record_id"]: row["lead_id"]
        for row in published_rows(home, "lead_identities", lead_id=sorted({lead_id, *others}))
    }
    found: dict[str, list[dict[str, Any]]] = {lead_id: []}
    for row in published_rows(home, "lead_records", record_id=sorted(of_lead)):
        found.setdefault(of_lead[row["record_id"]], []).append(row)
    return {lead: sorted(rows, key=lambda row: str(row["record_id"])) for lead, rows in found.items()}


def _rules(home: Path) -> dict[str, Rule]:
    """The rules of identity by name; none where the policy cannot be read now."""
    try:
        return {rule.rule: rule for rule in load_policy(home).identity.rules}
    except PolicyError:
        return {}


def _with_values(
    pairs: Sequence[Mapping[str, Any]], leads: Mapping[str, Sequence[Mapping[str, Any]]], rules: Mapping[str, Rule]
) -> list[dict[str, Any]]:
    """Pairs with what their rule compared, as `shared`, and in `refusal` why they were not joined."""
    of_record = {row["record_id"]: rows for rows in leads.values() for row in rows}
    records = {row["record_id"]: row for rows in leads.values() for row in rows}
    told_apart = [
        (row["record_id_l"], row["record_id_r"])
        for row in pairs
        if (row["rule"], row["decision"]) == ("decision", "different")
    ]
    told = []
    for row in pairs:
        ids = row["record_id_l"], row["record_id_r"]
        evidence = row["evidence"] if isinstance(row["evidence"], dict) else {}
        why = evidence.get("contradiction")
        if all(record_id in records for record_id in ids):
            one, other = (records[record_id] for record_id in ids)
            shared = shared_values(rules.get(row["rule"]), one, other)
            sides = of_record[ids[0]], of_record[ids[1]]
            refusal = refusal_words(why, (one, other), sides, told_apart) if why else None
        else:
            shared, refusal = {}, f"not joined because of {why}" if why else None
        told.append({**row, "shared": shared, "refusal": refusal})
    return told


def _parsed(text: Any) -> Any:
    try:
        return json.loads(text)
    except (TypeError, ValueError):
        return text


def explanation_text(found: dict[str, Any]) -> str:
    """The same for a person."""
    if "erased_at" in found:
        return f"{found['lead_id']} was erased on {found['erased_at']} (request {found['request']}): nothing is left"
    if "retracted_at" in found:
        why = f" ({found['why']})" if found["why"] else ""
        return (
            f"{found['lead_id']} is gone with {found['path']}, which was retracted on {found['retracted_at']}{why}; "
            f"`sluice retract {found['file_id']} --undo` and `sluice run` bring it back"
        )
    if "replaced" in found:
        return f"{found['lead_id']} is gone with {found['path']} ({found['file_id']}), which a newer version replaced"
    lead, score, decision = found["lead"], found["score"], found["decision"]
    lines = [
        f"{lead['full_name'] or lead['company'] or '(no name)'}  {lead['email'] or ''}  {lead['phone'] or ''}",
        f"{found['lead_id']}  {lead['lead_kind']}, {lead['lifecycle']}, grade {lead['grade'] or '-'}, "
        f"first seen {lead['first_seen_at']} through {lead['source_name']}",
    ]
    if lead["account_id"]:
        lines.append(f"account {lead['account_id']}, found by {lead['account_matched_by']}")
    if found["asked"] != found["lead_id"]:
        lines.append(f"{found['asked']} is {found['asked_is']} of this lead")
    lines.append(f"records ({len(found['records'])})")
    lines += [
        f"  {row['record_id']}  {row['source_name']} line {row['line_no']}, known {row['known_at']}: "
        f"{row['full_name'] or ''} {row['email'] or ''} {row['phone'] or ''} {row['company'] or ''}".rstrip()
        for row in found["records"]
    ]
    if found["matches"]:
        lines.append("why they are one, or not")
        for row in found["matches"]:
            lines.append(
                f"  {row['record_id_l']} - {row['record_id_r']}: {row['decision']} by {row['rule']}, "
                f"probability {float(row['match_probability']):.4f}"
            )
            lines += [f"    {said}" for said in shared_words(row["shared"])]
            lines += _waterfall(row["evidence"] if isinstance(row["evidence"], dict) else {})
            lines += [f"    {row['refusal']}"] if row["refusal"] else []
    lines.append("where what it shows is from")
    lines += [
        f"  {row['field']}: record {row['record_id']} of {row['source_name']}, known {row['known_at']} ({row['rule']})"
        for row in found["provenance"]
    ]
    if found["identity_events"]:
        lines.append("what happened to its identity since the publication before")
        lines += [
            f"  {row['happened_at']}  {row['lead_id']} {row['event']}"
            + (f", {row['other_lead_id']}" if row["other_lead_id"] else "")
            + f": {row['reason']}"
            for row in found["identity_events"]
        ]
    if score:
        lines.append(f"score {score['score']} ({score['status']}, {score['band'] or 'no band'})")
        lines += [
            f"  {float(row['points']):+8.2f}  {row['component']}/{row['kind']}  {row['rule_id']}: {row['reason']}"
            for row in found["ledger"]
        ]
        total = sum(round(float(row["points"]) * 100) for row in found["ledger"]) / 100
        lines.append(f"  {total:+8.2f}  sum")
    if decision:
        lines.append(
            f"decision: {decision['verdict']}"
            + (f" ({decision['opportunity_id']})" if decision["opportunity_id"] else "")
        )
        if decision["failed_criteria"]:
            lines.append("  not met: " + ", ".join(map(_shown, decision["failed_criteria"])))
        if decision["shortest_path"]:
            lines.append("  shortest way: " + "; ".join(map(_shown, decision["shortest_path"])))
    lines += [
        f"opportunity {row['opportunity_id']}: {row['name'] or ''} {row['stage']} ({row['status']}), "
        f"{'-' if row['amount'] is None else row['amount']} {row['currency'] or ''}, "
        f"win probability {float(row['win_probability']):.2f}"
        for row in found["opportunities"]
    ]
    return "\n".join(lines)


def _waterfall(evidence: dict[str, Any]) -> list[str]:
    """The weights of a pair one below the other, in bits, with what they have come to so far."""
    weights = {name: float(weight) for name, weight in evidence.items() if isinstance(weight, int | float)}
    lines, total = [], 0.0
    for name in sorted(weights, key=lambda name: (name != "prior", name == "rule", -abs(weights[name]), name)):
        total += weights[name]
        lines.append(f"    {weights[name]:+8.2f}  {total:+8.2f}  {name}")
    return lines


def _shown(item: Any) -> str:
    if isinstance(item, dict):
        return str(item.get("action") or item.get("label") or item.get("condition") or item)
    return str(item)
