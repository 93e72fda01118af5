"""Every code a file or a row can be answered with, in English and Chinese, each with its remedy.

Templates name their values in braces: `{field}`, `{value}`, `{line}`, ... A value that is not given is left out
rather than raising: an answer with a gap is better than no answer. Other rooms add their codes with `CODES |= ...`
next to the rule that gives them, or below.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

LANGUAGES = ("en", "zh")
LONGEST_VALUE = 200


@dataclass(frozen=True)
class Code:
    """One answer: what is wrong and what to do about it, in both languages."""

    code: str
    en: str
    zh: str


def _by_code(codes: Iterable[Code]) -> dict[str, Code]:
    return {code.code: code for code in codes}


#: A whole file set aside.
FILE_CODES = _by_code(
    [
        Code(
            "empty-file",
            "The file is empty (0 bytes). Export it again and drop it.",
            "文件为空(0 字节)。请重新导出后再放入。",
        ),
        Code(
            "unreadable-content",
            "This is not a kind of file that can be read ({kind}). Save it as CSV (UTF-8) or XLSX.",
            "无法读取这种文件({kind})。请另存为 CSV(UTF-8)或 XLSX。",
        ),
        Code(
            "html-not-a-workbook",
            "This is a web page (HTML) saved under a spreadsheet's "
            "name. Open it in Excel, save it as XLSX, drop it again.",
            "这是以表格文件名保存的网页(HTML)。请用 Excel 打开,另存为 XLSX 后重新放入。",
        ),
        Code(
            "xml-not-a-workbook",
            "This is XML saved under a spreadsheet's name. Open it in Excel, save it as XLSX, drop it again.",
            "这是以表格文件名保存的 XML。请用 Excel 打开,另存为 XLSX 后重新放入。",
        ),
        Code(
            "truncated-archive",
            "The compressed file ends too early: the upload broke off. Upload it again.",
            "压缩文件不完整,上传中断。请重新上传。",
        ),
        Code(
            "broken-archive",
            "The compressed file is damaged ({detail}). Compress and upload it again.",
            "压缩文件已损坏({detail})。请重新压缩并上传。",
        ),
        Code(
            "unsupported-archive",
            "Archives of this kind ({kind}) are not opened. Drop the file itself, or gzip it.",
            "不支持打开这种压缩包({kind})。请直接放入文件本身,或使用 gzip 压缩。",
        ),
        Code(
            "zip-bomb",
            "The file would grow from {packed} to {unpacked} bytes "
            "when opened, so it was not opened. Drop it in parts.",
            "该文件解压后会从 {packed} 字节膨胀到 {unpacked} 字节,因此未打开。请拆分后再放入。",
        ),
        Code(
            "password-protected",
            "The workbook is password protected. Remove the password and drop it again.",
            "该工作簿受密码保护。请取消密码后重新放入。",
        ),
        Code(
            "broken-workbook",
            "The workbook cannot be opened ({detail}). Save it again as XLSX and drop it.",
            "无法打开该工作簿({detail})。请重新另存为 XLSX 后放入。",
        ),
        Code(
            "sheet-not-found",
            "There is no sheet {sheet} in the workbook. It has: {found}. Name one of them in the feed.",
            "工作簿中没有名为 {sheet} 的工作表。现有:{found}。请在来源配置中写明其一。",
        ),
        Code(
            "broken-parquet",
            "The Parquet file cannot be read ({detail}). Write and drop it again.",
            "无法读取该 Parquet 文件({detail})。请重新生成后放入。",
        ),
        Code(
            "broken-json",
            "The JSON is broken at line {line}: {detail}. Mend it and drop it again.",
            "JSON 在第 {line} 行有错误:{detail}。请修正后重新放入。",
        ),
        Code(
            "records-not-found",
            "There are no rows at {records}. At that place the file has: {found}. Mend `records` in the feed.",
            "在 {records} 处没有找到数据行。该处现有:{found}。请修正来源配置中的 records。",
        ),
        Code(
            "unknown-encoding",
            "The characters cannot be told for sure: the file could be "
            "{candidates}. Save it as UTF-8, or name its encoding in the feed.",
            "无法确定字符编码,可能是 {candidates}。请另存为 UTF-8,或在来源配置中写明编码(encoding)。",
        ),
        Code(
            "header-not-found",
            "No header row was found ({detail}). Put the column "
            "names in one row, or name it by header_row in the feed.",
            "未找到标题行({detail})。请将列名放在同一行,或在来源配置中用 header_row 指定。",
        ),
        Code(
            "duplicate-header",
            "The feed needs a column that stands twice: {about}. Rename or delete one of them.",
            "来源配置所需的列出现了两次:{about}。请改名或删除其中一列。",
        ),
        Code(
            "merged-header",
            "The header row has merged cells ({cells}), so columns cannot be told apart. Unmerge them.",
            "标题行含有合并单元格({cells}),无法区分各列。请取消合并。",
        ),
        Code(
            "too-many-columns",
            "The file has {columns} columns; at most {limit} are read. Export only the columns needed.",
            "文件有 {columns} 列,最多读取 {limit} 列。请只导出需要的列。",
        ),
        Code(
            "unbalanced-quote",
            "A quotation mark opened at line {line} is never closed "
            "properly. Close or double it, and drop the file again.",
            "第 {line} 行的引号没有正确闭合。请补上或写成两个引号后重新放入文件。",
        ),
        Code(
            "no-feed",
            "No feed reads {path}. Write one that matches it, or drop the file where a feed looks.",
            "没有来源配置(feed)读取 {path}。请为其编写配置,或将文件放到已有配置匹配的位置。",
        ),
        Code(
            "mapping-doubtful",
            "No feed describes the file, and its columns could not be matched well enough: {about}. A proposed feed "
            "is in {proposal}: mend it and put it into policy/feeds/, and the file is read again.",
            "没有来源配置(feed)描述该文件,且其列无法可靠匹配:{about}。建议的配置在 {proposal}:修改后放入 policy/feeds/,"
            "文件会重新读取。",
        ),
        Code(
            "same-bytes",
            "The same bytes came before as {path} and were taken then; nothing to do.",
            "相同内容的文件此前已以 {path} 接收,无需处理。",
        ),
        Code(
            "missing-column",
            "The file lacks columns that its feed needs: {about}. "
            "Add them, or name them as they are called in the feed.",
            "文件缺少来源配置所需的列:{about}。请补上,或在配置中改用文件里的列名。",
        ),
        Code(
            "doubtful-date",
            "{about} can be read as two days, and no other value "
            "decides. Name the order in the feed's formats: dmy or mdy.",
            "{about} 可理解为两个不同的日期,且没有其他值可供判断。请在来源配置的 formats 中写明顺序:dmy 或 mdy。",
        ),
    ]
)

#: A row that could not be read; its text is kept.
ROW_CODES = _by_code(
    [
        Code(
            "ragged-row",
            "The row has {found} fields, the header has {expected}. Mend the delimiters or quote the field.",
            "该行有 {found} 个字段,标题行有 {expected} 个。请检查分隔符,或用引号括住字段。",
        ),
        Code(
            "bad-quote",
            "Text follows a closing quotation mark. Write a quotation mark inside a field twice.",
            "引号闭合后仍有文字。字段内的引号请写两次。",
        ),
        Code(
            "bad-bytes",
            "The row holds bytes that are not {encoding}. Save the file as UTF-8.",
            "该行含有不属于 {encoding} 的字节。请将文件另存为 UTF-8。",
        ),
        Code(
            "nul-byte",
            "The row holds NUL characters, which no database can keep. Export it again without them.",
            "该行含有空字符(NUL),数据库无法保存。请去除后重新导出。",
        ),
        Code(
            "lone-surrogate",
            "The row holds half of a character (a lone surrogate). Export it again as UTF-8.",
            "该行含有不完整的字符(孤立代理项)。请以 UTF-8 重新导出。",
        ),
        Code(
            "cell-too-long",
            "A field holds {found} characters; at most {limit} are kept. Shorten it.",
            "某字段有 {found} 个字符,最多保留 {limit} 个。请缩短内容。",
        ),
        Code("broken-json", "The line is not valid JSON: {detail}.", "该行不是有效的 JSON:{detail}。"),
        Code(
            "json-not-object",
            "The record is not a JSON object but {found}. Each record must be an object.",
            "该记录不是 JSON 对象,而是 {found}。每条记录必须是对象。",
        ),
        Code(
            "duplicate-key",
            "The key {field} stands twice in the record. Keep one of them.",
            "键 {field} 在记录中出现两次。请只保留一个。",
        ),
        Code(
            "json-number",
            "{value} is not a number that JSON knows. Leave the field out or write null.",
            "{value} 不是 JSON 认可的数字。请省略该字段或写为 null。",
        ),
        Code(
            "total-row",
            "The row sums up the rows above it, so it is no record. Nothing to do; leave totals out of exports.",
            "该行是上方数据的合计,不是一条记录。无需处理;导出时请去掉合计行。",
        ),
        Code(
            "repeated-header",
            "The row repeats the header, so it is no record. Nothing to do.",
            "该行重复了标题行,不是一条记录。无需处理。",
        ),
        Code("too-deep", "The record is nested too deeply. Flatten it.", "该记录嵌套过深。请展平后再导出。"),
    ]
)

#: A row that was read but cannot be used; its feed says what it needs.
USE_CODES = _by_code(
    [
        Code(
            "no-contact",
            "There is no e-mail address and no phone number, so the person cannot be reached. Fill one in.",
            "没有电子邮箱,也没有电话号码,无法联系此人。请至少填写一项。",
        ),
        Code(
            "bad-email",
            "{value} is not an e-mail address, and there is no other way to reach the person. Mend it.",
            "{value} 不是有效的电子邮箱,且没有其他联系方式。请修正。",
        ),
        Code(
            "bad-phone",
            "{value} is not a phone number, and there is no other "
            "way to reach the person. Mend it, with its country code.",
            "{value} 不是有效的电话号码,且没有其他联系方式。请修正并加上国家代码。",
        ),
        Code(
            "missing-value",
            "{field} is empty, and the row cannot be used without it. Fill it in.",
            "{field} 为空,缺少该值无法使用此行。请补充。",
        ),
        Code(
            "bad-date",
            "{value} is not a date or time ({field}). Write it as 2026-03-31 or 2026-03-31 14:05.",
            "{value} 不是有效的日期或时间({field})。请写成 2026-03-31 或 2026-03-31 14:05。",
        ),
        Code(
            "bad-number",
            "{value} is not a number ({field}). Write digits only, with the decimal mark of the feed.",
            "{value} 不是有效的数字({field})。请只写数字,小数点与来源配置一致。",
        ),
        Code(
            "negative-number",
            "{value} is below zero ({field}). Write the amount without a sign.",
            "{value} 小于零({field})。请填写不带负号的数值。",
        ),
        Code(
            "unknown-outcome",
            "{value} is not an outcome. Use converted, won, lost, junk "
            "or unreachable, or translate it with `values` in the feed.",
            "{value} 不是有效的结果。请使用 converted、won、lost、junk 或 unreachable,或在来源配置的 values 中翻译。",
        ),
    ]
)

#: A file left in the landing zone, or a path that is not a file.
LEFT_CODES = _by_code(
    [
        Code(
            "still-growing",
            "The file is still being written; the next run takes it.",
            "文件仍在写入,下次运行时读取。",
        ),
        Code(
            "vanished",
            "The file was gone before it could be read. Drop it again if it is still wanted.",
            "文件在读取之前已消失。如仍需要,请重新放入。",
        ),
        Code(
            "no-permission",
            "The file may not be read ({detail}). Give the pipeline read permission.",
            "没有读取该文件的权限({detail})。请授予读取权限。",
        ),
        Code(
            "not-a-file",
            "This is a {kind}, not a file, and is never followed or opened. Drop the file itself.",
            "这是{kind},不是普通文件,不会被打开。请放入文件本身。",
        ),
        Code(
            "ignored-name",
            "Names like this belong to unfinished uploads or to the system.",
            "此类名称属于未完成的上传或系统文件。",
        ),
    ]
)

#: File and row codes that share a name (broken-json) differ in place, so each answer says which it is.
CODES: dict[str, dict[str, Code]] = {"file": FILE_CODES, "row": ROW_CODES | USE_CODES, "left": LEFT_CODES}


class _Gaps(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "?"


def _shown(value: object) -> str:
    text = "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in str(value))
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "…"


def reason(code: str, language: str, values: Mapping[str, object] | None = None, place: str = "row") -> str:
    """The text of a code in a language; values are made printable and short, an unknown code is its own text.

    `place` is "file", "row" or "left".
    """
    found = CODES[place].get(code)
    if found is None:
        return code
    template = found.zh if language == "zh" else found.en
    given = {name: _shown(value) for name, value in (values or {}).items()}
    return string.Formatter().vformat(template, (), _Gaps(given))
