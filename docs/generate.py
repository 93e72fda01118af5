"""Writes the pages that can be wrong: data dictionary, lineage page, list of codes, the README's table list.

Usage: ``python docs/generate.py [--check]``. ``--check`` writes nothing and exits 1 when a page is stale.
All of it comes from the contracts, the asset graph and the codes, so a page says what the code does.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:  # run as a script, the folder of this file stands there instead
    sys.path.insert(0, str(ROOT))

from assets.contract import GROUPS, Table, dictionary_lines  # noqa: E402

if TYPE_CHECKING:
    from dagster import AssetKey

README_OPENS, README_CLOSES = "<!-- tables: written by make docs -->", "<!-- /tables -->"
WRITTEN = "<!-- Written by `make docs` from the contracts and the asset graph; a test keeps it fresh. -->"

VALUES = """\
Values: ids are text; instants are UTC (ISO text in SQLite, `timestamptz` in PostgreSQL); booleans are 0/1 in
SQLite; money is decimal, with its currency beside it and a `_base` twin in the base currency; rates and
probabilities are 0-1; lists are JSON arrays (`[]`, never null). Dimensions have a member `(none)` for what is
not known. *personal* columns are masked for the read-only role.
"""
READ_FROM = """\
Which table is made from which, read from the SQL and from the signatures of the Python functions. What a run
is given (its scope, the policy, what the journal froze) is not drawn.
"""


def contracts() -> list[Table]:
    """Every contract of the house, in the order of the groups and, within one, of its `tables.py`."""
    import assets

    names = [f"assets.{group.name}.tables" for group in pkgutil.iter_modules(assets.__path__) if group.ispkg]
    found: dict[str, Table] = {}
    for name in [*names, "quality.tables"]:
        for value in vars(importlib.import_module(name)).values():
            if isinstance(value, Table):
                found.setdefault(value.name, value)
    return sorted(found.values(), key=lambda table: GROUPS.index(table.group))


def dictionary(tables: list[Table]) -> str:
    """The data dictionary: each table and column, published tables before those that stay in the lake."""
    lines = [
        "# Data dictionary",
        "",
        WRITTEN,
        "",
        *VALUES.splitlines(),
        "",
    ]
    for heading, published in (("Published tables", True), ("Tables that stay in the lake", False)):
        lines += [f"## {heading}", ""]
        for table in tables:
            if table.published is published:
                lines += dictionary_lines(table)
    return "\n".join(lines).rstrip() + "\n"


def readme_tables(tables: list[Table]) -> str:
    """The README's list: each published table, what a row is, the question it answers."""
    lines = [README_OPENS, "", "| table | one row per | answers |", "|---|---|---|"]
    for table in tables:
        if table.published:
            row = table.description.removeprefix("One row per ").rstrip(".")
            lines.append(f"| `{table.name}` | {row} | {table.question} |")
    return "\n".join([*lines, "", README_CLOSES])


#: Where codes are said, in the order of the page: key of `CODES`, heading, what it is about.
CODE_PLACES = (
    ("file", "Files", "`source_files.code`; a file that is not used as a whole, or of which something is to be noted."),
    ("row", "Rows that are not used", "`rejected_rows.code` and `sluice_code` in receipts."),
    ("answer", "Rows that are used", "`sluice_code` in receipts, where there is something to say."),
    ("repair", "Repairs", "`lead_records.repairs` and, in words, `sluice_repairs` in receipts."),
    ("column", "Columns", "Inside the reason of a file."),
    ("note", "Notes", "`source_files.note`, in words; more than one may stand there."),
    ("left", "Left in the landing zone", "Not taken this time; said by `sluice doctor`."),
)
CODES_OPEN = """\
Every answer has a code that stays the same and a text in English and Chinese. Words in braces are filled in from
the file or row. Verdicts of a line: `accepted`, `merged` (the same person as another row), `updated` (a known key with
new content), `duplicate`, `suppressed` (kept out on purpose), `rejected`, `review` (perhaps a person known already).
"""


def code_list() -> str:
    """The page of codes: each with its two texts."""
    from sources.codes import CODES

    lines = [
        "# Codes",
        "",
        WRITTEN.replace("the contracts and the asset graph", "`sources/file_codes.py` and `sources/row_codes.py`"),
        "",
    ]
    lines += [*CODES_OPEN.splitlines(), ""]
    assert {place for place, _, _ in CODE_PLACES} == set(CODES)
    for place, heading, about in CODE_PLACES:
        lines += [f"## {heading}", "", about, "", "| code | English | 中文 |", "|---|---|---|"]
        for code in sorted(CODES[place].values(), key=lambda found: found.code):
            lines.append(f"| `{code.code}` | {code.en} | {code.zh} |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def lineage() -> str:
    """The lineage page: a drawing of all tables, then for each where its columns come from."""
    from pipelines.definitions import defs

    graph = defs.resolve_asset_graph()
    nodes = {key: graph.get(key) for key in sorted(graph.get_all_asset_keys())}
    lines = [
        "# Lineage",
        "",
        WRITTEN,
        "",
        *READ_FROM.splitlines(),
        "",
        "```mermaid",
        "flowchart LR",
    ]
    for group in sorted({node.group_name or "other" for node in nodes.values()}, key=_group_order):
        members = [key for key, node in nodes.items() if (node.group_name or "other") == group]
        lines.append(f"  subgraph {group}")
        lines += [f"    {_name(key)}{_shape(nodes[key])}" for key in members]
        lines.append("  end")
    for key, node in nodes.items():
        lines += [f"  {_name(parent)} --> {_name(key)}" for parent in sorted(node.parent_keys) if parent in nodes]
    lines += ["```", "", "Rounded tables are published; the others stay in the lake.", "", "## Columns", ""]
    for key, node in nodes.items():
        lines += _columns(key, node)
    return "\n".join(lines).rstrip() + "\n"


def _group_order(group: str) -> tuple[int, str]:
    return (GROUPS.index(group) if group in GROUPS else len(GROUPS), group)


def _name(key: AssetKey) -> str:
    return "_".join(key.path)


def _shape(node: Any) -> str:
    name = _name(node.key)
    return f"([{name}])" if "published" in node.tags else f"[{name}]"


def _columns(key: AssetKey, node: Any) -> list[str]:
    """One table's section: the tables it reads and, where SQL makes it, each column's sources."""
    parents = ", ".join(f"`{_name(parent)}`" for parent in sorted(node.parent_keys)) or "nothing but the run's scope"
    lines = [f"### `{_name(key)}`", ""]
    function = node.metadata.get("function")
    if function is not None:
        lines += [f"Made by `{getattr(function, 'value', function)}` from {parents}.", ""]
    else:
        lines += [f"Made from {parents}.", ""]
    traced = node.metadata.get("dagster/column_lineage")
    traced = getattr(traced, "value", traced)  # Dagster wraps what it was given, or not
    if traced is not None and any(traced.deps_by_column.values()):
        lines += ["| column | from |", "|---|---|"]
        for column, sources in traced.deps_by_column.items():
            origin = ", ".join(f"`{_name(source.asset_key)}.{source.column_name}`" for source in sources)
            lines.append(f"| `{column}` | {origin or 'the run, the policy or a constant'} |")
        lines.append("")
    return lines


def pages() -> dict[Path, str]:
    """Every generated page and what it should say."""
    tables = contracts()
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    before, opened, rest = readme.partition(README_OPENS)
    _, closed, after = rest.partition(README_CLOSES)
    if not opened or not closed:
        raise SystemExit(f"README.md has lost its marks {README_OPENS} and {README_CLOSES}")
    return {
        ROOT / "README.md": before + readme_tables(tables) + after,
        ROOT / "docs" / "data_dictionary.md": dictionary(tables),
        ROOT / "docs" / "lineage.md": lineage(),
        ROOT / "docs" / "codes.md": code_list(),
    }


def main(check: bool) -> int:
    """Writes the pages, or says which are stale."""
    stale = []
    for path, text in pages().items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(str(path.relative_to(ROOT)))
            if not check:
                path.write_text(text, encoding="utf-8")
    if check and stale:
        print(f"stale: {', '.join(stale)}; run `make docs`", file=sys.stderr)
        return 1
    print("; ".join(stale) + " written" if stale else "all pages are fresh")
    return 0


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv[1:]))
