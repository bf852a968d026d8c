"""What the import warns of, by code: English, Simplified Chinese, Traditional Chinese."""

from __future__ import annotations

from sync_protocol.fields import Labels

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
