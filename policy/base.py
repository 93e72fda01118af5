"""The base of all policy models, and the small types they share."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints


class Model(BaseModel):
    """A part of the policy: immutable, and closed (a key that is not known is a mistake, never ignored)."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True, str_strip_whitespace=True)


def _as_text(value: Any) -> Any:
    """YAML's true and false, meant as a source's words."""
    return str(value).lower() if isinstance(value, bool) else value


def _as_list(value: Any) -> Any:
    """One item written without its brackets."""
    return value if value is None or isinstance(value, list | tuple) else [value]


Text = Annotated[str, BeforeValidator(_as_text), StringConstraints(min_length=1, max_length=2000)]
Texts = Annotated[list[Text], BeforeValidator(_as_list)]
Name = Annotated[str, BeforeValidator(_as_text), StringConstraints(pattern=r"^[\w][\w.\-]{0,79}$")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Share = Annotated[float, Field(ge=0, le=1)]
Language = Literal["en", "zh"]


def _known_zone(value: str) -> str:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"{value!r} is no time zone; expected an IANA name such as UTC or Asia/Shanghai") from error
    return value


TimeZone = Annotated[str, AfterValidator(_known_zone)]


class Words(Model):
    """The same words in both languages.

    Attributes:
        en: English.
        zh: Chinese; the English words stand in when it is missing.
    """

    en: Text
    zh: Text | None = None

    def in_language(self, language: Language) -> str:
        """The words in a language."""
        return self.zh if language == "zh" and self.zh else self.en


def _as_words(value: Any) -> Any:
    return {"en": value} if isinstance(value, str) else value


Label = Annotated[Words, BeforeValidator(_as_words)]
