"""The words of the import's command and pages, by code: English, Simplified Chinese, Traditional Chinese."""

from __future__ import annotations

from sync_protocol.fields import Labels

SUMMARY = {
    "sum.file": Labels("{name}: {form}, {rows} rows", "{name}：{form}，{rows} 行", "{name}：{form}，{rows} 列"),
    "sum.columns": Labels("Columns", "列", "欄"),
    "sum.left-out": Labels("left out", "未导入", "未匯入"),
    "sum.location": Labels("coordinates in the text", "文本中的坐标", "文字中的座標"),
    "sum.understood": Labels("Understood", "识别结果", "辨識結果"),
    "sum.customers": Labels("retailers", "零售户", "零售戶"),
    "sum.products": Labels("products", "商品", "商品"),
    "sum.orders": Labels("orders", "订单", "訂單"),
    "sum.lines": Labels("order lines", "订单明细", "訂單明細"),
    "sum.parts": Labels(
        "{new} new, {changed} changed, {same} as they are",
        "新增 {new}，变更 {changed}，不变 {same}",
        "新增 {new}，變更 {changed}，不變 {same}",
    ),
    "sum.books": Labels("New retailers by book", "新零售户所属册子", "新零售戶所屬冊子"),
    "sum.refused": Labels("Refused rows: {count}", "被拒绝的行：{count}", "被拒絕的列：{count}"),
    "sum.left": Labels("Values left out: {count}.", "未采用的值：{count}。", "未採用的值：{count}。"),
    "sum.left-back": Labels(
        "Rows that were taken without a value come back in a file with the reasons.",
        "缺少某个值而导入的行，会连同原因在文件中返回。",
        "缺少某個值而匯入的列，會連同原因在檔案中返回。",
    ),
    "sum.line": Labels("line {line}", "第 {line} 行", "第 {line} 列"),
    "sum.more": Labels("… and {count} more", "……另有 {count} 行", "……另有 {count} 列"),
    "sum.notes": Labels("Worth knowing", "请留意", "請留意"),
    "sum.questions": Labels("To be decided", "待决定", "待決定"),
    "sum.answer-with": Labels("answer with: {option}", "用此选项回答：{option}", "用此選項回答：{option}"),
    "sum.dry": Labels(
        "Nothing was written: this was a trial.", "未写入任何内容：这是试运行。", "未寫入任何內容：這是試行。"
    ),
    "sum.nothing-new": Labels(
        "Everything is there already; nothing was written.",
        "内容均已存在，未写入任何内容。",
        "內容均已存在，未寫入任何內容。",
    ),
    "sum.written": Labels(
        "Written: {new} new records, {changed} changed.",
        "已写入：新增 {new} 条，变更 {changed} 条。",
        "已寫入：新增 {new} 筆，變更 {changed} 筆。",
    ),
    "sum.refused-file": Labels(
        "Refused rows, and rows taken without a value, are in {path}. Correct them there and import that file.",
        "被拒绝的行和缺值导入的行在 {path}。请在其中改正后导入该文件。",
        "被拒絕的列和缺值匯入的列在 {path}。請在其中改正後匯入該檔案。",
    ),
    "sum.go-on": Labels("Write this?", "写入吗？", "寫入嗎？"),
    "sum.choose": Labels(
        "number, field name, or - to leave out", "序号、字段名，或 - 不导入", "序號、欄位名，或 - 不匯入"
    ),
}

PAGE = {
    "page.title": Labels("Import", "导入", "匯入"),
    "page.sub": Labels(
        "Retailers, products and past orders from the Excel or CSV that you have",
        "从现有的 Excel 或 CSV 导入零售户、商品和历史订单",
        "從現有的 Excel 或 CSV 匯入零售戶、商品和歷史訂單",
    ),
    "page.file": Labels("File (.xlsx, .csv, .tsv)", "文件（.xlsx、.csv、.tsv）", "檔案（.xlsx、.csv、.tsv）"),
    "page.hint": Labels(
        "Any headings, any order, several sheets: what is understood is shown before anything is written. At most {limit} MB.",
        "表头、列序不限，可有多个工作表：写入前先显示识别结果。最多 {limit} MB。",
        "表頭、欄序不限，可有多個工作表：寫入前先顯示辨識結果。最多 {limit} MB。",
    ),
    "page.look": Labels("Look at it", "查看", "檢視"),
    "page.fields": Labels("Fields that can be imported", "可以导入的字段", "可以匯入的欄位"),
    "page.known-as": Labels("also known as", "也称", "也稱"),
    "page.field": Labels("Field", "字段", "欄位"),
    "page.column": Labels("Column", "列", "欄"),
    "page.values": Labels("First values", "前几个值", "前幾個值"),
    "page.is": Labels("Is", "对应字段", "對應欄位"),
    "page.sheet": Labels("Sheet {sheet}", "工作表 {sheet}", "工作表 {sheet}"),
    "page.may-be": Labels("it may be", "可能是", "可能是"),
    "page.leave-out": Labels("leave out", "不导入", "不匯入"),
    "page.book-by": Labels(
        "New retailers go into the book named in", "新零售户归入该列所示的册子", "新零售戶歸入該欄所示的冊子"
    ),
    "page.unassigned": Labels("none: all into «unassigned»", "无：全部归入“unassigned”", "無：全部歸入「unassigned」"),
    "page.date-order": Labels("Dates such as 03/04/2025", "如 03/04/2025 的日期", "如 03/04/2025 的日期"),
    "page.dmy": Labels("day first", "日在前", "日在前"),
    "page.mdy": Labels("month first", "月在前", "月在前"),
    "page.by-itself": Labels("as found out", "自动识别", "自動辨識"),
    "page.decimal-mark": Labels("Decimals behind", "小数点", "小數點"),
    "page.point": Labels("a point: 1,299.00", "点：1,299.00", "點：1,299.00"),
    "page.comma": Labels("a comma: 1.299,00", "逗号：1.299,00", "逗號：1.299,00"),
    "page.encoding": Labels("Characters", "字符编码", "字元編碼"),
    "page.currency": Labels("Amounts in another currency", "其他币种的金额", "其他幣別的金額"),
    "page.take": Labels("take as {currency}", "按 {currency} 处理", "按 {currency} 處理"),
    "page.refuse": Labels("refuse their rows", "拒绝这些行", "拒絕這些列"),
    "page.no-name": Labels("New customers without a name", "没有名称的新客户", "沒有名稱的新客戶"),
    "page.code-as-name": Labels("call them by their code", "以编码为名称", "以編號為名稱"),
    "page.again": Labels("Look again", "重新查看", "重新檢視"),
    "page.write": Labels("Write it", "写入", "寫入"),
    "page.discard": Labels("Discard", "放弃", "放棄"),
    "page.questions": Labels("To be decided first, below:", "请先在下面决定：", "請先在下面決定："),
    "page.how-read": Labels("How it is read", "读取方式", "讀取方式"),
    "page.rows": Labels("rows", "行", "列"),
    "page.new": Labels("new", "新增", "新增"),
    "page.changed": Labels("changed", "变更", "變更"),
    "page.same": Labels("as they are", "不变", "不變"),
    "page.refused": Labels("refused", "被拒绝", "被拒絕"),
    "page.refused-rows": Labels("Refused rows", "被拒绝的行", "被拒絕的列"),
    "page.line": Labels("Line", "行号", "列號"),
    "page.reasons": Labels("Why", "原因", "原因"),
    "page.download": Labels("Get the refused rows as a file", "下载被拒绝的行", "下載被拒絕的列"),
    "page.correct": Labels(
        "Correct them in that file and import it: nothing else has to be done again.",
        "在该文件中改正后导入即可，其余无需重做。",
        "在該檔案中改正後匯入即可，其餘無需重做。",
    ),
    "page.done": Labels("{name}: imported", "{name}：已导入", "{name}：已匯入"),
    "page.to-customers": Labels("To the customers", "查看客户", "檢視客戶"),
    "page.another": Labels("Import another file", "导入另一个文件", "匯入另一個檔案"),
    "page.no-file": Labels("Choose a file first.", "请先选择文件。", "請先選擇檔案。"),
    "page.stopped": Labels("Nothing was imported.", "未导入任何内容。", "未匯入任何內容。"),
}

WORDS = {**SUMMARY, **PAGE}
