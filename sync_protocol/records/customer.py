"""The customer: one retail outlet and its file (catalogue rows 31, 32, 44-134, 160-195, 200)."""

from __future__ import annotations

from typing import ClassVar

from sync_protocol.fields import (
    FieldClass,
    Labels,
    Rule,
    Seat,
    Sensitivity,
    choice,
    coordinate,
    count,
    day,
    decimal,
    flag,
    money,
    note,
    phone,
    reference,
    tags,
    text,
    user,
)
from sync_protocol.records import customer_choices as codes
from sync_protocol.records.base import Nature, register
from sync_protocol.records.customer_identity import CustomerIdentity

STATIC, SYSTEM = FieldClass.STATIC, FieldClass.SYSTEM
HEAD = Seat.SUPERVISOR


@register
class Customer(CustomerIdentity):
    """The customer file: identity, the five groups, the department head's supplement, and what the system computes."""

    name = "customer"
    labels = Labels("Customer", "客户", "客戶")
    plural = Labels("Customers", "客户", "客戶")
    nature = Nature.FILE
    title = "store_name"
    groups: ClassVar = {
        "outside": Labels("Identity", "客户标识", "客戶識別"),
        "basic": Labels("Basic", "基本信息", "基本資訊"),
        "network": Labels("Network", "网络信息", "通路資訊"),
        "management": Labels("Management", "管理信息", "管理資訊"),
        "business": Labels("Business", "经营信息", "經營資訊"),
        "personal": Labels("Personal", "个人信息", "個人資訊"),
        "supplement": Labels("Supplement", "补充信息", "補充資訊"),
        "system": Labels("System", "系统信息", "系統資訊"),
    }

    # A table: each field with its labels, its place, and the names that a file knows it by.
    # fmt: off
    business_status = choice(
        ("Business status", "经营状态", "營業狀態"), codes.BUSINESS_STATUSES, group="business", row=114, listed=True,
        aliases=("operating status", "营业状态", "經營狀態"),
    )
    cooperation = choice(
        ("Cooperation", "配合程度", "配合程度"), codes.RATINGS, group="business", row=115,
        aliases=("degree of cooperation", "合作程度", "配合度"),
    )
    business_characteristics = note(
        ("Business characteristics", "经营特点", "經營特點"), group="business", row=116,
        aliases=("characteristics", "经营特色", "經營特色"),
    )
    business_tags = tags(("Tags of the business", "经营特点标签", "經營特點標籤"), group="business", row=116)
    district_environment = note(
        ("Business-district environment", "商圈环境", "商圈環境"), group="business", row=117,
        aliases=("environment", "surroundings", "周边环境", "周邊環境"),
    )
    district_tags = tags(("Tags of the district", "商圈环境标签", "商圈環境標籤"), group="business", row=117)
    business_type = choice(
        ("Business type", "业态", "業態"), codes.BUSINESS_TYPES, group="business", row=160, klass=STATIC, listed=True,
        code_list="business_types",
        aliases=("store type", "outlet type", "shop type", "type of business", "customer type",
                 "establishment type", "premises type", "facility type", "客户类型", "客戶類型", "经营业态", "主体业态", "业态类型", "經營業態"),
    )
    market_type = choice(
        ("Market type", "市场类型", "市場類型"), codes.MARKET_TYPES, group="business", row=161, klass=STATIC,
        aliases=("market", "town or village", "城乡类型", "城鄉類型"),
    )
    scale = choice(
        ("Scale of operation", "经营规模", "經營規模"), codes.SCALES, group="business", row=162, klass=STATIC,
        aliases=("scale", "size", "store size", "规模", "規模"),
    )
    industry = choice(
        ("Industry", "所属行业", "所屬行業"), codes.INDUSTRIES, group="business", row=171, code_list="industries",
        aliases=("行业", "行業", "行业名称", "行業名稱"),
    )
    company_size = choice(("Company size", "企业规模", "企業規模"), codes.SCALES, group="business", row=172)
    customer_state = choice(
        ("Deal state", "成交状态", "成交狀態"), codes.CUSTOMER_STATES, group="business", row=31,
        aliases=("customer state", "客户成交状态", "客戶成交狀態"),
    )
    process_stage = choice(
        ("Process stage", "开发阶段", "開發階段"), codes.PROCESS_STAGES, group="business", row=32,
        aliases=("stage", "阶段", "階段"),
    )
    lead_source = choice(
        ("Lead source", "客户来源", "客戶來源"), codes.LEAD_SOURCES, group="business", row=47, code_list="lead_sources",
        aliases=("source", "来源", "來源"),
    )
    referred_by = reference(("Referred by", "介绍人", "介紹人"), "customer", group="business", row=17)
    needs = note(("Needs and preferences", "需求与偏好", "需求與偏好"), group="business", row=70)
    competitors = note(("Competitors", "竞争信息", "競爭資訊"), group="business", row=79)

    contact_person = text(
        ("Contact person", "联系人", "聯絡人"), group="personal", row=118, search=True, listed=True,
        aliases=("contact", "contact name", "联系人姓名", "聯絡人姓名", "聯繫人"),
    )
    other_contacts = tags(("Further contacts", "其他联系人", "其他聯絡人"), group="personal", row=118)
    contact_phone = phone(
        ("Contact phone", "联系电话", "聯絡電話"), group="personal", row=119, search=True, listed=True,
        aliases=("phone", "phone number", "phone no", "telephone", "telephone number", "tel", "tel no", "mobile",
                 "mobile number", "mobile phone", "cell", "cell phone", "contact phone number", "contact number",
                 "day phone", "daytime phone", "business phone", "store phone", "phone1", "phone 1",
                 "电话", "手机", "手机号", "手机号码", "电话号码", "联系方式", "電話", "電話號碼", "手機", "手機號碼",
                 "行動電話", "聯繫電話"),
    )
    second_phone = phone(
        ("Second phone", "备用电话", "備用電話"), group="personal", row=119,
        aliases=("phone 2", "other phone", "landline", "固定电话", "座机", "市話", "其他電話"),
    )
    email = text(
        ("E-mail", "电子邮箱", "電子郵件"), group="personal", row=206,
        aliases=("email", "email address", "邮箱", "電子信箱"),
    )
    im_account = text(
        ("Instant messaging account", "微信号", "即時通訊帳號"), group="personal", row=206,
        aliases=("wechat", "wechat id", "whatsapp", "line id", "微信"),
    )
    preferred_channel = choice(
        ("Preferred channel", "偏好联系方式", "偏好聯絡方式"), codes.CHANNELS, group="personal", row=206,
    )
    communication_note = note(("How to talk to them", "沟通习惯", "溝通習慣"), group="personal", row=51)
    address = text(
        ("Address", "经营地址", "營業地址"), group="personal", row=120, klass=STATIC, search=True, listed=True,
        aliases=("store address", "street", "street address", "street name", "address line 1", "address 1", "visit address",
                 "business address", "location", "地址", "门店地址", "店铺地址", "经营场所", "详细地址", "門市地址",
                 "店鋪地址", "詳細地址", "經營地址"),
    )
    city = text(
        ("City", "城市", "城市"), group="personal", row=120, klass=STATIC,
        aliases=("town", "city name", "municipality", "suburb", "locality", "post town", "city town", "所在城市", "市"),
    )
    postal_code = text(
        ("Postal code", "邮政编码", "郵遞區號"), group="personal", row=120, klass=STATIC, most=20,
        aliases=("zip", "zip code", "zipcode", "source zipcode", "postcode", "post code", "邮编", "郵編", "郵政編碼"),
    )
    latitude = coordinate(
        ("Latitude", "纬度", "緯度"), group="personal", row=120, klass=STATIC,
        aliases=("lat", "gps latitude", "geocode latitude"),
    )
    longitude = coordinate(
        ("Longitude", "经度", "經度"), group="personal", row=120, klass=STATIC,
        aliases=("lon", "lng", "long", "gps longitude", "geocode longitude"),
    )
    mailing_address = text(
        ("Mailing address", "邮寄地址", "郵寄地址"), group="personal", row=121,
        aliases=("postal address", "mail address", "billing address", "delivery address", "通讯地址", "收货地址", "通訊地址",
                 "收貨地址"),
    )
    home_address = text(
        ("Home address", "家庭住址", "住家地址"), group="personal", row=7, sensitivity=Sensitivity.PRIVATE,
        aliases=("private address", "residential address", "家庭地址", "住址"),
    )
    birthday = day(
        ("Date of birth", "出生日期", "出生日期"), group="personal", row=200,
        aliases=("birthday", "birth date", "dob", "生日"),
    )
    birthday_calendar = choice(
        ("Birthday kept by", "生日历法", "生日曆法"), codes.CALENDARS, group="personal", row=200,
        aliases=("birthday calendar", "公历农历", "國曆農曆"),
    )

    supplement_note = note(
        ("Department head's additions", "部门主管补充", "部門主管補充"), group="supplement", row=59, seat=HEAD,
    )
    development_plan = note(("Development plan", "开发计划", "開發計畫"), group="supplement", row=44, seat=HEAD)
    demand_picture = note(("Demand picture", "需求画像", "需求樣貌"), group="supplement", row=71, seat=HEAD)
    resource_class = choice(
        ("Resource class", "资源类别", "資源類別"), codes.RESOURCE_CLASSES, group="supplement", row=80, seat=HEAD,
    )
    loyalty = choice(("Loyalty", "忠诚度", "忠誠度"), codes.RATINGS, group="supplement", row=176, seat=HEAD)
    brand_cultivation = choice(
        ("Brand cultivation ability", "品牌培育能力", "品牌培育能力"), codes.RATINGS, group="supplement", row=176,
        seat=HEAD,
    )
    support = choice(
        ("Support for the company", "支持度", "支持度"), codes.RATINGS, group="supplement", row=183, seat=HEAD,
    )
    creditworthiness = choice(
        ("Creditworthiness", "信用度", "信用度"), codes.RATINGS, group="supplement", row=184, seat=HEAD, rule=Rule.ASK,
    )
    credit_limit_minor = money(
        ("Credit limit", "信用额度", "信用額度"), group="supplement", row=243, seat=HEAD, rule=Rule.ASK,
        aliases=("credit line", "授信额度", "授信額度"),
    )
    owes_minor = money(
        ("Owes", "欠款余额", "欠款餘額"), group="supplement", row=230, seat=HEAD, rule=Rule.ASK,
        aliases=("balance due", "amount owed", "receivable", "outstanding balance", "应收账款", "欠款", "應收帳款"),
    )
    owes_as_of_on = day(
        ("Owed as of", "欠款截止日期", "欠款截止日期"), group="supplement", row=230, seat=HEAD,
        aliases=("balance date", "应收截止日期", "應收截止日期"),
    )
    influence = choice(("Influence", "影响力", "影響力"), codes.RATINGS, group="supplement", row=186, seat=HEAD)
    vip = flag(
        ("VIP", "贵宾客户", "貴賓客戶"), group="supplement", row=195, seat=HEAD, rule=Rule.ASK,
        aliases=("大客户",),
    )
    vip_since_on = day(("VIP since", "贵宾起始日期", "貴賓起始日期"), group="supplement", row=195, seat=HEAD)
    vip_rule = choice(
        ("VIP by rule", "贵宾认定依据", "貴賓認定依據"), codes.VIP_RULES, group="supplement", row=195, seat=HEAD,
    )
    vip_approved_by = user(("VIP approved by", "贵宾批准人", "貴賓核准人"), group="supplement", row=195, seat=HEAD)

    account_manager = user(
        ("Account manager", "客户经理", "客戶經理"), group="system", row=93, klass=SYSTEM, listed=True,
        aliases=("account owner", "sales rep", "salesperson", "sales representative"),
    )
    compliance = choice(("Compliance", "守法情况", "守法情形"), codes.COMPLIANCE, group="system", row=104, klass=SYSTEM)
    classification = text(
        ("Customer classification", "客户分类", "客戶分類"), group="system", row=107, klass=SYSTEM, listed=True,
    )
    classification_reasons = note(("Why this class", "分类依据", "分類依據"), group="system", row=177, klass=SYSTEM)
    purchase_quantity = decimal(("Purchase quantity", "购进数量", "購進數量"), group="system", row=127, klass=SYSTEM)
    purchase_amount_minor = money(("Purchase amount", "购进金额", "購進金額"), group="system", row=128, klass=SYSTEM)
    purchase_average_price = decimal(
        ("Average purchase price", "购进均价", "購進均價"), group="system", row=129, klass=SYSTEM,
    )
    customer_compliance = decimal(
        ("Compliance score", "客户守法评分", "客戶守法評分"), group="system", row=130, klass=SYSTEM,
    )
    grade = choice(("Grade", "客户档位", "客戶級別"), codes.GRADES, group="system", row=163, klass=SYSTEM, listed=True)
    monthly_supply = decimal(
        ("Monthly supply limit", "月供货限量", "每月供貨上限"), group="system", row=164, klass=SYSTEM,
    )
    level = count(("Level", "客户等级", "客戶等級"), group="system", row=165, klass=SYSTEM)
    operating_ability = decimal(("Operating ability", "经营能力", "經營能力"), group="system", row=167, klass=SYSTEM)
    behaviour_segment = choice(
        ("Purchase behaviour", "购买行为", "購買行為"), codes.SEGMENTS, group="system", row=169, klass=SYSTEM,
    )
    service_level = text(("Service level", "服务级别", "服務級別"), group="system", row=178, klass=SYSTEM)
    value_class = choice(
        ("Value class", "价值类别", "價值類別"), codes.VALUE_CLASSES, group="system", row=180, klass=SYSTEM,
    )
    working_class = choice(
        ("Working class", "工作分类", "工作分類"), codes.WORKING_CLASSES, group="system", row=181, klass=SYSTEM,
    )
    contribution = decimal(("Contribution", "贡献度", "貢獻度"), group="system", row=182, klass=SYSTEM)
    merged_into = reference(("Merged into", "已合并到", "已合併到"), "customer", group="system", klass=SYSTEM)
    growth = decimal(("Growth", "成长度", "成長度"), group="system", row=185, klass=SYSTEM)
    # fmt: on
