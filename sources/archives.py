"""ZIP archives of files: what is in them, and which of it may be taken.

Nothing is ever written under a name that stands in an archive: a member is streamed to a path of ours, its name is
only data. An archive is weighed by its directory before it is opened, and every member while it is unpacked. What
lies in an archive inside the archive is not looked at.
"""

from __future__ import annotations

import hashlib
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO

from sources.errors import RefusedFileError, StorageError

MOST_MEMBERS = 1_000
#: An archive may unpack to this many bytes whatever its ratio, and never to more than the second.
FREE_UNPACKED, MOST_UNPACKED = 64 << 20, 32 << 30
#: CSV of much repetition packs to a fiftieth; a bomb to a thousandth.
MOST_RATIO = 200
MOST_DIRECTORY_BYTES = 4 << 20
LONGEST_PART, LONGEST_NAME = 80, 400
CHUNK = 1 << 20
#: What an archive's path ends in when its members are named: added where the sender left it out.
ENDING = ".zip"
MARKS = (b"PK\x03\x04", b"PK\x05\x06")
_JUNK = {"__macosx", ".ds_store", "thumbs.db", "desktop.ini"}
_BROKEN = (
    zipfile.BadZipFile,
    OSError,
    ValueError,
    RuntimeError,
    NotImplementedError,
    zlib.error,
    EOFError,
    struct.error,
)
_PROGRAMS = (
    ("[content_types].xml", "an Office document that is no workbook"),
    ("meta-inf/manifest.mf", "a Java archive"),
    ("androidmanifest.xml", "an Android package"),
    ("index/document.iwa", "an iWork document"),
)


@dataclass(frozen=True)
class ArchivedAt:
    """Where the bytes of a file are: in which archive (its sha256), at which place of its directory."""

    sha256: str
    index: int


@dataclass(frozen=True)
class Member:
    """A file in an archive.

    Attributes:
        index: place in the archive's directory, from 0.
        name: its path inside the archive, safe to show and to put behind the archive's own path.
        size: unpacked bytes as the directory says.
        refusal: why it is not taken, or None.
    """

    index: int
    name: str
    size: int
    refusal: RefusedFileError | None = None


def member_path(archive: str, name: str) -> str:
    """The path of a member: the archive's path, ending in .zip, as the folder of its members."""
    return f"{archive if archive.lower().endswith(ENDING) else archive + ENDING}/{name}"


def matched_paths(path: str) -> list[str]:
    """What a feed's `match` is compared with, the first that some feed of its own matches.

    The path itself; of a member of an archive then its path as if it had been unpacked beside the archive, its bare
    name there, and the archive's name without .zip.
    """
    parts = path.split("/")
    at = next((i for i, part in enumerate(parts[:-1]) if part.lower().endswith(ENDING)), None)
    if at is None:
        return [path]
    folder = parts[:at]
    ways = ["/".join(way) for way in ([*folder, *parts[at + 1 :]], [*folder, parts[-1]])]
    return list(dict.fromkeys([path, *ways, "/".join(parts[: at + 1])[: -len(ENDING)]]))


def is_archive(path: Path) -> bool:
    """Whether the file is a ZIP archive of files: not a workbook, not another kind of document, not broken."""
    with path.open("rb") as stream:
        if not stream.read(4).startswith(MARKS):
            return False
    try:
        return kind_of_zip(path) == "zip"
    except RefusedFileError as refusal:
        return refusal.code in {"too-many-members", "empty-archive"}


def kind_of_zip(path: Path) -> str:
    """`xlsx`, `ods` or `zip`. Raises RefusedFileError: truncated-archive, too-many-members, unreadable-content."""
    with path.open("rb") as stream, _opened(stream) as archive:
        names = {name.lower(): name for name in archive.namelist()}
        kind = b""
        if "mimetype" in names:
            with archive.open(names["mimetype"]) as entry:
                kind = entry.read(100)
    if names.keys() & {"xl/workbook.xml", "xl/workbook.bin"}:
        return "xlsx"
    if b"opendocument.spreadsheet" in kind:
        return "ods"
    if kind.startswith(b"application/"):
        raise RefusedFileError("unreadable-content", kind=kind.decode("ascii", "replace").strip())
    for name, kind_of_program in _PROGRAMS:
        if name in names:
            raise RefusedFileError("unreadable-content", kind=kind_of_program)
    return "zip"


@contextmanager
def _opened(stream: BinaryIO) -> Iterator[zipfile.ZipFile]:
    """The archive; whatever is wrong with its directory is a refusal."""
    _weigh_directory(stream)
    try:
        with zipfile.ZipFile(stream) as archive:
            yield archive
    except _BROKEN as error:
        raise RefusedFileError("truncated-archive") from error


def _weigh_directory(stream: BinaryIO) -> None:
    """Refuse a directory that would cost too much to read; its end says how large it is."""
    size = stream.seek(0, 2)
    stream.seek(max(0, size - (1 << 16) - 22 - 20 - 56))
    tail = stream.read()
    stream.seek(0)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + 22:
        return  # no directory: the caller finds out
    entries, length = struct.unpack_from("<HI", tail, at + 10)
    wide = tail.rfind(b"PK\x06\x06", 0, at)
    if wide >= 0 and len(tail) >= wide + 48:
        entries, length = struct.unpack_from("<QQ", tail, wide + 32)
    if length > MOST_DIRECTORY_BYTES or entries > MOST_DIRECTORY_BYTES:
        raise RefusedFileError("too-many-members", found=max(entries, length // 46), limit=MOST_MEMBERS)


def members_of(path: Path) -> list[Member]:
    """The files in an archive, folders and what operating systems leave in archives left out.

    Raises:
        RefusedFileError: the archive as a whole may not be opened: truncated-archive, empty-archive,
            too-many-members, zip-bomb.
    """
    with path.open("rb") as stream, _opened(stream) as archive:
        infos = [(at, info) for at, info in enumerate(archive.infolist()) if not _is_left_out(info)]
    if not infos:
        raise RefusedFileError("empty-archive")
    if len(infos) > MOST_MEMBERS:
        raise RefusedFileError("too-many-members", found=len(infos), limit=MOST_MEMBERS)
    packed, unpacked = path.stat().st_size, sum(info.file_size for _, info in infos)
    if unpacked > MOST_UNPACKED or (unpacked > FREE_UNPACKED and unpacked > MOST_RATIO * packed):
        raise RefusedFileError("zip-bomb", packed=packed, unpacked=unpacked)
    found: list[Member] = []
    taken: set[str] = set()
    folders: set[str] = set()
    for at, info in infos:
        name = _name(info)
        refusal = _refusal(info, name)
        shown = _shown(name, at)
        parents = {shown[:i].casefold() for i, char in enumerate(shown) if char == "/"}
        key = shown.casefold()
        if key in taken or key in folders or parents & taken:
            refusal = refusal or RefusedFileError("member-name-twice", name=name)
            shown = f"{at + 1}-{shown.replace('/', '-')}"
            key, parents = shown.casefold(), set()
        taken.add(key)
        folders |= parents
        found.append(Member(at, shown, info.file_size, refusal))
    return found


def _is_left_out(info: zipfile.ZipInfo) -> bool:
    parts = info.filename.replace("\\", "/").casefold().split("/")
    return info.is_dir() or not parts[-1] or bool(set(parts) & _JUNK) or parts[-1].startswith("._")


def _name(info: zipfile.ZipInfo) -> str:
    """The name as its sender saw it: without a mark for UTF-8 it is in the code page of the sender's computer."""
    name = info.orig_filename
    if not info.flag_bits & 0x800 and not name.isascii():
        try:
            data = name.encode("cp437")
        except UnicodeEncodeError:
            return name
        for encoding in ("utf-8", "gb18030"):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError:
                continue
    return name


def _shown(name: str, at: int) -> str:
    """A name that any file system and any log can hold; what leads out of the archive is dropped from it."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in {"", ".", ".."}]
    safe = "/".join(_safe(part) for part in parts)
    return safe if safe and len(safe) <= LONGEST_NAME else f"member-{at + 1}"


def _safe(part: str) -> str:
    text = "".join("_" if unicodedata.category(char) in {"Cc", "Cf", "Cs"} else char for char in part)
    if len(text) <= LONGEST_PART // 2 or len(text.encode("utf-8", "replace")) <= LONGEST_PART * 2:
        return text
    return text[: LONGEST_PART // 2] + "~" + hashlib.sha256(part.encode("utf-8", "replace")).hexdigest()[:8]


def _refusal(info: zipfile.ZipInfo, name: str) -> RefusedFileError | None:
    """Why a member may not be taken, by what the directory says of it."""
    path = name.replace("\\", "/")
    if path.startswith("/") or path[1:2] == ":" or ".." in path.split("/") or "\0" in name:
        return RefusedFileError("member-path", name=name)
    mode = info.external_attr >> 16
    if info.create_system == 3 and stat.S_IFMT(mode) not in {0, stat.S_IFREG}:
        return RefusedFileError("member-not-a-file", name=name)
    if info.flag_bits & 0x1:
        return RefusedFileError("member-encrypted", name=name)
    if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA}:
        return RefusedFileError("unsupported-archive", kind=f"ZIP method {info.compress_type}")
    if info.file_size > FREE_UNPACKED and info.file_size > MOST_RATIO * max(info.compress_size, 1):
        return RefusedFileError("zip-bomb", packed=info.compress_size, unpacked=info.file_size)
    return None


def unpack(path: Path, member: Member, target: Path) -> str:
    """Write the bytes of a member to `target` and return their sha256.

    Raises:
        RefusedFileError: the member is refused, damaged, or larger than its directory says.
        StorageError: the target cannot be written.
    """
    if member.refusal is not None:
        raise member.refusal
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as stream, opened_member(stream, member.index) as source, target.open("wb") as copy:
        while chunk := _read(source):
            size += len(chunk)
            if size > member.size:
                raise RefusedFileError("zip-bomb", packed=member.size, unpacked=f"more than {size}")
            digest.update(chunk)
            try:
                copy.write(chunk)
            except OSError as error:
                raise StorageError(target, "write", error) from error
    return digest.hexdigest()


def _read(source: IO[bytes]) -> bytes:
    try:
        return source.read(CHUNK)
    except _BROKEN as error:
        raise RefusedFileError("broken-archive", detail=str(error)[:120]) from error


@contextmanager
def opened_member(stream: BinaryIO, index: int) -> Iterator[IO[bytes]]:
    """The unpacked bytes of a member of the archive in `stream`, which must be seekable."""
    with zipfile.ZipFile(stream) as archive:
        try:
            source = archive.open(archive.infolist()[index])
        except _BROKEN as error:
            raise RefusedFileError("broken-archive", detail=str(error)[:120]) from error
        with source:
            yield source
