"""The first half of the customer file: identity, basic, network and management (catalogue rows 83-113, 122-126)."""

from __future__ import annotations

from sync_protocol.fields import (
    FieldClass,
    Rule,
    Seat,
    Sensitivity,
    choice,
    count,
    day,
    decimal,
    flag,
    money,
    note,
    text,
    user,
)
from sync_protocol.records import customer_choices as codes
from sync_protocol.records.base import RecordSchema

STATIC = FieldClass.STATIC
ASK = Rule.ASK
LICENSING = Seat.LICENSING
DAYS = ("days", "天", "天")


class CustomerIdentity(RecordSchema):
    """Who the customer is, how he is served, and what his licence says."""

    # A table: each field with its labels, its place, and the names that a file knows it by.
    # fmt: off
    customer_code = text(
        ("Customer code", "客户编码", "客戶編號"), group="outside", row=122, klass=STATIC, search=True, listed=True,
        most=60,
        aliases=("customer no", "customer number", "customer id", "code", "store number", "store no", "store id",
                 "store code", "outlet id", "outlet number", "outlet no", "outlet code", "shop code", "shop number",
                 "shop no", "account number", "account no", "account id", "客户编号", "客户代码", "客户号", "客户码",
                 "门店编码", "门店编号", "店号", "店铺编号", "零售户编码", "客戶編碼", "客戶代碼", "客戶代號",
                 "門市編號", "門市代號", "店號"),
    )
    business_scope = note(
        ("Business scope", "经营范围", "營業範圍"), group="outside", row=123, klass=STATIC,
        aliases=("scope", "scope of business", "经营项目", "经营范围项目", "經營範圍", "營業項目"),
    )
    customer_status = choice(
        ("Customer status", "客户状态", "客戶狀態"), codes.CUSTOMER_STATUSES, group="outside", row=124, listed=True,
        aliases=("status", "account status", "状态", "狀態"),
    )
    bank_name = text(
        ("Bank", "开户银行", "開戶銀行"), group="outside", row=125, rule=ASK,
        aliases=("bank name", "开户行", "銀行名稱"),
    )
    bank_account = text(
        ("Bank account number", "银行账号", "銀行帳號"), group="outside", row=125, rule=ASK,
        sensitivity=Sensitivity.SECRET, most=60,
        aliases=("bank account", "bank account no", "iban", "银行帐号", "银行卡号", "帐号", "账号", "帳號", "銀行賬號"),
    )
    visit_cycle_days = count(
        ("Visit cycle", "拜访周期", "拜訪週期"), group="outside", row=126, unit=DAYS,
        aliases=("visit cycle days", "visit interval", "拜访周期天", "拜訪周期"),
    )

    store_name = text(
        ("Store name", "店铺名称", "店鋪名稱"), group="basic", row=83, klass=STATIC, search=True, listed=True,
        required=True,
        aliases=("name", "customer", "customer name", "outlet", "outlet name", "shop", "shop name", "store", "account",
                 "account name", "company", "company name", "trading name", "dba", "dba name", "doing business as",
                 "doing business as name", "trade name", "tradename", "trading as", "trading as name", "business name",
                 "business name 2", "location name", "license name", "operating name", "经营者名称", "營業人名稱",
                 "客户名称", "客户", "门店名称",
                 "门店", "店名", "商店名称", "企业字号", "企业字号名称", "单位名称", "名称", "客戶名稱", "客戶",
                 "門市名稱", "門市", "商店名稱", "名稱", "商业名称", "商業名稱"),
    )
    legal_name = text(
        ("Legal name", "企业名称", "公司名稱"), group="basic", row=67, klass=STATIC,
        aliases=("entity name", "entity", "legal entity", "legal entity name", "legal business name", "licensee",
                 "licensee name", "license holder", "licence holder", "registered name", "registered company name",
                 "corporate name", "corporation name", "ownership name", "company legal name", "公司名称", "企业全称", "公司全称",
                 "企業名稱", "公司全名"),
    )
    licence_number = text(
        ("Business licence number", "营业执照号", "營業執照號碼"), group="basic", row=84, klass=STATIC, rule=ASK,
        search=True, most=60,
        aliases=("licence number", "license number", "licence no", "license no", "licence", "license",
                 "business license number", "business licence no", "business license no", "registration number",
                 "company number", "tax number", "tax id", "vat number", "营业执照", "营业执照号码", "营业执照编号",
                 "执照号", "统一社会信用代码", "社会信用代码", "營業執照", "營業執照號", "統一編號", "統編"),
    )
    legal_representative = text(
        ("Legal representative", "法定代表人", "法定代表人"), group="basic", row=85, klass=STATIC, rule=ASK,
        search=True,
        aliases=("legal rep", "owner", "owner name", "proprietor", "法人", "法人代表", "负责人", "负责人姓名",
                 "法定代表人姓名", "经营者", "经营者姓名", "持证人", "店主", "代表人", "負責人", "負責人姓名", "經營者",
                 "經營者姓名"),
    )
    settlement_method = choice(
        ("Settlement method", "结算方式", "結算方式"), codes.SETTLEMENTS, group="basic", row=86, code_list="settlements", rule=ASK,
        aliases=("settlement", "payment method", "payment terms", "terms of payment", "付款方式", "支付方式",
                 "付款條件"),
    )
    order_cycle_days = count(
        ("Order cycle", "订货周期", "訂貨週期"), group="basic", row=87, unit=DAYS,
        aliases=("order cycle days", "order interval", "delivery cycle", "delivery cycle days", "订货周期天",
                 "送货周期", "訂貨周期", "送貨週期"),
    )
    file_opened_on = day(
        ("File opened on", "建档日期", "建檔日期"), group="basic", row=36,
        aliases=("file created on", "created on", "created date", "date created", "account opened", "account opened on", "建档时间", "建立日期", "开户日期", "建檔時間"),
    )
    remarks = note(
        ("Remarks", "备注", "備註"), group="basic", row=67,
        aliases=("remark", "note", "notes", "comment", "comments", "备注说明", "附註"),
    )
    contract_signed_on = day(
        ("Contract signed on", "合同签订日期", "簽約日期"), group="basic", row=36, rule=ASK,
        aliases=("contract date", "signing date", "contract signed", "customer since", "签约日期", "签订日期",
                 "合約簽訂日期"),
    )
    contract_expires_on = day(
        ("Contract expires on", "合同到期日期", "合約到期日"), group="basic", row=56, rule=ASK,
        aliases=("contract end", "contract expiry", "contract expires", "合同到期日", "合約到期日期"),
    )

    nature = choice(
        ("Nature of the customer", "客户性质", "客戶性質"), codes.NATURES, group="network", row=88, klass=STATIC,
        aliases=("nature", "ownership", "legal form", "company form", "企业性质", "经济性质", "企業性質"),
    )
    registered_capital_minor = money(
        ("Registered capital", "注册资本", "註冊資本"), group="network", row=89, klass=STATIC, rule=ASK,
        aliases=("capital", "share capital", "注册资金", "資本額", "註冊資金"),
    )
    display_form = choice(
        ("Display form", "陈列形式", "陳列形式"), codes.DISPLAYS, group="network", row=90,
        aliases=("display", "display type", "出样形式", "陈列方式", "陳列方式"),
    )
    region = text(
        ("Administrative region", "行政区域", "行政區域"), group="network", row=91, klass=STATIC, listed=True,
        aliases=("region", "county", "county name", "district", "province", "state", "st", "area", "council",
                 "local authority", "local authority name", "lga", "borough", "省", "省份", "区", "县", "行政区", "行政区划",
                 "区域", "地区", "区县", "县区", "所属区域", "行政區", "區域", "地區", "縣市", "鄉鎮市區"),
    )
    region_code = text(
        ("Region code", "行政区划代码", "行政區代碼"), group="network", row=91, klass=STATIC, most=60,
        aliases=("region number", "county number", "county code", "district code", "area code",
                 "local authority code", "区域代码", "地区代码",
                 "區域代碼"),
    )
    floor_area_m2 = decimal(
        ("Floor area", "营业面积", "營業面積"), group="network", row=92, klass=STATIC,
        unit=("m²", "平方米", "平方公尺"),
        aliases=("floor area m2", "floor space", "business area", "sales area", "square footage",
                 "square feet", "square foot", "sq ft", "sqft", "square meters", "square metres", "sqm", "sq m",
                 "area sq ft", "floor area sq ft", "gross floor area", "经营面积", "面积", "門市面積", "面積"),
    )
    trading_area = text(
        ("Trading area", "所属商圈", "所屬商圈"), group="network", row=92, klass=STATIC,
        aliases=("catchment", "catchment area", "business district", "商圈"),
    )
    telephone_order_staff = user(
        ("Telephone ordering staff", "电话订货员", "電話訂貨員"), group="network", row=94,
        aliases=("telephone order staff", "order taker", "telesales", "电访员", "订货员", "訂貨員"),
    )
    delivery_staff = user(
        ("Delivery staff", "送货员", "送貨員"), group="network", row=95,
        aliases=("driver", "delivery man", "配送员", "配送人员", "送货人员", "配送員", "送貨人員"),
    )
    delivery_road = text(
        ("Delivery road", "送货道路", "送貨道路"), group="network", row=96,
        aliases=("road", "配送道路"),
    )
    delivery_line = text(
        ("Delivery line", "送货线路", "送貨路線"), group="network", row=97, listed=True, most=60,
        aliases=("delivery route", "route", "line", "round", "配送线路", "线路", "送货路线", "配送路線", "路線"),
    )
    order_batch = choice(
        ("Order batch", "订货批次", "訂貨批次"), codes.BATCHES, group="network", row=98,
        aliases=("order day", "ordering day", "订货日", "订货周次", "訂貨日"),
    )
    visit_batch = choice(
        ("Visit batch", "客户经理拜访批次", "客戶經理拜訪批次"), codes.BATCHES, group="network", row=99,
        aliases=("visit day", "call day", "拜访批次", "拜访日", "拜訪批次", "拜訪日"),
    )
    order_frequency = count(
        ("Order frequency", "订货频次", "訂貨頻率"), group="network", row=100, unit=("times", "次", "次"),
        aliases=("orders per period", "order times", "订货频率", "訂貨頻次"),
    )
    order_frequency_period = choice(
        ("Period of the order frequency", "订货频次周期", "訂貨頻率週期"), codes.PERIODS, group="network", row=100,
    )
    network_size = choice(
        ("Network size", "网络规模", "通路規模"), codes.NETWORK_SIZES, group="network", row=101,
        aliases=("number of outlets", "outlets", "门店数量", "網路規模", "門市數量"),
    )

    monopoly_certificate_number = text(
        ("Monopoly certificate number", "专卖许可证号", "專賣許可證號碼"), group="management", row=102, klass=STATIC,
        seat=LICENSING, rule=ASK, search=True, most=60,
        aliases=("certificate number", "certificate no", "tobacco licence number", "tobacco license number",
                 "liquor licence number", "liquor license number", "permit number", "permit no", "许可证编号", "专卖证号", "许可证号",
                 "许可证号码", "烟草专卖许可证号", "烟草专卖零售许可证号", "專賣許可證號", "許可證號", "許可證號碼"),
    )
    licence_type = choice(
        ("Licence type", "许可证类型", "許可證類型"), codes.LICENCE_TYPES, group="management", row=103, klass=STATIC,
        seat=LICENSING, rule=ASK,
        aliases=("license type", "permit type", "license description", "licence description", "privilege",
                 "license category", "licence category", "license class", "licence class", "经营方式", "經營方式", "许可证类别", "許可證類別"),
    )
    licensing_bureau = text(
        ("Licensing bureau", "发证机关", "發證機關"), group="management", row=105, klass=STATIC, seat=LICENSING,
        rule=ASK,
        aliases=("bureau", "licensing authority", "issuing authority", "所属专卖局", "发证单位", "發證單位"),
    )
    licensing_administrator = user(
        ("Monopoly administrator", "专卖管理员", "專賣管理員"), group="management", row=106, seat=LICENSING,
        aliases=("administrator", "licensing administrator", "专管员", "專管員"),
    )
    integrity_level = choice(
        ("Integrity level", "诚信等级", "誠信等級"), codes.INTEGRITY_LEVELS, group="management", row=108,
        seat=LICENSING,
        aliases=("integrity", "信用等级", "信用等級"),
    )
    monitored_household = flag(
        ("Monitored household", "重点监控户", "重點監控戶"), group="management", row=109, seat=LICENSING,
        aliases=("monitor household", "monitored", "监控户", "監控戶"),
    )
    model_household = flag(
        ("Model household", "示范户", "示範戶"), group="management", row=110, seat=LICENSING,
        aliases=("model shop", "是否示范户", "是否示範戶"),
    )
    licence_issued_on = day(
        ("Licence issued on", "发证日期", "發證日期"), group="management", row=111, klass=STATIC, seat=LICENSING,
        rule=ASK,
        aliases=("licence issue date", "license issue date", "issue date", "issued on", "date issued",
                 "original issue date", "license original issue date", "签发日期", "license creation date", "current issue date", "current issued date", "许可证发证日期",
                 "許可證發證日期"),
    )
    licence_effective_on = day(
        ("Licence effective from", "有效期起", "有效期間起日"), group="management", row=112, klass=STATIC,
        seat=LICENSING, rule=ASK,
        aliases=("effective date", "effective from", "valid from", "license term start date", "licence term start date",
                 "license start date", "licence start date", "license effective date", "licence effective date",
                 "term start date", "authorization date", "authorisation date", "生效日期", "有效期起始日期", "有效期起"),
    )
    licence_expires_on = day(
        ("Licence expires on", "有效期至", "有效期間迄日"), group="management", row=112, klass=STATIC, seat=LICENSING,
        rule=ASK,
        aliases=("expiry date", "expiration date", "expires", "expires on", "licence expiry", "license expiration date",
                 "license expiry", "licence expiry date", "license expiry date", "license term expiration date",
                 "licence term expiration date", "license end date", "licence end date", "license term end date",
                 "term expiration date", "end date", "valid to", "valid until", "有效期", "到期日期", "许可证到期日", "截止日期", "有效期限", "到期日"),
    )
    annual_review_on = day(
        ("Annual review date", "年审日期", "年審日期"), group="management", row=113, klass=STATIC, seat=LICENSING,
        rule=ASK,
        aliases=("annual review", "review date", "annual inspection date", "年检日期", "年檢日期"),
    )
    # fmt: on
