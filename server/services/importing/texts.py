"""The texts of the import, by code: English, Simplified Chinese, Traditional Chinese."""

from __future__ import annotations

from server.services.importing.warning_texts import WARNINGS
from sync_protocol.fields import Labels

PROBLEMS = {
    "file.empty": Labels("The file is empty.", "文件是空的。", "檔案是空的。"),
    "file.too-large": Labels(
        "The file has {megabytes} MB; at most {limit} MB are taken at once. Split it, for example by year.",
        "文件有 {megabytes} MB，一次最多 {limit} MB。请拆分，例如按年份。",
        "檔案有 {megabytes} MB，一次最多 {limit} MB。請拆分，例如按年份。",
    ),
    "file.xls": Labels(
        "This is an old Excel workbook (.xls), or one with a password. Open it in Excel or LibreOffice, choose «Save as», "
        "type «Excel workbook (.xlsx)», without a password, and import that file.",
        "这是旧版 Excel 工作簿（.xls）或带密码的工作簿。请用 Excel、WPS 或 LibreOffice 打开，选择“另存为”，"
        "类型选“Excel 工作簿 (.xlsx)”，不设密码，再导入该文件。",
        "這是舊版 Excel 活頁簿（.xls）或有密碼的活頁簿。請用 Excel 或 LibreOffice 開啟，選擇「另存新檔」，"
        "類型選「Excel 活頁簿 (.xlsx)」，不設密碼，再匯入該檔案。",
    ),
    "file.other": Labels(
        "This is a {kind} file. Save the table as .xlsx or .csv and import that.",
        "这是 {kind} 文件。请把表格另存为 .xlsx 或 .csv 再导入。",
        "這是 {kind} 檔案。請把表格另存為 .xlsx 或 .csv 再匯入。",
    ),
    "workbook.damaged": Labels(
        "The workbook is damaged. Open it in Excel or LibreOffice, save it again as .xlsx, and import that.",
        "工作簿已损坏。请用 Excel、WPS 或 LibreOffice 打开，重新另存为 .xlsx 再导入。",
        "活頁簿已損壞。請用 Excel 或 LibreOffice 開啟，重新另存為 .xlsx 再匯入。",
    ),
    "workbook.bomb": Labels(
        "The workbook would unfold to more than {megabytes} MB, or far more than its size explains. Save the one table you "
        "want to import as .csv.",
        "工作簿解压后超过 {megabytes} MB，或与其大小不相称。请把要导入的表格另存为 .csv。",
        "活頁簿解壓縮後超過 {megabytes} MB，或與其大小不相稱。請把要匯入的表格另存為 .csv。",
    ),
    "workbook.other": Labels(
        "This is not an Excel workbook (.xlsx). Save the table as .xlsx or .csv and import that.",
        "这不是 Excel 工作簿（.xlsx）。请把表格另存为 .xlsx 或 .csv 再导入。",
        "這不是 Excel 活頁簿（.xlsx）。請把表格另存為 .xlsx 或 .csv 再匯入。",
    ),
    "encoding.unknown": Labels(
        "The characters of the file cannot be read. Save it as UTF-8, or say how it is encoded (for example gb18030, big5, cp1252).",
        "无法识别文件的字符编码。请存为 UTF-8，或说明编码（例如 gb18030、big5、cp1252）。",
        "無法辨識檔案的字元編碼。請存為 UTF-8，或說明編碼（例如 gb18030、big5、cp1252）。",
    ),
    "encoding.wrong": Labels(
        "The file cannot be read as {encoding}.", "无法按 {encoding} 读取文件。", "無法按 {encoding} 讀取檔案。"
    ),
    "rows.too-many": Labels(
        "The file has more than {limit} rows. Split it, for example by year.",
        "文件超过 {limit} 行。请拆分，例如按年份。",
        "檔案超過 {limit} 列。請拆分，例如按年份。",
    ),
    "columns.too-many": Labels(
        "Line {line} has more than {limit} columns.", "第 {line} 行超过 {limit} 列。", "第 {line} 列超過 {limit} 欄。"
    ),
    "quote.open": Labels(
        'A quotation mark (") that opens in line {line} is not closed where its cell ends. Correct that line and import again.',
        '第 {line} 行的引号 (") 没有在单元格末尾闭合。请改正该行后重新导入。',
        '第 {line} 列的引號 (") 沒有在儲存格末尾閉合。請改正該列後重新匯入。',
    ),
    "nothing.recognised": Labels(
        "No column was recognised. The columns are: {columns}. Say which is which, first of all: which is {field}?",
        "没有识别出任何列。文件的列：{columns}。请指明各列含义，首先：哪一列是{field}？",
        "沒有辨識出任何欄。檔案的欄：{columns}。請指明各欄含義，首先：哪一欄是{field}？",
    ),
    "column.unknown": Labels(
        "The file has no column «{column}». Its columns are: {columns}.",
        "文件没有“{column}”这一列。文件的列：{columns}。",
        "檔案沒有「{column}」這一欄。檔案的欄：{columns}。",
    ),
    "target.unknown": Labels(
        "«{target}» is no field that can be imported. The nearest are: {nearest}.",
        "“{target}”不是可以导入的字段。最接近的是：{nearest}。",
        "「{target}」不是可以匯入的欄位。最接近的是：{nearest}。",
    ),
    "questions.open": Labels(
        "Nothing was written: {count} questions are open.",
        "没有写入任何内容：还有 {count} 个问题待回答。",
        "沒有寫入任何內容：還有 {count} 個問題待回答。",
    ),
    "write.refused": Labels(
        "The server refused a set of changes: {reasons}. What was written before stands; import the file again when it is corrected.",
        "服务器拒绝了一组更改：{reasons}。此前写入的保留；改正后请再次导入该文件。",
        "伺服器拒絕了一組變更：{reasons}。此前寫入的保留；改正後請再次匯入該檔案。",
    ),
}

REASONS = {
    "required": Labels("is missing", "缺少", "缺少"),
    "cell.error": Labels(
        "{value} is an Excel error, not a value", "{value} 是 Excel 错误，不是值", "{value} 是 Excel 錯誤，不是值"
    ),
    "digits.lost": Labels(
        "{value}: a spreadsheet turned this number into an exponent and dropped digits; export it as text",
        "{value}：电子表格把它变成了科学计数法并丢失了数字，请按文本导出",
        "{value}：試算表把它變成了科學記號並遺失了數字，請按文字匯出",
    ),
    "date.unreadable": Labels("«{value}» is not a date", "“{value}”不是日期", "「{value}」不是日期"),
    "date.none": Labels("there is no day «{value}»", "不存在“{value}”这一天", "不存在「{value}」這一天"),
    "date.order": Labels(
        "«{value}» does not fit the order of day and month in the rest of the column ({order})",
        "“{value}”与该列其余日期的日月顺序（{order}）不符",
        "「{value}」與該欄其餘日期的日月順序（{order}）不符",
    ),
    "number.unreadable": Labels("«{value}» is not a number", "“{value}”不是数字", "「{value}」不是數字"),
    "number.mark": Labels(
        "«{value}» does not fit the decimal mark of the column ({mark})",
        "“{value}”与该列的小数点（{mark}）不符",
        "「{value}」與該欄的小數點（{mark}）不符",
    ),
    "number.range": Labels("«{value}» is too large a number", "“{value}”数值过大", "「{value}」數值過大"),
    "number.whole": Labels("«{value}» is not a whole number", "“{value}”不是整数", "「{value}」不是整數"),
    "count.range": Labels("is below the least that is allowed", "小于允许的最小值", "小於允許的最小值"),
    "decimal.format": Labels("is not a decimal number that can be kept", "不是可保存的小数", "不是可保存的小數"),
    "integer.range": Labels("is too large", "过大", "過大"),
    "money.range": Labels("«{value}» is too large an amount", "“{value}”金额过大", "「{value}」金額過大"),
    "money.currency": Labels(
        "«{value}» is not in {currency}, the currency of the company",
        "“{value}”不是公司的币种 {currency}",
        "「{value}」不是公司的幣別 {currency}",
    ),
    "coordinate.format": Labels("«{value}» is not a coordinate", "“{value}”不是坐标", "「{value}」不是座標"),
    "flag.unreadable": Labels(
        "«{value}» is neither yes nor no", "“{value}”不是“是”或“否”", "「{value}」不是「是」或「否」"
    ),
    "phone.format": Labels("«{value}» is not a phone number", "“{value}”不是电话号码", "「{value}」不是電話號碼"),
    "text.too-long": Labels("is too long", "过长", "過長"),
    "text.control-character": Labels(
        "holds characters that cannot be kept", "含有无法保存的字符", "含有無法保存的字元"
    ),
    "customer.missing": Labels(
        "nothing says which customer this is: neither code nor name", "没有客户编码或名称", "沒有客戶編號或名稱"
    ),
    "customer.unknown": Labels(
        "no customer «{value}» in the file or in Roundbook, and the row has no name to make one",
        "文件和系统中都没有客户“{value}”，该行也没有名称可供新建",
        "檔案和系統中都沒有客戶「{value}」，該列也沒有名稱可供新建",
    ),
    "customer.ambiguous": Labels(
        "{count} customers are called «{value}»: give the customer code",
        "有 {count} 个客户名为“{value}”：请提供客户编码",
        "有 {count} 個客戶名為「{value}」：請提供客戶編號",
    ),
    "product.missing": Labels(
        "nothing says which product this is: neither code nor name", "没有商品编码或名称", "沒有商品編號或名稱"
    ),
    "order.date-missing": Labels("the order has no date", "订单没有日期", "訂單沒有日期"),
    "order.mixed": Labels(
        "order {number} already belongs to another customer or day",
        "订单 {number} 已属于其他客户或日期",
        "訂單 {number} 已屬於其他客戶或日期",
    ),
    "row.nothing": Labels("nothing in this row can be used", "该行没有可用的内容", "該列沒有可用的內容"),
    "row.wide": Labels(
        "the row has {count} cells more than the heading: a delimiter inside a text without quotation marks?",
        "该行比表头多 {count} 个单元格：文本内的分隔符是否缺少引号？",
        "該列比表頭多 {count} 個儲存格：文字內的分隔符號是否缺少引號？",
    ),
    "value.left": Labels(
        "{column}: {reason}; the row was taken without this value",
        "{column}：{reason}；该行已导入，但不含此值",
        "{column}：{reason}；該列已匯入，但不含此值",
    ),
    "field.reason": Labels("{column}: {reason}", "{column}：{reason}", "{column}：{reason}"),
}

QUESTIONS = {
    "ask.date-order": Labels(
        "«{column}»: is {value} in the order day/month/year or month/day/year?",
        "“{column}”：{value} 的顺序是日/月/年还是月/日/年？",
        "「{column}」：{value} 的順序是日/月/年還是月/日/年？",
    ),
    "ask.column": Labels(
        "«{column}» ({samples}) may be {fields}. Which is it?",
        "“{column}”（{samples}）可能是{fields}。是哪一个？",
        "「{column}」（{samples}）可能是{fields}。是哪一個？",
    ),
    "ask.twice": Labels(
        "{columns} are both {field}. Which one counts?",
        "{columns} 都是{field}。以哪一列为准？",
        "{columns} 都是{field}。以哪一欄為準？",
    ),
    "ask.missing": Labels(
        "Which column is {field}? Without it no {what} can be imported.",
        "哪一列是{field}？没有它无法导入{what}。",
        "哪一欄是{field}？沒有它無法匯入{what}。",
    ),
    "ask.missing-of": Labels(
        "Which column is {field}? Without it no {what} can be imported. It may be {columns}.",
        "哪一列是{field}？没有它无法导入{what}。可能是 {columns}。",
        "哪一欄是{field}？沒有它無法匯入{what}。可能是 {columns}。",
    ),
    "ask.no-name": Labels(
        "No column is {field}, and no customer is there yet. Which column is it, or are the customers to be called by their code?",
        "没有{field}列，系统中也还没有客户。哪一列是名称，或以客户编码为名称？",
        "沒有{field}欄，系統中也還沒有客戶。哪一欄是名稱，或以客戶編號為名稱？",
    ),
    "ask.currency": Labels(
        "Amounts are marked {found}, but this Roundbook keeps {currency} (ROUNDBOOK_CURRENCY). Take them as {currency}?",
        "金额标有 {found}，但系统币种为 {currency}（ROUNDBOOK_CURRENCY）。按 {currency} 处理吗？",
        "金額標有 {found}，但系統幣別為 {currency}（ROUNDBOOK_CURRENCY）。按 {currency} 處理嗎？",
    ),
}

REPORTS = {**PROBLEMS, **REASONS, **WARNINGS, **QUESTIONS}
