"""The code lists of the customer file. Codes are for ever; a company changes in the console which of them it offers."""

from __future__ import annotations

Words = tuple[str, str, str]

# Identity and life cycle (rows 31, 32, 47, 124)
CUSTOMER_STATUSES: dict[str, Words] = {
    "active": ("Active", "正常", "正常"),
    "dormant": ("Dormant", "休眠", "休眠"),
    "frozen": ("Frozen", "冻结", "凍結"),
    "left": ("Left", "流失", "流失"),
}
CUSTOMER_STATES: dict[str, Words] = {
    "new": ("New", "新客户", "新客戶"),
    "not_completed": ("Not completed", "未成交", "未成交"),
    "completed": ("Completed", "已成交", "已成交"),
}
PROCESS_STAGES: dict[str, Words] = {
    "potential": ("Potential analysis", "潜力分析", "潛力分析"),
    "contact": ("Initial contact", "初步接触", "初步接觸"),
    "contract": ("Signing the contract", "签订合同", "簽訂合約"),
    "maintenance": ("Daily maintenance", "日常维护", "日常維護"),
}
LEAD_SOURCES: dict[str, Words] = {
    "survey": ("Market survey", "市场调查", "市場調查"),
    "campaign": ("Campaign or prize draw", "活动或抽奖", "活動或抽獎"),
    "referral": ("Referral by a customer", "老客户介绍", "舊客戶介紹"),
    "own_call": ("Came by itself", "主动上门", "主動上門"),
    "import": ("Taken over from a list", "名单导入", "名單匯入"),
}

# Basic and network (rows 86, 88, 90, 98-101)
SETTLEMENTS: dict[str, Words] = {
    "cash": ("Cash", "现金", "現金"),
    "transfer": ("Bank transfer", "银行转账", "銀行轉帳"),
    "direct_debit": ("Direct debit", "银行代扣", "銀行代扣"),
    "mobile": ("Mobile payment", "移动支付", "行動支付"),
    "card": ("Card", "刷卡", "刷卡"),
    "monthly": ("Monthly account", "月结", "月結"),
}
NATURES: dict[str, Words] = {
    "sole": ("Sole trader", "个体工商户", "個體工商戶"),
    "private": ("Private company", "私营企业", "私營企業"),
    "state": ("State-owned", "国有企业", "國有企業"),
    "collective": ("Collective", "集体企业", "集體企業"),
    "joint_stock": ("Joint-stock company", "股份制企业", "股份制企業"),
    "foreign": ("Foreign-funded", "外资企业", "外資企業"),
    "other": ("Other", "其他", "其他"),
}
DISPLAYS: dict[str, Words] = {
    "counter": ("Counter", "柜台陈列", "櫃檯陳列"),
    "back_wall": ("Back-wall cabinet", "背柜陈列", "背櫃陳列"),
    "open_shelf": ("Open shelves", "开架陈列", "開架陳列"),
    "island": ("Island", "中岛陈列", "中島陳列"),
    "shop_window": ("Shop window", "橱窗陈列", "櫥窗陳列"),
    "mixed": ("Mixed", "混合陈列", "混合陳列"),
}
BATCHES: dict[str, Words] = {
    "monday": ("Monday", "周一", "週一"),
    "tuesday": ("Tuesday", "周二", "週二"),
    "wednesday": ("Wednesday", "周三", "週三"),
    "thursday": ("Thursday", "周四", "週四"),
    "friday": ("Friday", "周五", "週五"),
    "saturday": ("Saturday", "周六", "週六"),
    "sunday": ("Sunday", "周日", "週日"),
}
PERIODS: dict[str, Words] = {
    "week": ("Week", "每周", "每週"),
    "month": ("Month", "每月", "每月"),
    "quarter": ("Quarter", "每季度", "每季"),
}
NETWORK_SIZES: dict[str, Words] = {
    "single": ("One outlet", "单店", "單店"),
    "small_chain": ("2 to 5 outlets", "2至5家门店", "2至5家門市"),
    "chain": ("6 to 20 outlets", "6至20家门店", "6至20家門市"),
    "large_chain": ("Over 20 outlets", "20家以上门店", "20家以上門市"),
}

# Management (rows 103, 104, 108)
LICENCE_TYPES: dict[str, Words] = {
    "retail": ("Retail licence", "零售许可证", "零售許可證"),
    "wholesale": ("Wholesale licence", "批发许可证", "批發許可證"),
    "temporary": ("Temporary licence", "临时许可证", "臨時許可證"),
    "none": ("No licence", "无证", "無證"),
}
COMPLIANCE: dict[str, Words] = {
    "compliant": ("Compliant", "守法", "守法"),
    "minor": ("Minor violation", "轻微违规", "輕微違規"),
    "serious": ("Serious violation", "严重违规", "嚴重違規"),
}
INTEGRITY_LEVELS: dict[str, Words] = {
    "a": ("A, excellent", "A级（优秀）", "A級（優秀）"),
    "b": ("B, good", "B级（良好）", "B級（良好）"),
    "c": ("C, fair", "C级（一般）", "C級（一般）"),
    "d": ("D, poor", "D级（较差）", "D級（較差）"),
}

# Business (rows 114, 115, 160-162, 171, 172)
BUSINESS_STATUSES: dict[str, Words] = {
    "open": ("Open", "营业", "營業"),
    "suspended": ("Suspended", "停业", "停業"),
    "closed": ("Closed", "歇业", "歇業"),
}
BUSINESS_TYPES: dict[str, Words] = {
    "department_store": ("Department store", "商场", "百貨公司"),
    "supermarket": ("Supermarket", "超市", "超市"),
    "convenience_store": ("Convenience store", "便利店", "便利商店"),
    "tobacco_and_liquor": ("Tobacco and liquor store", "烟酒商店", "菸酒專賣店"),
    "grocery": ("Grocery", "食杂店", "雜貨店"),
    "entertainment": ("Entertainment and service", "娱乐服务类", "娛樂服務類"),
    "other": ("Other", "其他", "其他"),
}
MARKET_TYPES: dict[str, Words] = {
    "town": ("Town", "城镇", "城鎮"),
    "village": ("Village", "乡村", "鄉村"),
}
SCALES: dict[str, Words] = {
    "large": ("Large", "大型", "大型"),
    "medium": ("Medium", "中型", "中型"),
    "small": ("Small", "小型", "小型"),
}
RATINGS: dict[str, Words] = {
    "high": ("High", "高", "高"),
    "middle": ("Middle", "中", "中"),
    "low": ("Low", "低", "低"),
}
INDUSTRIES: dict[str, Words] = {
    "retail": ("Retail", "零售业", "零售業"),
    "catering": ("Catering and hotels", "餐饮住宿业", "餐飲住宿業"),
    "services": ("Services", "服务业", "服務業"),
    "manufacturing": ("Manufacturing", "制造业", "製造業"),
    "finance": ("Finance", "金融业", "金融業"),
    "public": ("Public body", "机关事业单位", "機關事業單位"),
    "other": ("Other", "其他", "其他"),
}
RESOURCE_CLASSES: dict[str, Words] = {
    "customer": ("Customer", "客户", "客戶"),
    "competitor": ("Competitor", "竞争对手", "競爭對手"),
    "partner": ("Partner", "合作伙伴", "合作夥伴"),
}

# Personal (rows 200, 206)
CALENDARS: dict[str, Words] = {
    "solar": ("Solar", "公历", "國曆"),
    "lunar": ("Lunar", "农历", "農曆"),
}
CHANNELS: dict[str, Words] = {
    "phone": ("Telephone", "电话", "電話"),
    "sms": ("Text message", "短信", "簡訊"),
    "im": ("Instant messaging", "即时通讯", "即時通訊"),
    "email": ("E-mail", "电子邮件", "電子郵件"),
    "home_visit": ("Visit at the door", "上门拜访", "登門拜訪"),
    "post": ("Post", "邮寄", "郵寄"),
}

# Supplement and system (rows 163, 169, 180, 181, 192-194)
VIP_RULES: dict[str, Words] = {
    "one_purchase": ("One large high-end purchase", "单次高档消费达标", "單次高檔消費達標"),
    "monthly_total": ("Monthly total", "月累计消费达标", "月累計消費達標"),
    "office": ("Office held", "按职务申请", "依職務申請"),
    "proposal": ("Proposed by the company", "公司推荐", "公司推薦"),
}
GRADES: dict[str, Words] = {
    "1": ("Grade 1", "一档", "一級"),
    "2": ("Grade 2", "二档", "二級"),
    "3": ("Grade 3", "三档", "三級"),
    "4": ("Grade 4", "四档", "四級"),
    "5": ("Grade 5", "五档", "五級"),
    "6": ("Grade 6", "六档", "六級"),
    "7": ("Grade 7", "七档", "七級"),
    "8": ("Grade 8", "八档", "八級"),
}
VALUE_CLASSES: dict[str, Words] = {
    "value": ("Value customer", "价值客户", "價值客戶"),
    "second_value": ("Second-value customer", "次价值客户", "次價值客戶"),
    "potential": ("Potential-value customer", "潜在价值客户", "潛在價值客戶"),
    "low": ("Low-value customer", "低价值客户", "低價值客戶"),
}
WORKING_CLASSES: dict[str, Words] = {
    "core": ("Core customer", "核心客户", "核心客戶"),
    "general": ("General customer", "一般客户", "一般客戶"),
    "problem": ("Problem customer", "问题客户", "問題客戶"),
}
SEGMENTS: dict[str, Words] = {
    "high_frequency": ("High frequency", "高频购买", "高頻購買"),
    "low_frequency": ("Low frequency", "低频购买", "低頻購買"),
    "one_time": ("Bought once", "一次性购买", "一次性購買"),
    "none": ("Has not bought", "未购买", "未購買"),
}
