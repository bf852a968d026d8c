"""The texts of the import, by code: English, Simplified Chinese, Traditional Chinese."""

from __future__ import annotations

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

WARNINGS = {
    "sheet.ignored": Labels(
        "Sheet «{sheet}» has no columns that were recognised; it was left out ({rows} rows).",
        "工作表“{sheet}”没有可识别的列，未导入（{rows} 行）。",
        "工作表「{sheet}」沒有可辨識的欄，未匯入（{rows} 列）。",
    ),
    "sheet.hidden": Labels(
        "Sheet «{sheet}» is hidden; it was left out.",
        "工作表“{sheet}”已隐藏，未导入。",
        "工作表「{sheet}」已隱藏，未匯入。",
    ),
    "sheet.uncalculated": Labels(
        "Sheet «{sheet}» has formulas without results, and their cells read empty. Open and save the file in Excel or LibreOffice first.",
        "工作表“{sheet}”的公式没有结果，其单元格为空。请先用 Excel、WPS 或 LibreOffice 打开并保存。",
        "工作表「{sheet}」的公式沒有結果，其儲存格為空。請先用 Excel 或 LibreOffice 開啟並儲存。",
    ),
    "rows.above": Labels(
        "«{sheet}»: {count} rows above the heading were left out: {text}",
        "“{sheet}”：表头上方 {count} 行未导入：{text}",
        "「{sheet}」：表頭上方 {count} 列未匯入：{text}",
    ),
    "rows.total": Labels(
        "Rows that are totals or repeated headings were left out: {lines}.",
        "合计行或重复的表头未导入：第 {lines} 行。",
        "合計列或重複的表頭未匯入：第 {lines} 列。",
    ),
    "column.computed": Labels(
        "«{column}» is {field}: Roundbook computes it itself, the column was left out.",
        "“{column}”是{field}：由系统计算，该列未导入。",
        "「{column}」是{field}：由系統計算，該欄未匯入。",
    ),
    "column.book-by": Labels(
        "«{column}» names who looks after each customer. To make a book of each name, import by it (--book-by).",
        "“{column}”是每个客户的负责人。若要按姓名分册，请按该列导入（--book-by）。",
        "「{column}」是每個客戶的負責人。若要按姓名分冊，請按該欄匯入（--book-by）。",
    ),
    "column.suggested": Labels(
        "«{column}» was left out. Is it {fields}?",
        "“{column}”未导入。它是不是{fields}？",
        "「{column}」未匯入。它是不是{fields}？",
    ),
    "column.no-orders": Labels(
        "«{column}» is a field of orders, and there are no order lines beside it; it was left out.",
        "“{column}”是订单的字段，但表中没有订单明细，未导入。",
        "「{column}」是訂單的欄位，但表中沒有訂單明細，未匯入。",
    ),
    "column.weaker": Labels(
        "«{column}» too would be what «{other}» is by its name; it was left out.",
        "“{column}”与“{other}”同义，以后者为准，未导入。",
        "「{column}」與「{other}」同義，以後者為準，未匯入。",
    ),
    "column.broader": Labels(
        "«{column}» only says more broadly what «{other}» says; it was left out.",
        "“{column}”只是比“{other}”更笼统，未导入。",
        "「{column}」只是比「{other}」更籠統，未匯入。",
    ),
    "column.spare": Labels(
        "«{column}» holds the same as «{other}» in every row; it was left out.",
        "“{column}”每行都与“{other}”相同，未导入。",
        "「{column}」每列都與「{other}」相同，未匯入。",
    ),
    "column.contained": Labels(
        "«{column}» stands in «{other}» already; it was left out.",
        "“{column}”已包含在“{other}”中，未导入。",
        "「{column}」已包含在「{other}」中，未匯入。",
    ),
    "column.no-products": Labels(
        "«{column}» is a field of products, and no column names any; it was left out.",
        "“{column}”是商品的字段，但没有商品列，未导入。",
        "「{column}」是商品的欄位，但沒有商品欄，未匯入。",
    ),
    "column.code": Labels(
        "No column is a customer code; «{column}» is different for each customer and was taken as the code.",
        "没有客户编码列；“{column}”对每个客户都不同，已作为客户编码。",
        "沒有客戶編號欄；「{column}」對每個客戶都不同，已作為客戶編號。",
    ),
    "column.several": Labels(
        "«{column}» has several customers under one value; «{other}» was taken as the customer code, and this was left out.",
        "“{column}”的同一个值对应多个客户；已用“{other}”作为客户编码，该列未导入。",
        "「{column}」的同一個值對應多個客戶；已用「{other}」作為客戶編號，該欄未匯入。",
    ),
    "column.gaps": Labels(
        "«{column}» holds coordinates too; it was used only where {others} are empty.",
        "“{column}”也含坐标；仅在{others}为空时采用。",
        "「{column}」也含座標；僅在{others}為空時採用。",
    ),
    "column.converted": Labels(
        "«{column}» was converted to m² (× {factor}).",
        "“{column}”已换算为平方米（× {factor}）。",
        "「{column}」已換算為平方公尺（× {factor}）。",
    ),
    "status.read": Labels(
        "«{column}» was read as {field}: {words}.",
        "“{column}”按{field}读取：{words}。",
        "「{column}」按{field}讀取：{words}。",
    ),
    "status.word": Labels("{word} = {label}", "{word} = {label}", "{word} = {label}"),
    "customer.legal-name": Labels(
        "{count} rows have no name of the shop; they are called by their legal name: {names}.",
        "{count} 行没有店铺名称，以企业名称代替：{names}。",
        "{count} 列沒有店鋪名稱，以公司名稱代替：{names}。",
    ),
    "value.left-out": Labels(
        "«{column}»: {count} values cannot be read and were left out; their rows were taken without them: {values}.",
        "“{column}”：{count} 个值无法读取，未采用；所在行已导入但不含该值：{values}。",
        "「{column}」：{count} 個值無法讀取，未採用；所在列已匯入但不含該值：{values}。",
    ),
    "value.at": Labels("line {line} «{value}»", "第 {line} 行“{value}”", "第 {line} 列「{value}」"),
    "value.unlisted": Labels(
        "{field}: words that no list knows were kept as they are: {values}.",
        "{field}：不在列表中的值按原样保留：{values}。",
        "{field}：不在清單中的值按原樣保留：{values}。",
    ),
    "user.unknown": Labels(
        "{field}: no user has this name, left empty: {values}.",
        "{field}：没有此用户，留空：{values}。",
        "{field}：沒有此使用者，留空：{values}。",
    ),
    "reference.unknown": Labels(
        "{field}: not found, left empty: {values}.",
        "{field}：未找到，留空：{values}。",
        "{field}：未找到，留空：{values}。",
    ),
    "customer.conflict": Labels(
        "Customer {code}: {field} differs between rows: {values}. The latest was taken: «{taken}».",
        "客户 {code}：{field}在各行不一致：{values}。取最新的：“{taken}”。",
        "客戶 {code}：{field}在各列不一致：{values}。取最新的：「{taken}」。",
    ),
    "product.conflict": Labels(
        "{count} products differ between rows in {field}; the latest was taken. For example {code}: {values}.",
        "{count} 个商品的{field}在各行不一致，取最新的。例如 {code}：{values}。",
        "{count} 個商品的{field}在各列不一致，取最新的。例如 {code}：{values}。",
    ),
    "customer.twice": Labels(
        "{count} customers have the name and address of another with a different code: {codes}.",
        "{count} 个客户与其他编码的客户名称和地址相同：{codes}。",
        "{count} 個客戶與其他編號的客戶名稱和地址相同：{codes}。",
    ),
    "customer.no-code": Labels(
        "{count} customers have no code; they are known by name and address.",
        "{count} 个客户没有编码，按名称和地址识别。",
        "{count} 個客戶沒有編號，按名稱和地址辨識。",
    ),
    "customer.no-name": Labels(
        "{count} customers have no name in the file; new ones are called by their code.",
        "文件中 {count} 个客户没有名称，新客户以编码为名称。",
        "檔案中 {count} 個客戶沒有名稱，新客戶以編號為名稱。",
    ),
    "product.no-code": Labels(
        "{count} products have no code; their name was taken as the code.",
        "{count} 个商品没有编码，以名称作为编码。",
        "{count} 個商品沒有編號，以名稱作為編號。",
    ),
    "product.unknown": Labels(
        "{count} order lines name a product that is in no catalogue; they were kept with its code: {codes}.",
        "{count} 条订单明细的商品不在目录中，按编码保留：{codes}。",
        "{count} 筆訂單明細的商品不在目錄中，按編號保留：{codes}。",
    ),
    "order.number-per-line": Labels(
        "«{column}» numbers the lines, not the orders: the lines of one customer and day became one order.",
        "“{column}”是明细行的编号，不是订单的编号：同一客户同一天的明细合为一个订单。",
        "「{column}」是明細列的編號，不是訂單的編號：同一客戶同一天的明細合為一張訂單。",
    ),
    "order.number-not-one": Labels(
        "{count} order numbers stand for several customers or days: each customer and day became its own order ({numbers}).",
        "{count} 个订单号对应多个客户或日期：每个客户每天各成一个订单（{numbers}）。",
        "{count} 個訂單編號對應多個客戶或日期：每個客戶每天各成一張訂單（{numbers}）。",
    ),
    "order.incomplete": Labels(
        "{count} orders are incomplete, because lines of them were refused: {orders}.",
        "{count} 个订单不完整，因为其部分明细被拒绝：{orders}。",
        "{count} 張訂單不完整，因為其部分明細被拒絕：{orders}。",
    ),
    "order.no-lines": Labels(
        "{count} orders have no lines; they were left out: {numbers}.",
        "{count} 个订单没有明细，未导入：{numbers}。",
        "{count} 張訂單沒有明細，未匯入：{numbers}。",
    ),
    "order.split": Labels(
        "{count} orders have more than {most} lines and were split.",
        "{count} 个订单超过 {most} 条明细，已拆分。",
        "{count} 張訂單超過 {most} 筆明細，已拆分。",
    ),
    "amount.differs": Labels(
        "{count} lines: quantity × price is not the amount. They were kept as they are. Lines {lines}.",
        "{count} 行的数量×单价与金额不符，按原样保留。第 {lines} 行。",
        "{count} 列的數量×單價與金額不符，按原樣保留。第 {lines} 列。",
    ),
    "total.differs": Labels(
        "{count} orders: the total is not the sum of the lines: {orders}.",
        "{count} 个订单的合计与明细之和不符：{orders}。",
        "{count} 張訂單的合計與明細之和不符：{orders}。",
    ),
    "money.rounded": Labels(
        "«{column}»: {count} amounts have more decimals than {currency} and were rounded.",
        "“{column}”：{count} 个金额的小数位超过 {currency}，已四舍五入。",
        "「{column}」：{count} 個金額的小數位超過 {currency}，已四捨五入。",
    ),
    "currency.taken": Labels(
        "Amounts marked {found} were taken as {currency}.",
        "标有 {found} 的金额按 {currency} 处理。",
        "標有 {found} 的金額按 {currency} 處理。",
    ),
    "book.moved": Labels(
        "{count} customers are in another book than the file says; they stay where they are: {codes}.",
        "{count} 个客户所在的册子与文件不同，保持不变：{codes}。",
        "{count} 個客戶所在的冊子與檔案不同，保持不變：{codes}。",
    ),
    "value.kept": Labels(
        "{count} values differ from the file because somebody edited them in Roundbook; they were kept: {examples}.",
        "{count} 个值因有人在系统中修改过而与文件不同，已保留：{examples}。",
        "{count} 個值因有人在系統中修改過而與檔案不同，已保留：{examples}。",
    ),
    "value.older": Labels(
        "{count} values come from older orders than those that are there; the later ones were kept: {examples}.",
        "{count} 个值来自比系统中更早的订单，保留较新的值：{examples}。",
        "{count} 個值來自比系統中更早的訂單，保留較新的值：{examples}。",
    ),
    "line.same": Labels(
        "{count} corrected lines equal a line that its order already has; they were not added again: lines {lines}.",
        "{count} 条更正的明细与订单中已有的明细相同，未重复添加：第 {lines} 行。",
        "{count} 筆更正的明細與訂單中已有的明細相同，未重複新增：第 {lines} 列。",
    ),
    "removed.kept": Labels(
        "{count} records of the file were removed in Roundbook; they stay removed: {names}.",
        "文件中的 {count} 条记录在系统中已删除，保持删除：{names}。",
        "檔案中的 {count} 筆記錄在系統中已刪除，保持刪除：{names}。",
    ),
    "date.guessed": Labels(
        "«{column}»: the day comes first, as in the other dates of the file.",
        "“{column}”：与文件其他日期一样，日在前。",
        "「{column}」：與檔案其他日期一樣，日在前。",
    ),
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
