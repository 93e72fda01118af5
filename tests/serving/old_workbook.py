"""A workbook as Excel 97 wrote it (.xls), from literal records: nothing that is kept up writes this format."""

from __future__ import annotations

import struct
from collections.abc import Sequence

SECTOR = 512
_FREE, _END, _TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def old_workbook(rows: Sequence[Sequence[str]], sheet: str = "Leads") -> bytes:
    """One sheet of texts; the stream fits the one sector of its table of sectors (some 60 kB)."""
    globals_ = [
        _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 1997, 0, 0x0600)),
        _record(0x0042, b"\xb0\x04"),
    ]
    name = struct.pack("<BB", len(sheet), 1) + sheet.encode("utf-16-le")
    begins = sum(map(len, globals_)) + 4 + 6 + len(name) + 4
    globals_ += [_record(0x0085, struct.pack("<IBB", begins, 0, 0) + name), _record(0x000A, b"")]
    width = max(map(len, rows))
    cells = [
        _record(0x0204, struct.pack("<HHHHB", at, place, 0, len(text), 1) + text.encode("utf-16-le"))
        for at, row in enumerate(rows)
        for place, text in enumerate(row)
        if text
    ]
    page = [
        _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 1997, 0, 0x0600)),
        _record(0x0200, struct.pack("<IIHHH", 0, len(rows), 0, width, 0)),
        *cells,
        _record(0x000A, b""),
    ]
    return _compound(b"".join([*globals_, *page]))


def _record(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _compound(stream: bytes) -> bytes:
    """The stream `Workbook` in the container that Excel put it in; filled up, since short ones are kept elsewhere."""
    stream += bytes(max(0, 4096 - len(stream)))
    stream += bytes(-len(stream) % SECTOR)
    sectors = len(stream) // SECTOR
    chain = [_TABLE, _END, *range(3, 2 + sectors), _END]
    assert len(chain) <= SECTOR // 4
    table = struct.pack(f"<{SECTOR // 4}I", *chain, *[_FREE] * (SECTOR // 4 - len(chain)))
    entries = [_entry("Root Entry", 5, 1, _END, 0), _entry("Workbook", 2, _FREE, 2, len(stream))]
    directory = b"".join(entries) + (bytes(68) + struct.pack("<III", _FREE, _FREE, _FREE) + bytes(48)) * 2
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, _END, 0, _END, 0) + struct.pack("<109I", 0, *[_FREE] * 108)
    return header + table + directory + stream


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    text = name.encode("utf-16-le")
    head = text + bytes(64 - len(text)) + struct.pack("<HBB", len(text) + 2, kind, 1)
    return head + struct.pack("<III", _FREE, _FREE, child) + bytes(36) + struct.pack("<IQ", start, size)
