"""A code: what a file or a row is answered with, in English and Chinese, with its remedy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Code:
    """One answer: what is wrong and what to do about it, in both languages."""

    code: str
    en: str
    zh: str


def by_code(codes: Iterable[Code]) -> dict[str, Code]:
    """Codes by their names."""
    return {code.code: code for code in codes}
