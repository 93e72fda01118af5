"""What is said of rows: not read, not usable, known before, or used with something put right."""

from __future__ import annotations

from sources.code import Code, by_code

#: A row that could not be read; its text is kept.
ROW_CODES = by_code(
    [
        Code(
            "ragged-row",
            "The row has {found} fields, the header has {expected}. Mend the delimiters or quote the field. In a "
            "receipt surplus fields stand under sluice_field_N: move them to where they belong, or empty them. "
            "Where a missing field is meant to be empty, empty sluice_fields, which says how many there were.",
            "该行有 {found} 个字段,标题行有 {expected} 个。请检查分隔符,或用引号括住字段。"
            "在回执中,多出的字段位于 sluice_field_N 列:请移到应在的列,或清空。"
            "缺少的字段若本应为空,请清空 sluice_fields(该列为原有字段数)。",
        ),
        Code(
            "bad-quote",
            "Text follows a closing quotation mark. Write a quotation mark inside a field twice.",
            "引号闭合后仍有文字。字段内的引号请写两次。",
        ),
        Code(
            "open-quote",
            "A quotation mark is opened in the last line and never closed: the rest may be missing. "
            "Close it or write it twice.",
            "最后一行的引号没有闭合,后面的内容可能缺失。请补上闭合引号,或将引号写两次。",
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
            "note-row",
            "The line is a note below the table, so it is no record. Nothing to do; leave notes out of exports.",
            "该行是表格下方的附注,不是一条记录。无需处理;导出时请去掉附注。",
        ),
        Code(
            "repeated-header",
            "The row repeats the header, so it is no record. Nothing to do.",
            "该行重复了标题行,不是一条记录。无需处理。",
        ),
        Code("too-deep", "The record is nested too deeply. Flatten it.", "该记录嵌套过深。请展平后再导出。"),
        Code(
            "erased",
            "The person was erased on request; nothing of the line is kept. Nothing to do; leave the person out of "
            "later files.",
            "已应要求删除此人的数据,该行内容不再保留。无需处理;后续文件中请勿再包含此人。",
        ),
    ]
)

#: A row that was read but cannot be used; its feed says what it needs.
USE_CODES = by_code(
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
            "future-date",
            "{value} lies too far ahead of the day the file was received ({field}). Write the real time, or leave it "
            "empty; what is taken stands under limits in business.yaml.",
            "{value} 比收到文件的日期晚太多({field})。请填写真实时间或留空;允许的范围见 business.yaml 的 limits。",
        ),
        Code(
            "doubtful-local-time",
            "{value} is an hour that the clocks repeat or skip ({field}), and which instant is meant cannot be told. "
            "Write it with its zone, such as 2026-10-25T02:30+02:00.",
            "{value} 正值夏令时切换({field}),无法确定是哪个时刻。请写明时区,如 2026-10-25T02:30+02:00。",
        ),
        Code(
            "bad-number",
            "{value} is not a number ({field}). Write digits only, with the decimal mark of the feed.",
            "{value} 不是有效的数字({field})。请只写数字,小数点与来源配置一致。",
        ),
        Code(
            "doubtful-number",
            "Whether the mark in {value} groups thousands or begins decimals cannot be told ({field}). Say "
            'decimal: "." or decimal: "," under formats in the feed.',
            "无法判断 {value} 中的符号是千位分隔符还是小数点({field})。请在来源配置的 formats 中写明 "
            'decimal: "." 或 decimal: ","。',
        ),
        Code(
            "not-whole",
            "{value} is not a whole number ({field}). Write one without decimals.",
            "{value} 不是整数({field})。请填写不带小数的数值。",
        ),
        Code(
            "number-too-large",
            "{value} is more than is taken for {field}. Write the real number, or raise max_values under limits in "
            "business.yaml.",
            "{value} 超出 {field} 允许的上限。请填写真实数值,或在 business.yaml 的 limits 中调高 max_values。",
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
        Code(
            "unknown-decision",
            "{value} says neither same nor different. Write one of the two, or leave the cell empty.",
            "{value} 既不是“同一人”也不是“不同”。请填写其中之一,或留空。",
        ),
        Code(
            "unknown-record",
            "{value} is no pair of records that are known. Leave the ids as they were in the review file.",
            "{value} 不是两条已知的记录。请勿改动复核文件中的记录编号。",
        ),
    ]
)

#: What is said of a row that was used, where there is something to say.
ANSWER_CODES = by_code(
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
            "do-not-contact",
            "The person asked not to be contacted, in {path}, line {line}; that holds for all their rows.",
            "该人已在 {path} 第 {line} 行表示请勿联系,对其所有数据均有效。",
        ),
        Code(
            "not-yet-known",
            "The row is fine; as its feed says when rows are known, it counts from {on} on.",
            "该行数据有效;按来源配置的已知时间(received),自 {on} 起计入。",
        ),
        Code(
            "possible-same-person",
            "This may be a person who is known already; the lead stands alone until somebody decides.",
            "可能与已有线索是同一人;在有人确认之前单独保留。",
        ),
        Code(
            "decided-same",
            "The two records are the same from now on.",
            "两条记录自此视为同一人。",
        ),
        Code(
            "decided-different",
            "The two records are different from now on.",
            "两条记录自此视为不同的人。",
        ),
        Code(
            "decided-otherwise",
            "Another decision about the two records counts: a later one, or one of the same time that says different.",
            "对这两条记录另有相反的决定:以较晚的为准;同时作出的,以“不同”为准。",
        ),
        Code("still-open", "Nothing is filled in; the pair stays open.", "未填写,该对记录仍待确认。"),
    ]
)

#: What was put right on a row that is used, or left out of it.
REPAIR_CODES = by_code(
    [
        Code("email-normalised", "{field}: written as one address (was {was})", "{field}:已规范为标准邮箱(原为 {was})"),
        Code(
            "phone-normalised",
            "{field}: written as an international number (was {was})",
            "{field}:已补全为国际格式(原为 {was})",
        ),
        Code(
            "phone-without-country",
            "{field}: kept as its digits, its country or area code is not known (was {was})",
            "{field}:国家代码或区号未知,仅保留数字(原为 {was})",
        ),
        Code(
            "extension-unused",
            "{field}: left out, it is no extension of the telephone of its row (was {was})",
            "{field}:不是本行电话的分机号,已留空(原为 {was})",
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
        Code(
            "future-date",
            "{field}: left out, too far ahead of the day the file was received (was {was})",
            "{field}:比收到文件的日期晚太多,已留空(原为 {was})",
        ),
        Code("bad-number", "{field}: left out, no number (was {was})", "{field}:不是有效数字,已留空(原为 {was})"),
        Code(
            "doubtful-number",
            "{field}: left out, its mark may group thousands or begin decimals; "
            'decimal: "." or decimal: "," under formats in the feed decides (was {was})',
            "{field}:无法判断其中的符号是千位分隔符还是小数点,已留空;"
            '请在来源配置的 formats 中写明 decimal: "." 或 decimal: ","(原为 {was})',
        ),
        Code("not-whole", "{field}: left out, not a whole number (was {was})", "{field}:不是整数,已留空(原为 {was})"),
        Code("negative-number", "{field}: left out, below zero (was {was})", "{field}:小于零,已留空(原为 {was})"),
        Code(
            "number-too-large",
            "{field}: left out, more than is taken for it (was {was})",
            "{field}:超出允许的上限,已留空(原为 {was})",
        ),
        Code(
            "currency-dropped",
            "{field}: kept as its number alone, in another currency than the row's (was {was})",
            "{field}:仅保留数值,其货币与该行货币不同(原为 {was})",
        ),
        Code(
            "says-nothing",
            "{field}: left out, it says nothing (was {was})",
            "{field}:没有实际内容,已留空(原为 {was})",
        ),
        Code(
            "excel-text",
            "{field}: taken out of a formula that keeps spreadsheets from changing it (was {was})",
            "{field}:已去除防止电子表格改动的公式外壳(原为 {was})",
        ),
        Code(
            "text-mark",
            "{field}: without the apostrophe by which spreadsheets are told that a cell is text (was {was})",
            "{field}:已去除电子表格用于标记文本的前置单引号(原为 {was})",
        ),
        Code(
            "number-normalised",
            "{field}: written as a number without its unit, or the dash behind it (was {was})",
            "{field}:已换算或规范为纯数字(原为 {was})",
        ),
        Code(
            "unit-of-column",
            "{field}: multiplied by the unit in the name of its column (was {was})",
            "{field}:已按列名中的单位换算(原为 {was})",
        ),
        Code(
            "digits-lost",
            "{field}: left out, a spreadsheet rounded its digits away (was {was})",
            "{field}:末位数字已被电子表格舍去,已留空(原为 {was})",
        ),
        Code(
            "name-split",
            "{field}: family name and given name taken apart (was {was})",
            "{field}:已拆分为姓与名(原为 {was})",
        ),
        Code(
            "currency-normalised",
            "{field}: written as its code (was {was})",
            "{field}:已写为货币代码(原为 {was})",
        ),
        Code(
            "unknown-currency",
            "{field}: no currency is known by this alone, so its amounts are not converted (is {was})",
            "{field}:无法据此确定货币,金额不予折算({was})",
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
            "later-local-time",
            "{field}: the clocks went back then, the later hour was taken (was {was})",
            "{field}:当时正值夏令时结束,按较晚的时刻处理(原为 {was})",
        ),
        Code(
            "doubtful-local-time",
            "{field}: left out, the clocks repeat or skip that hour (was {was})",
            "{field}:正值夏令时切换,无法确定时刻,已留空(原为 {was})",
        ),
        Code(
            "nonexistent-local-time",
            "{field}: the clocks skipped that hour, the time was moved behind it (was {was})",
            "{field}:当时正值夏令时开始,已顺延(原为 {was})",
        ),
        Code(
            "unclear-zone",
            "{field}: the zone beside the time is not known or stands for several, so the usual one was taken "
            "(was {was})",
            "{field}:时间旁的时区无法识别或有多种含义,已按默认时区处理(原为 {was})",
        ),
        Code(
            "zone-of-row",
            "{field}: read in the time zone that its row says, which is not the usual one (was {was})",
            "{field}:已按该行注明的时区读取,而非默认时区(原为 {was})",
        ),
        Code(
            "unread-time",
            "{field}: the time of day beside the day could not be read, so midnight was taken (was {was})",
            "{field}:日期旁的时间无法识别,已按零点处理(原为 {was})",
        ),
        Code(
            "serial-date",
            "{field}: read as a day as spreadsheets count them (was {was})",
            "{field}:已按电子表格的日期序号读取(原为 {was})",
        ),
        Code(
            "part-erased",
            "a part of the line that told of somebody else was erased on request",
            "已应要求删除该行中涉及他人的部分内容",
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

#: Codes of rows that are no records, and so nobody's mistake.
NO_RECORDS = {"note-row", "repeated-header", "total-row"}

#: Codes of rows that are fine and yet kept out on purpose: answered `suppressed`, not `rejected`.
SUPPRESSED = {"cut-short", "erased", "replaced", "retracted", "test-row"}
