"""What is said of files: refused, left in the landing zone, or accepted with a note on them or on their columns."""

from __future__ import annotations

from sources.code import Code, by_code

#: A whole file set aside.
FILE_CODES = by_code(
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
            "sheets-alike",
            "The sheets {sheets} have the same columns, or nearly, and only one can be read. Put all rows into one "
            "sheet, or drop each sheet as a file of its own; if only one counts, name it by sheet in the feed.",
            "工作表 {sheets} 的列相同或大致相同,而只能读取其中一个。请将所有行合并到一个工作表,或将各表分别存为"
            "文件放入;如只需其中一个,请在来源配置中用 sheet 指定。",
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
            "json-of-columns",
            "The JSON holds whole columns, or rows under addresses as their keys, where rows should be (at {records}). "
            "Write an array with one object for each row (pandas: orient=records), and drop the file again.",
            "JSON 中存放的是整列数据,或以地址为键的行(位于 {records}),而不是数据行。请写成数组,每行一个对象"
            "(pandas:orient=records),然后重新放入文件。",
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
            "no-column-names",
            "There is no line with column names: in their place, column {column} holds an e-mail address or a "
            "telephone number. Add one above the first row, e.g. Name,Email,Phone,Company, and drop the file again; "
            "if it stands further down, name it by header_row in the feed.",
            "文件缺少列名行:在列名的位置上,第 {column} 列是电子邮箱或电话号码。请在首行上方补上列名,"
            "例如 姓名,邮箱,电话,公司,然后重新放入;如列名行在下方,请在来源配置中用 header_row 指定。",
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
            "file-too-large",
            "The file has {found} bytes; its feed allows {limit}. If it is meant, raise `max_bytes` in the feed, or "
            "run `sluice run --allow-large`.",
            "文件有 {found} 字节,来源配置允许 {limit} 字节。如确需接收,请在来源配置中调高 max_bytes,"
            "或运行 sluice run --allow-large。",
        ),
        Code(
            "too-many-rows",
            "The file has {found} rows; its feed allows {limit}. If it is meant, raise `max_rows` in the feed, or "
            "run `sluice run --allow-large`.",
            "文件有 {found} 行,来源配置允许 {limit} 行。如确需接收,请在来源配置中调高 max_rows,"
            "或运行 sluice run --allow-large。",
        ),
        Code(
            "new-version",
            "A file of this name came on {on} with other content ({file_id}), and its feed asks before one takes the "
            "place of the other. Retract the earlier one (`sluice retract {file_id}`), or set `new_version: append` "
            "or `replace` in the feed.",
            "同名文件已于 {on} 接收,但内容不同({file_id}),该来源要求先确认。请撤回较早的文件(sluice retract {file_id}),"
            "或在来源配置中设置 new_version: append 或 replace。",
        ),
        Code(
            "replaced",
            "A newer version of this file came on {on} ({file_id}) and took its place, as its feed says "
            "(`new_version: replace`); none of these rows count any more.",
            "该文件的新版本已于 {on} 接收({file_id})并取代它(new_version: replace),本文件的数据不再计入。",
        ),
        Code(
            "cut-short",
            "The file was taken while it was still being written and broke off within a line. It came whole on {on} "
            "({file_id}) and counts as that; none of these rows count any more. Write files elsewhere and move them "
            "here when they are done, or drop a .done file beside them.",
            "接收时该文件尚未写完,最后一行不完整。完整文件已于 {on} 接收({file_id})并取代它,本文件的数据不再计入。"
            "请在别处写完后再移入,或在旁边放入 .done 文件。",
        ),
        Code(
            "unbalanced-quote",
            "A quotation mark opened at line {line} is never closed "
            "properly. Close or double it, and drop the file again.",
            "第 {line} 行的引号没有正确闭合。请补上或写成两个引号后重新放入文件。",
        ),
        Code(
            "no-feed",
            "No feed reads {path}.{nearest} Write one that matches the file (`sluice map`), or drop it where a feed "
            "looks.",
            "没有来源配置(feed)读取 {path}。{nearest}请为其编写配置(sluice map),或将文件放到已有配置匹配的位置。",
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
            "The same bytes came as {path} too, and are answered there.",
            "相同内容的文件也以 {path} 放入,处理结果见该文件。",
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
            "too-many-rejected",
            "{found} of {rows} rows cannot be used ({share}), and more than {limit} sets the whole file aside. Most "
            "are of the column {column}: {count} rows, {code}. Mend them and drop the file again, or raise "
            "`max_rejected_share` in the feed (or under limits in business.yaml), and the other rows are taken.",
            "{rows} 行中有 {found} 行无法使用({share}),超过 {limit} 时整个文件不予接收。问题最多的列是 {column}:"
            "{count} 行,{code}。请修正后重新放入,或在来源配置(或 business.yaml 的 limits)中调高 max_rejected_share,"
            "其余各行即可接收。",
        ),
        Code(
            "contract-evolved",
            "Accepted. The columns are not those of the feed's first file: {about}.",
            "已接收。文件的列与该来源的首个文件不一致:{about}。",
        ),
        Code(
            "values-left-out",
            "Accepted. Values that could not be read, or that can be read in two ways, were left out of their rows: "
            "{about}. Mend them, or say how they are written (`formats` in the feed).",
            "已接收。部分值无法识别或有多种读法,已留空:{about}。请修正,或在来源配置的 formats 中说明写法。",
        ),
        Code(
            "retracted",
            "The file was retracted on {on} ({why}), so none of its rows count. "
            "`sluice retract {file_id} --undo` takes it in again.",
            "该文件已于 {on} 撤回({why}),其中的数据均不计入。如需恢复,请运行 sluice retract {file_id} --undo。",
        ),
        Code(
            "receipt-failed",
            "The lines of the file could not be answered one by one ({detail}); what became of the file stands in "
            "the table source_files, and of its rows in lead_records and rejected_rows. The next run tries again.",
            "无法逐行答复该文件({detail});文件的处理结果见 source_files 表,"
            "各行的结果见 lead_records 和 rejected_rows 表。下次运行时会重试。",
        ),
        Code(
            "other-date-order",
            "{about} is not written in the order of day and month that the name of its column says. Mend the name, or "
            "name the order in the feed's formats: dmy or mdy.",
            "{about} 与列名所写的日、月顺序不符。请更正列名,或在来源配置的 formats 中写明顺序:dmy 或 mdy。",
        ),
        Code(
            "doubtful-date",
            "{about} can be read as two days, and no other value "
            "decides. Name the order in the feed's formats: dmy or mdy.",
            "{about} 可理解为两个不同的日期,且没有其他值可供判断。请在来源配置的 formats 中写明顺序:dmy 或 mdy。",
        ),
    ]
)

#: What is said of one column, or of all of them, inside the reason of a file.
COLUMN_CODES = by_code(
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
        Code(
            "nearest-feed",
            "The nearest by its columns is {feed} (lacking: {missing}).",
            "按列名最接近的是 {feed}(缺少:{missing})。",
        ),
        Code("fitting-feed", "Its columns are those of {feed}.", "其列名与 {feed} 相符。"),
    ]
)

#: What is noted of an accepted file, beside its code.
NOTE_CODES = by_code(
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
            "links-ignored",
            "The workbook refers to others ({count} links); none was opened, its cells are read as they were saved.",
            "该工作簿引用了其他文件({count} 个链接);未打开任何链接,单元格按保存时的值读取。",
        ),
        Code(
            "macros-ignored",
            "The workbook has macros; only its values were read and nothing was run.",
            "该工作簿含有宏;只读取了单元格的值,未运行任何宏。",
        ),
        Code(
            "notes-below",
            "Below the table, from line {line} on, stand notes (lines: {lines}); they were taken for no records.",
            "表格下方自第 {line} 行起为附注(共 {lines} 行),未作为记录处理。",
        ),
    ]
)

#: A file left in the landing zone, or a path that is not a file.
LEFT_CODES = by_code(
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
