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
            "reader-failed",
            "The file is damaged in a way that its reader stumbles over ({detail}). Export it again and drop it.",
            "文件已损坏,读取时出错({detail})。请重新导出后再放入。",
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
            "Archives of this kind ({kind}) are not opened. Drop the file itself, or pack it as ZIP or gzip.",
            "不支持打开这种压缩包({kind})。请直接放入文件本身,或使用 ZIP 或 gzip 压缩。",
        ),
        Code(
            "empty-archive",
            "There is no file in the archive. Pack it again and drop it.",
            "压缩包中没有文件。请重新打包后放入。",
        ),
        Code(
            "too-many-members",
            "The archive holds {found} files; at most {limit} are taken. Drop it in parts.",
            "压缩包中有 {found} 个文件,最多接收 {limit} 个。请分批放入。",
        ),
        Code(
            "nested-archive",
            "This is an archive inside another one; only the outer one is opened. Unpack it and drop its files.",
            "这是压缩包中的压缩包,只打开最外层。请解压后直接放入其中的文件。",
        ),
        Code(
            "member-path",
            "The name {name} leads out of the archive, so this file was not taken. Pack it again under a plain name.",
            "名称 {name} 指向压缩包之外,因此未接收该文件。请以普通文件名重新打包。",
        ),
        Code(
            "member-not-a-file",
            "{name} is a link or a device in the archive, and is never followed. Pack the file itself.",
            "压缩包中的 {name} 是链接或设备,不会被打开。请打包文件本身。",
        ),
        Code(
            "member-encrypted",
            "{name} is encrypted. Pack it without a password and drop it again.",
            "{name} 已加密。请不设密码重新打包后放入。",
        ),
        Code(
            "member-name-twice",
            "The archive holds {name} twice, and which one counts cannot be told. Rename one of them.",
            "压缩包中有两个 {name},无法判断以哪个为准。请修改其中一个的名称。",
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
            "contract-changed",
            "The columns are not those of the feed's first file, and its contract is frozen: {about}. Drop the file "
            "with the columns agreed, or set `contract: evolve` in the feed.",
            "文件的列与该来源的首个文件不一致,而其约定已冻结(freeze):{about}。"
            "请按约定的列重新放入,或在来源配置中设置 contract: evolve。",
        ),
        Code(
            "contract-evolved",
            "Accepted. The columns are not those of the feed's first file: {about}.",
            "已接收。文件的列与该来源的首个文件不一致:{about}。",
        ),
        Code(
            "retracted",
            "The file was retracted on {on} ({why}), so none of its rows count. "
            "`sluice retract {file_id} --undo` takes it in again.",
            "该文件已于 {on} 撤回({why}),其中的数据均不计入。如需恢复,请运行 sluice retract {file_id} --undo。",
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
            "records-not-found",
            "There is nothing at {records} in this line. At that place it has: {found}.",
            "该行在 {records} 处没有数据。该处现有:{found}。",
        ),
        Code(
            "broken-form",
            "The line is no form post: write it as key=value&key=value, with %26 for an ampersand in a value.",
            "该行不是表单提交内容:请写成 key=value&key=value,值中的 & 请写为 %26。",
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
            "{value} is not an e-mail address, and the row cannot be used without one. Mend it.",
            "{value} 不是有效的电子邮箱,缺少该值无法使用此行。请修正。",
        ),
        Code(
            "bad-phone",
            "{value} is not a phone number, and the row cannot be used without one. Mend it, with its country code.",
            "{value} 不是有效的电话号码,缺少该值无法使用此行。请修正并加上国家代码。",
        ),
        Code(
            "bad-company-code",
            "{value} is no number of a company register, or its check digit is wrong. Mend it.",
            "{value} 不是有效的企业注册号,或校验位有误。请修正。",
        ),
        Code(
            "digits-lost",
            "A spreadsheet rounded the digits of {value} away ({field}), and the row cannot be used without them. "
            "Format the column as text and export it again.",
            "电子表格已将 {value} 的末位数字舍去({field}),缺少该值无法使用此行。请将该列设为文本格式后重新导出。",
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
            "test-row",
            "This is a test or a robot ({field} is {value}), so it is set aside and counted nowhere else.",
            "这是测试或机器人数据({field} 为 {value}),因此单独存放,不计入其他统计。",
        ),
        Code(
            "unknown-outcome",
            "{value} is not an outcome. Use converted, won, lost, junk "
            "or unreachable, or translate it with `values` in the feed.",
            "{value} 不是有效的结果。请使用 converted、won、lost、junk 或 unreachable,或在来源配置的 values 中翻译。",
        ),
    ]
)

#: What is said of a row that was used, where there is something to say.
ANSWER_CODES = _by_code(
    [
        Code(
            "repeated-row",
            "The same row came before ({path}, line {line}); it counts once.",
            "相同的数据此前已收到({path} 第 {line} 行),只计一次。",
        ),
        Code(
            "changed-row",
            "The row is known by its key ({path}, line {line}); what is new in it was taken over.",
            "该编号的数据此前已收到({path} 第 {line} 行),已按新内容更新。",
        ),
        Code(
            "same-person",
            "The same person as in {path}, line {line}: both rows are one lead.",
            "与 {path} 第 {line} 行是同一人,两行合并为一条线索。",
        ),
        Code(
            "possible-same-person",
            "This may be a person who is known already; the lead stands alone until somebody decides.",
            "可能与已有线索是同一人;在有人确认之前单独保留。",
        ),
    ]
)

#: What was put right on a row that is used, or left out of it.
REPAIR_CODES = _by_code(
    [
        Code("email-normalised", "{field}: written as one address (was {was})", "{field}:已规范为标准邮箱(原为 {was})"),
        Code(
            "phone-normalised",
            "{field}: written as an international number (was {was})",
            "{field}:已补全为国际格式(原为 {was})",
        ),
        Code(
            "bad-email", "{field}: left out, no e-mail address (was {was})", "{field}:不是有效邮箱,已留空(原为 {was})"
        ),
        Code("bad-phone", "{field}: left out, no phone number (was {was})", "{field}:不是有效电话,已留空(原为 {was})"),
        Code(
            "not-mended",
            "{field}: left out, not written as it should be (was {was})",
            "{field}:写法不规范,按规则已留空(原为 {was})",
        ),
        Code("bad-date", "{field}: left out, no date (was {was})", "{field}:不是有效日期,已留空(原为 {was})"),
        Code("bad-number", "{field}: left out, no number (was {was})", "{field}:不是有效数字,已留空(原为 {was})"),
        Code("negative-number", "{field}: left out, below zero (was {was})", "{field}:小于零,已留空(原为 {was})"),
        Code(
            "digits-lost",
            "{field}: left out, a spreadsheet rounded its digits away (was {was})",
            "{field}:末位数字已被电子表格舍去,已留空(原为 {was})",
        ),
        Code(
            "company-code-normalised",
            "{field}: written as one registry number (was {was})",
            "{field}:已规范为标准注册号(原为 {was})",
        ),
        Code(
            "bad-company-code",
            "{field}: left out, no registry number or its check digit is wrong (was {was})",
            "{field}:不是有效注册号或校验位有误,已留空(原为 {was})",
        ),
        Code(
            "cell-error",
            "{field}: left out, the cell shows an error (was {was})",
            "{field}:单元格显示错误,已留空(原为 {was})",
        ),
        Code(
            "formula-without-value",
            "{field}: left out, a formula whose result the file does not hold (was {was})",
            "{field}:文件中没有该公式的计算结果,已留空(原为 {was})",
        ),
        Code(
            "line-unwrapped",
            "the line was wrapped whole in quotation marks; they were taken off",
            "整行被引号包住,已去除外层引号",
        ),
        Code(
            "quote-escaped",
            "a backslash before a quotation mark was read as part of it",
            "引号前的反斜杠已按转义符读取",
        ),
        Code(
            "ambiguous-local-time",
            "{field}: the clocks went back then, the earlier hour was taken (was {was})",
            "{field}:当时正值夏令时结束,按较早的时刻处理(原为 {was})",
        ),
        Code(
            "nonexistent-local-time",
            "{field}: the clocks skipped that hour, the time was moved behind it (was {was})",
            "{field}:当时正值夏令时开始,已顺延(原为 {was})",
        ),
        Code(
            "text-decoded",
            "{field}: was text decoded in the wrong encoding, put right (was {was})",
            "{field}:文字曾以错误的编码解码,已还原(原为 {was})",
        ),
        Code(
            "text-garbled",
            "{field}: looks like text decoded in the wrong encoding, but cannot be put right for sure (is {was})",
            "{field}:文字疑似以错误的编码解码,无法确定还原,保持原样({was})",
        ),
    ]
)

#: What is said of one column, inside the reason of a file.
COLUMN_CODES = _by_code(
    [
        Code("new-column", "new column {column}", "新增列 {column}"),
        Code("gone-column", "column {column} is missing", "缺少列 {column}"),
        Code(
            "changed-type", "column {column} holds {found} instead of {expected}", "列 {column} 由{expected}变为{found}"
        ),
        Code(
            "needed-column",
            "{column} (expected {expected}; nearest in the file: {nearest})",
            "{column}(应为 {expected};文件中最接近的是 {nearest})",
        ),
    ]
)

#: What is noted of an accepted file, beside its code.
NOTE_CODES = _by_code(
    [
        Code(
            "guessed-columns",
            "No feed describes the file; its columns were taken for: {columns}.",
            "没有来源配置描述该文件;各列被识别为:{columns}。",
        ),
        Code(
            "other-sheets",
            "Only the sheet {sheet} was read. Not read, with their rows: {others}. Name another one by sheet in the "
            "feed, or drop each sheet as a file.",
            "只读取了工作表 {sheet}。未读取的工作表(及行数):{others}。"
            "可在来源配置中用 sheet 指定,或将各表分别存为文件放入。",
        ),
        Code(
            "macros-ignored",
            "The workbook has macros; only its values were read and nothing was run.",
            "该工作簿含有宏;只读取了单元格的值,未运行任何宏。",
        ),
    ]
)

#: Codes of rows that are fine and yet kept out on purpose: answered `suppressed`, not `rejected`.
SUPPRESSED = {"retracted", "test-row"}

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
    ]
)

#: File and row codes that share a name (broken-json) differ in place, so each answer says which it is.
CODES: dict[str, dict[str, Code]] = {
    "file": FILE_CODES,
    "row": ROW_CODES | USE_CODES,
    "answer": ANSWER_CODES,
    "repair": REPAIR_CODES,
    "column": COLUMN_CODES,
    "note": NOTE_CODES,
    "left": LEFT_CODES,
}


class Composed(str):
    """A value made of texts that are printable and short already, however many they are."""


class _Gaps(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "?"


def _shown(value: object) -> str:
    if isinstance(value, Composed):
        return str(value)
    text = "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in str(value))
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "…"


def reason(code: str, language: str, values: Mapping[str, object] | None = None, place: str = "row") -> str:
    """The text of a code in a language; values are made printable and short, an unknown code is its own text.

    `place` is a key of :data:`CODES`.
    """
    found = CODES[place].get(code)
    if found is None:
        return code
    template = found.zh if language == "zh" else found.en
    given = {name: _shown(value) for name, value in (values or {}).items()}
    return string.Formatter().vformat(template, (), _Gaps(given))
