"""Writes `examples/landing/`: a small world, row by row as it stands here.

Run `python -m examples.make_landing` after a change; the same rows are always the same bytes. Blocks are read cell by
cell, `|` between cells, empty cells left out of JSON. README.md tells the story and counts the lines.
"""

# ruff: noqa: E501 - rows stand as they are written

import datetime as dt
import gzip
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from examples.simulator.files import Landing
from examples.simulator.records import BADGE_HEADER, HUAXIN_HEADER, LANDING_HEADER
from examples.simulator.written import (
    ACCOUNTS_HEADER,
    ACTIVITIES_HEADER,
    CHANGES_HEADER,
    DEALS_HEADER,
    EVENT_COLUMNS,
    OUTCOMES_HEADER,
)  # fmt: skip

WEBSITE_KEYS = [
    "submission_id",
    "submitted_at",
    "name",
    "email",
    "phone",
    "company",
    "job_title",
    "employees",
    "country",
    "need",
    "product",
    "budget",
    "currency",
    "purchase_date",
    "message",
    "consent",
    "visitor_id",
    "medium",
    "campaign",
]

# A line that begins with ! is written as it is: broken on purpose.
WEBSITE_H1 = r"""
WEB-1001|2026-01-12T09:40:00Z|Anna Becker|anna.becker@nordwind-maschinenbau.example|+49 30 23125101|Nordwind Maschinenbau GmbH|Head of Procurement|420|DE|replace existing system|Harbour Fleet|60000|EUR|2026-04-30|We want to replace our present tool before summer.|yes|v-anna|cpc|spring-launch
WEB-1002|2026-01-19T14:05:00Z|James Carter|james.carter@ashford-logistics.example|+44 20 7946 0123|Ashford Logistics Ltd|Director of Operations|310|GB|cost reduction|Harbour Edge|18000|GBP|2026-05-15||yes|v-james|organic|
WEB-1003|2026-01-27T18:20:00Z|Tom Schneider|tom.schneider@post.example.net|0171 3920011|Rehberg Energie|Head of IT|1800|DE|new project|Tideline Core|35000|EUR|2026-07-31|Please call after six.|yes|v-tom|organic|
WEB-1004|2026-02-03T20:15:00Z|Emily Stone|emily.stone@stonebrook-systems.example|+1 212 555 0142|Stonebrook Systems Inc.|CIO|950|US|new project|Tideline Insight|90000|USD|2026-06-30||yes|v-emily|cpc|spring-launch
WEB-1005|2026-02-10T08:02:00Z|Michael Schmidt|michael.schmidt@falkenbach-software.example||Falkenbach Software GmbH|Developer|60|DE|evaluation|Lantern Care||||just looking around|yes|v-michael|organic|
WEB-1006|2026-02-16T11:31:00Z|Michael Schmidt|m.schmidt@kieselstein-handel.example|+49 30 23125260|Kieselstein Handel GmbH & Co. KG|Buyer|75|DE||Lantern Care|8000|EUR|||yes|v-schmidt|social|customer-stories
WEB-1007|2026-02-24T03:12:00Z|Wei Li|li.wei@huayuan-jixie.example|+86 199 0000 0401|上海华远机械有限公司|Director of Operations|1300|CN|replace existing system|Harbour Fleet|350000|CNY|2026-08-31||yes|v-liwei|referral|
WEB-1008|2026-03-03T07:55:00Z|Julia Hartmann|julia.hartmann@lindenhof-klinik.example|+49 30 23125181|Lindenhof Klinik gGmbH|Head of Administration|900|DE|compliance|Lantern Care|50000|EUR|2026-06-30|Nachricht mit "Anführungszeichen"|yes|v-julia|email|customer-stories
WEB-1009|2026-03-10T12:00:00Z|Nobody Knows|not-an-address|call me|||||||||||yes||organic|
WEB-1010|2026-03-17T09:18:00Z|Pierre Valmont|p.valmont@valmont-transport.example|+33 1 99 00 12 34|Valmont Transport SARL|Founder|45|FR|cost reduction|Harbour Edge|12000|EUR|2026-09-30||yes|v-pierre|social|
WEB-1002|2026-01-19T14:05:00Z|James Carter|james.carter@ashford-logistics.example|+44 20 7946 0123|Ashford Logistics Ltd|Director of Operations|310|GB|cost reduction|Harbour Edge|18000|GBP|2026-05-15||yes|v-james|organic|
WEB-1011|2026-03-30T15:47:00Z|Grace Hughes|grace.hughes@pemberley-foods.example|+44 20 7946 0188|Pemberley Foods plc|Head of Procurement|2400|GB|replace existing system|Tideline Insight|40000|GBP|2026-07-31||yes|v-grace|cpc|always-on-search
WEB-1012|2026-04-08T06:40:00Z|Daniel Koch|d.koch@rehberg-energie.example|+49 30 23125142|Rehberg Energie AG|Director Operations|1800|DE|new project|Harbour Fleet|65000|EUR|2026-09-30||yes|v-daniel|referral|
WEB-1013|2026-04-20T21:03:00Z|Laura Fischer|laura.fischer@inbox.example.org|||Student||DE|||||||no|v-laura|social|
!{"submission_id":"WEB-1099","submitted_at":"2026-04-27T10:00:00Z","name":"Cut Off","email":"cut.o
WEB-1014|2026-05-05T19:22:00Z|Robert Lakeman|r.lakeman@lakewell-medical.example|+1 617 555 0171|Lakewell Medical LLC|VP Procurement|140|US|compliance|Lantern Care|28000|USD|2026-10-31||yes|v-robert|cpc|
WEB-1014|2026-05-06T13:10:00Z|Robert Lakeman|r.lakeman@lakewell-medical.example|+1 617 555 0117|Lakewell Medical LLC|VP Procurement|140|US|compliance|Lantern Care|28000|USD|2026-10-31|sorry, wrong number before|yes|v-robert|cpc|
WEB-1015|2026-05-18T08:30:00Z|Petra Vogel|info@kieselstein-handel.example|+49 30 23125200|Kieselstein Handel GmbH & Co. KG|Buyer|75|DE|evaluation|Lantern Care||||from the shared mailbox|yes|v-petra|organic|
WEB-1016|2026-06-02T09:05:00Z|Uwe Brandt|info@kieselstein-handel.example|+49 30 23125200|Kieselstein Handel GmbH & Co. KG|Warehouse Lead|75|DE|cost reduction|Harbour Edge||||also from the shared mailbox|yes|v-uwe|organic|
WEB-1017|2026-06-11T10:10:00Z|Camille Moreau|camille.moreau@bellecour-sante.example|+33 1 99 00 45 67|Bellecour Santé SAS|Director of Purchasing|560|FR|new project|Tideline Core|38000|EUR|2026-10-31||yes|v-camille|email|customer-stories
"""

WEBSITE_H2 = r"""
WEB-1018|2026-07-06T02:44:00Z|Jing Chen|chen.jing@xincheng-ruanjian.example|+86 199 0000 0418|深圳信诚软件有限公司|CTO|220|CN|new project|Tideline Core|200000|CNY|2027-01-31||yes|v-chen|cpc|
WEB-1019|2026-07-14T13:26:00Z|Oliver Wright|oliver.wright@ashford-logistics.example||Ashford Logistics Ltd|Analyst|310|GB|evaluation|||||just looking around|yes|v-oliver|organic|
WEB-1020|2026-08-03T07:15:00Z|Anna Becker|Anna.Becker+info@nordwind-maschinenbau.example|030 23125101|Nordwind Maschinenbau|Head of Procurement|420|DE|new project|Harbour Edge|16000|EUR|2026-12-15|Second project, smaller.|yes|v-anna2|email|customer-stories
WEB-1021|2026-08-25T08:08:00Z|Sophie Keller|sophie.keller@lindenhof-klinik.example|+49 30 23125184|Lindenhof Klinik gGmbH|Head of IT|900|DE|compliance|Tideline Insight|50000|EUR|2026-12-31||yes|v-sophie|cpc|always-on-search
WEB-1022|2026-09-01T09:44:00Z|Hannah Weiß|h.weiss@falkenbach-software.example|+49 30 23125163|Falkenbach Software GmbH|Founder|60|DE|new project|Tideline Core|22000|EUR|2026-12-01||yes|v-hannah|organic|
WEB-1023|2026-09-08T12:12:00Z|Marc Dubois|marc.dubois@valmont-transport.example|+33 1 99 00 12 40|Valmont Transport SARL|Project Manager|45|FR|evaluation|||||Nous cherchons une solution, budget validé.|yes|v-marc|social|
WEB-1024|2026-09-15T16:02:00Z|Victoria Ashdown|victoria.ashdown@pemberley-foods.example|+44 20 7946 0190|Pemberley Foods plc|Director of Logistics|2400|GB|cost reduction|Harbour Edge|25000|GBP|2026-12-15||yes|v-victoria|referral|
WEB-1025|2026-09-22T17:33:00Z|Kevin Brooks|kbrooks@lakewell-medical.example|+1 617 555 0133|Lakewell Medical LLC|CEO|140|US|new project|Tideline Insight|45000|USD|2027-02-28||yes|v-kevin|cpc|retargeting
WEB-1026|2026-09-29T06:59:00Z|Lena Sommer|lena.sommer@nordwind-maschinenbau.example|+49 30 23125107|Nordwind Maschinenbau GmbH|Head of Production|420|DE|new project|Tideline Core|30000|EUR|2026-12-31||yes|v-lena|organic|
WEB-1027|2026-10-06T05:21:00Z|Lei Zhao|zhao.lei@hengtai-wuliu.example|+86 199 0000 0427|广州恒泰物流有限公司|Manager|480|CN|evaluation|Harbour Edge||||请与我联系，谢谢。|yes|v-zhao|organic|
WEB-1028|2026-10-13T13:40:00Z|Nicolas Petit|nicolas.petit@bellecour-sante.example|+33 1 99 00 45 80|Bellecour Santé SAS|Head of IT|560|FR|replace existing system|Harbour Fleet|70000|EUR|2027-02-15||yes|v-nicolas|cpc|
WEB-1029|2026-10-20T15:15:00Z|Sarah Whitfield|sarah.whitfield@ashford-logistics.example|+44 20 7946 0125|Ashford Logistics Ltd|Head of Fleet|310|GB|replace existing system|Harbour Fleet|55000|GBP|2027-03-15|Two questions:\n1. Is there an API?\n2. Who hosts it?|yes|v-sarah|email|customer-stories
WEB-1030|2026-10-27T10:26:00Z|Felix Brandt|felix.brandt@mail.example.com|+49 176 04069030||||DE|||||||yes|v-felix|social|
WEB-1031|2026-11-03T08:37:00Z|Ines Roth|ines.roth@rehberg-energie.example|+49 30 23125147|Rehberg Energie AG|Head of Procurement|1800|DE|cost reduction|Tideline Insight|42000|EUR|2027-03-31||yes|v-ines|cpc|retargeting
WEB-1032|2026-11-10T09:58:00Z|Jonas Albrecht|jonas.albrecht@nordwind-maschinenbau.example|+49 30 23125110|Nordwind Maschinenbau GmbH|CTO|420|DE|new project|Harbour Fleet|80000|EUR|2027-02-28|Please send an offer this month.|yes|v-jonas|cpc|spring-launch
WEB-1033|2026-11-17T11:11:00Z|Amelia Ford|amelia.ford@pemberley-foods.example|+44 20 7946 0195|Pemberley Foods plc|Buyer|2400|GB||Lantern Care||||just looking around|yes|v-amelia|organic|
"""

# id | registered | first | last | email | phone | organisation | country | webinar | consent
WEBINAR = """
WBR-201|2026-06-03T09:00:00Z|Marie|Laurent|marie.laurent@bellecour-sante.example||Bellecour Santé SAS|FR|tide-1|yes
WBR-202|2026-06-03T11:20:00Z|Julia|Hartman|julia.hartmann@lindenhof-klinik.example||Lindenhof Klinik|DE|tide-1|yes
WBR-203|2026-06-04T06:35:00Z|Stefan|Huber|stefan.huber@rehberg-energie.example|+49 30 23125149|Rehberg Energie AG|DE|tide-1|yes
WBR-204|2026-06-04T14:00:00Z|Nick|Fairley|n.fairley@ashford-logistics.example||Ashford Logistics Ltd|GB|tide-1|no
WBR-205|2026-06-05T08:10:00Z|Emma|Clarke|emma.clarke@pemberley-foods.example|+44 20 7946 0191|Pemberley Foods plc|GB|tide-1|yes
WBR-206|2026-10-07T07:45:00Z|Sarah|Whitfield|SARAH.WHITFIELD@ASHFORD-LOGISTICS.EXAMPLE||Ashford Logistics|GB|tide-2|yes
WBR-207|2026-10-07T12:30:00Z|Bill|Mason|bill.mason@stonebrook-systems.example|+1 212 555 0149|Stonebrook Systems|US|tide-2|yes
WBR-208|2026-10-08T09:50:00Z|Clara|Neumann|clara.neumann@falkenbach-software.example||Falkenbach Software GmbH|DE|tide-2|yes
"""

LANDING = r"""
LP-301|2026-02-04 08:15:00|Thomas|Schneider|thomas.schneider@rehberg-energie.example|+49 171 3920011|Rehberg Energie AG|DE|Head of IT|My work address, as agreed.|always-on-search|yes
LP-302|2026-03-05 10:00:00|Karin|Busch|karin.busch@kieselstein-handel.example||Kieselstein Handel|DE|Analyst||retargeting|yes
LP-303|2026-04-16 13:37:00|Tyler|Green|tyler.green@stonebrook-systems.example|+1 212 555 0151|Stonebrook Systems, Inc.|US|Buyer|Two questions:\n1. Is there an API?\n2. Who hosts it?|spring-launch|yes
!LP-304,2026-05-12 09:00:00,Too,Short
LP-305|2026-05-26 16:45:00|Aisha|Khan|aisha.khan@ashford-logistics.example|020 7946 0129|Ashford Logistics Ltd|GB|Project Manager||spring-launch|yes
LP-306|2026-06-30 10:00:00|Out|Reach|out.of.reach(at)inbox||Valmont Transport|FR|||spring-launch|yes
LP-307|2026-07-21 07:30:00|Michael|Schmidt|michael.schmidt@falkenbach-software.example||Falkenbach Software GmbH|DE|Developer|still looking around|retargeting|yes
LP-308|2026-09-09 12:00:00|Sophie|Kellr|sophie.keller@lindenhof-klinik.example|+49 30 23125184|Lindenhof Klinik|DE|Head of IT|A colleague said: "call them"|always-on-search|yes
LP-309|2026-10-29 18:18:00|Paul|Renard|paul.renard@mail.example.com|+33 1 99 00 77 10||FR|||retargeting|no
"""

# The header has one column that the feed does not map: it is kept as attribute 医院等级.
HUAXIN = """
HX401|李伟|上海华远机械有限公司|91310115058088260X|li.wei@huayuan-jixie.example|19900000401|生产总监|制造业|1300|350000|上海|2026/03/02 10:30|
HX402|王芳|杭州瑞康医疗股份有限公司|91440106709982435Y|wang.fang@ruikang-yiliao.example|19900000402|采购总监|医疗|860|480000|杭州|2026/04/13 09:15|
HX403|张敏|苏州嘉和医院|91320114518453194W|zhang.min@jiahe-yiyuan.example|19900000403|院长|医疗|2100||苏州|2026/04/13 09:20|三级甲等
HX404|刘洋|深圳信诚软件有限公司|914403057648544285|liu.yang@xincheng-ruanjian.example||项目经理|软件|220||深圳|2026/04/14 14:05|
HX405|陈杰|广州恒泰物流有限公司|914401061773094844|chen.jie@hengtai-wuliu.example|19900000405|总经理|物流|480|450000|广州|2026/04/27 16:40|
HX406|无名|某某有限公司||||经理|软件|10||上海|2026/05/06 10:00|
HX407|赵丽|上海华远机械有限公司|91310115058088260X||19900000407|采购专员|制造业|1300||上海|2026/05/06 11:25|
HX408|孙强|某某商贸有限公司|||1.99E+10|经理|零售|30||成都|2026/05/07 09:00|
HX409|周静|杭州瑞康医疗股份有限公司|91440106709982435Y|zhou.jing@ruikang-yiliao.example|19900000409|技术总监|医疗|860|100000|杭州|2026/06/01 08:50|
HX410|吴磊|苏州嘉和医院|91320114518453194W|wu.lei@jiahe-yiyuan.example|19900000410|采购专员|医疗|2100||苏州|2026/06/08 15:10|三级甲等
HX403|张敏|苏州嘉和医院|91320114518453194W|zhang.min@jiahe-yiyuan.example|19900000403|院长|医疗|2100||苏州|2026/04/13 09:20|三级甲等
HX411|陈静|深圳信诚软件有限公司|914403057648544285|Chen.Jing@xincheng-ruanjian.example|19900000418|技术总监|软件|220|200000|深圳|2026/07/20 10:00|
HX412|郑宇|广州恒泰物流有限公司|914401061773094844|zheng.yu@hengtai-wuliu.example|19900000412|生产经理|物流|480||广州|2026/09/14 13:30|
"""

BADGES = """
B501|Anna|Becker|Nordwind Maschinenbau GmbH|Head of Procurement|anna.becker@nordwind-maschinenbau.example|+49 30 23125101|DE|A|2026-04-21 10:12
B502|Marie|Laurent|Bellecour Santé SAS|Directrice des achats|marie.laurent@bellecour-sante.example|+33 1 99 00 45 60|FR|B|2026-04-21 10:40
B503|Georg|Ostermann|Rehberg Energie AG|Head of Fleet|georg.ostermann@rehberg-energie.example||DE|B|2026-04-21 11:05
B504|Priya|Patel|Pemberley Foods plc|Project Manager||+44 20 7946 0196|GB|C|2026-04-21 13:30
B505|Jens|Petersen|Kieselstein Handel GmbH & Co. KG|Managing Director|jens.petersen@kieselstein-handel.example|+49 30 23125201|DE|A|2026-04-21 14:02
B506|No|Contact|Unknown GmbH|Visitor|||DE|C|2026-04-21 14:10
B502|Marie|Laurent|Bellecour Santé SAS|Directrice des achats|marie.laurent@bellecour-sante.example|+33 1 99 00 45 60|FR|B|2026-04-21 10:40
B507|Dan|Koch|Rehberg Energie|Director Operations|d.koch@rehberg-energie.example|+49 30 23125142|DE|A|2026-04-22 09:20
B508|Henri|Lefebvre|Valmont Transport SARL|Director|henri.lefebvre@valmont-transport.example|+33 1 99 00 12 50|FR|A|2026-04-22 09:55
B509|Will|Thornley|Ashford Logistics Ltd|Buyer|will.thornley@ashford-logistics.example||GB|C|2026-04-22 11:00
B510|Michael|Schmidt|Kieselstein Handel|Buyer|m.schmidt@kieselstein-handel.example|030 23125260|DE|B|2026-04-22 11:45
B511|Ute|Lindner|Lindenhof Klinik gGmbH|Head of Nursing|ute.lindner@lindenhof-klinik.example|+49 30 23125186|DE|B|2026-04-22 15:15
"""

# who | type | asset | product | seconds | then the instants at which it happened (UTC). `who` is a browser (v-...) or
# an address; a browser named after @ is linked to that address by the event.
EVENTS = """
v-anna|page_view|/||40|2026-01-08T08:55:00Z 2026-01-11T16:20:00Z
v-anna|page_view|/product||120|2026-01-08T08:57:00Z 2026-01-12T09:20:00Z
v-anna|pricing_view|/pricing|Harbour Fleet|95|2026-01-11T16:24:00Z 2026-01-12T09:31:00Z
v-anna@anna.becker@nordwind-maschinenbau.example|form_submit|/contact||60|2026-01-12T09:40:00Z
v-anna@anna.becker@nordwind-maschinenbau.example|product_doc_view|doc-security|Harbour Fleet|300|2026-01-14T10:05:00Z
v-anna@anna.becker@nordwind-maschinenbau.example|product_doc_view|doc-api|Harbour Fleet|210|2026-01-14T10:12:00Z
v-anna@anna.becker@nordwind-maschinenbau.example|product_doc_view|doc-admin|Harbour Fleet|150|2026-01-15T09:00:00Z
v-anna@anna.becker@nordwind-maschinenbau.example|demo_request|/demo|Harbour Fleet|45|2026-01-16T08:40:00Z
v-james|page_view|/customers||75|2026-01-18T19:02:00Z
v-james@james.carter@ashford-logistics.example|form_submit|/contact||50|2026-01-19T14:05:00Z
v-james@james.carter@ashford-logistics.example|pricing_view|/pricing|Harbour Edge|80|2026-01-20T09:15:00Z 2026-01-22T15:45:00Z
v-james@james.carter@ashford-logistics.example|demo_request|/demo|Harbour Edge|40|2026-01-23T11:00:00Z
v-tom|page_view|/blog||200|2026-01-25T20:10:00Z 2026-01-26T21:00:00Z
v-tom@tom.schneider@post.example.net|form_submit|/contact||55|2026-01-27T18:20:00Z
v-tom@tom.schneider@post.example.net|whitepaper_download|guide-to-tides|Tideline Core|20|2026-01-27T18:25:00Z
thomas.schneider@rehberg-energie.example|email_open|nurture-1|||2026-02-11T07:00:00Z 2026-02-18T07:00:00Z
v-tom@thomas.schneider@rehberg-energie.example|email_click|nurture-1|Tideline Core|15|2026-02-11T07:02:00Z
v-tom@thomas.schneider@rehberg-energie.example|demo_request|/demo|Tideline Core|35|2026-02-19T12:30:00Z
v-emily@emily.stone@stonebrook-systems.example|form_submit|/contact||70|2026-02-03T20:15:00Z
v-emily@emily.stone@stonebrook-systems.example|product_doc_view|doc-install|Tideline Insight|180|2026-02-04T16:00:00Z
v-emily@emily.stone@stonebrook-systems.example|product_doc_view|doc-limits|Tideline Insight|140|2026-02-04T16:06:00Z
v-emily@emily.stone@stonebrook-systems.example|product_doc_view|doc-api|Tideline Insight|260|2026-02-05T17:00:00Z
v-emily@emily.stone@stonebrook-systems.example|demo_request|/demo|Tideline Insight|30|2026-02-09T15:30:00Z
v-michael|page_view|/||15|2026-02-10T07:58:00Z
v-schmidt@m.schmidt@kieselstein-handel.example|form_submit|/contact||40|2026-02-16T11:31:00Z
v-liwei|page_view|/product||90|2026-02-20T02:00:00Z 2026-02-23T02:30:00Z
v-liwei@li.wei@huayuan-jixie.example|form_submit|/contact||66|2026-02-24T03:12:00Z
v-liwei@li.wei@huayuan-jixie.example|pricing_view|/pricing|Harbour Fleet|110|2026-02-26T01:45:00Z
v-julia@julia.hartmann@lindenhof-klinik.example|form_submit|/contact||52|2026-03-03T07:55:00Z
julia.hartmann@lindenhof-klinik.example|email_open|newsletter|||2026-03-12T06:00:00Z 2026-04-12T06:00:00Z
v-pierre|pricing_view|/pricing|Harbour Edge|50|2026-03-16T18:40:00Z
v-grace@grace.hughes@pemberley-foods.example|form_submit|/contact||48|2026-03-30T15:47:00Z
v-grace@grace.hughes@pemberley-foods.example|whitepaper_download|roi-of-lanterns|Tideline Insight|20|2026-03-31T09:10:00Z
v-grace@grace.hughes@pemberley-foods.example|demo_request|/demo|Tideline Insight|35|2026-04-02T10:20:00Z
v-daniel@d.koch@rehberg-energie.example|form_submit|/contact||44|2026-04-08T06:40:00Z
v-daniel@d.koch@rehberg-energie.example|pricing_view|/pricing|Harbour Fleet|75|2026-04-13T07:50:00Z
v-laura|page_view|/careers||300|2026-04-20T20:50:00Z
v-robert@r.lakeman@lakewell-medical.example|product_doc_view|doc-security|Lantern Care|190|2026-05-07T14:00:00Z
marie.laurent@bellecour-sante.example|webinar_attend|tide-1|Tideline Insight|2700|2026-06-09T09:00:00Z
julia.hartmann@lindenhof-klinik.example|webinar_attend|tide-1|Tideline Insight|1500|2026-06-09T09:00:00Z
stefan.huber@rehberg-energie.example|webinar_attend|tide-1|Tideline Insight|3300|2026-06-09T09:00:00Z
v-camille@camille.moreau@bellecour-sante.example|form_submit|/contact||58|2026-06-11T10:10:00Z
v-camille@camille.moreau@bellecour-sante.example|demo_request|/demo|Tideline Core|30|2026-06-15T13:00:00Z
v-stranger1|page_view|/||12|2026-03-01T12:00:00Z 2026-03-02T12:00:00Z
v-stranger2|page_view|/blog||33|2026-05-19T22:10:00Z
v-chen@chen.jing@xincheng-ruanjian.example|form_submit|/contact||61|2026-07-06T02:44:00Z
v-chen@chen.jing@xincheng-ruanjian.example|product_doc_view|doc-api|Tideline Core|240|2026-07-08T03:00:00Z
v-anna2@anna.becker+info@nordwind-maschinenbau.example|form_submit|/contact||30|2026-08-03T07:15:00Z
v-sophie|page_view|/product||88|2026-08-20T08:00:00Z 2026-08-24T08:30:00Z
v-sophie@sophie.keller@lindenhof-klinik.example|form_submit|/contact||47|2026-08-25T08:08:00Z
v-sophie@sophie.keller@lindenhof-klinik.example|pricing_view|/pricing|Tideline Insight|92|2026-08-27T09:00:00Z
v-sophie@sophie.keller@lindenhof-klinik.example|demo_request|/demo|Tideline Insight|33|2026-08-31T08:20:00Z
v-hannah@h.weiss@falkenbach-software.example|form_submit|/contact||39|2026-09-01T09:44:00Z
v-victoria@victoria.ashdown@pemberley-foods.example|form_submit|/contact||53|2026-09-15T16:02:00Z
v-victoria@victoria.ashdown@pemberley-foods.example|demo_request|/demo|Harbour Edge|28|2026-09-18T10:00:00Z
v-kevin@kbrooks@lakewell-medical.example|form_submit|/contact||71|2026-09-22T17:33:00Z
v-lena@lena.sommer@nordwind-maschinenbau.example|form_submit|/contact||45|2026-09-29T06:59:00Z
v-zhao|page_view|/integrations||64|2026-10-05T05:00:00Z
v-nicolas@nicolas.petit@bellecour-sante.example|form_submit|/contact||57|2026-10-13T13:40:00Z
v-nicolas@nicolas.petit@bellecour-sante.example|demo_request|/demo|Harbour Fleet|40|2026-10-16T09:30:00Z
sarah.whitfield@ashford-logistics.example|webinar_attend|tide-2|Harbour Fleet|2400|2026-10-14T14:00:00Z
bill.mason@stonebrook-systems.example|webinar_attend|tide-2|Harbour Fleet|900|2026-10-14T14:00:00Z
v-sarah|page_view|/customers||140|2026-10-17T13:00:00Z
v-sarah@sarah.whitfield@ashford-logistics.example|form_submit|/contact||90|2026-10-20T15:15:00Z
v-sarah@sarah.whitfield@ashford-logistics.example|product_doc_view|doc-security|Harbour Fleet|200|2026-10-27T09:00:00Z
v-sarah@sarah.whitfield@ashford-logistics.example|product_doc_view|doc-api|Harbour Fleet|170|2026-10-27T09:08:00Z
v-sarah@sarah.whitfield@ashford-logistics.example|product_doc_view|doc-install|Harbour Fleet|160|2026-11-02T10:00:00Z
v-sarah@sarah.whitfield@ashford-logistics.example|pricing_view|/pricing|Harbour Fleet|85|2026-11-09T10:30:00Z 2026-11-16T10:45:00Z
v-ines@ines.roth@rehberg-energie.example|form_submit|/contact||49|2026-11-03T08:37:00Z
v-ines@ines.roth@rehberg-energie.example|pricing_view|/pricing|Tideline Insight|70|2026-11-05T09:30:00Z
v-ines@ines.roth@rehberg-energie.example|whitepaper_download|roi-of-lanterns|Tideline Insight|25|2026-11-05T09:40:00Z
v-jonas|page_view|/||30|2026-11-06T17:00:00Z
v-jonas|pricing_view|/pricing|Harbour Fleet|130|2026-11-09T17:10:00Z
v-jonas@jonas.albrecht@nordwind-maschinenbau.example|form_submit|/contact||62|2026-11-10T09:58:00Z
v-jonas@jonas.albrecht@nordwind-maschinenbau.example|product_doc_view|doc-install|Harbour Fleet|220|2026-11-12T08:00:00Z
v-jonas@jonas.albrecht@nordwind-maschinenbau.example|product_doc_view|doc-api|Harbour Fleet|250|2026-11-12T08:10:00Z
v-jonas@jonas.albrecht@nordwind-maschinenbau.example|product_doc_view|doc-security|Harbour Fleet|180|2026-11-13T08:00:00Z
v-jonas@jonas.albrecht@nordwind-maschinenbau.example|demo_request|/demo|Harbour Fleet|38|2026-11-16T09:00:00Z
v-amelia|page_view|/||20|2026-11-17T11:05:00Z
v-stranger3|page_view|/||18|2026-09-12T12:00:00Z 2026-11-19T12:00:00Z
"""

# deal | lead key | e-mail | company | product | currency | owner | competitor | reason
DEALS = """
OPP-1001|WEB-1001|anna.becker@nordwind-maschinenbau.example|Nordwind Maschinenbau GmbH|Harbour Fleet|EUR|Nina Sander||
OPP-1002|WEB-1002|james.carter@ashford-logistics.example|Ashford Logistics Ltd|Harbour Edge|GBP|Owen Price|Meridiant|price
OPP-1003||thomas.schneider@rehberg-energie.example|Rehberg Energie AG|Tideline Core|EUR|Nina Sander||
OPP-1004|WEB-1004|emily.stone@stonebrook-systems.example|Stonebrook Systems Inc.|Tideline Insight|USD|Rosa Delgado||
OPP-1005|WEB-1007|li.wei@huayuan-jixie.example|上海华远机械有限公司|Harbour Fleet|CNY|林晓|Kestrel Systems|
OPP-1006|WEB-1008|julia.hartmann@lindenhof-klinik.example|Lindenhof Klinik gGmbH|Lantern Care|EUR|Tim Falk||no budget
OPP-1007|WEB-1010||Valmont Transport SARL|Harbour Edge|EUR|Tim Falk||timing
OPP-1008|WEB-1011|grace.hughes@pemberley-foods.example|Pemberley Foods plc|Tideline Insight|GBP|Owen Price||
OPP-1009|WEB-1012|d.koch@rehberg-energie.example|Rehberg Energie AG|Harbour Fleet|EUR|Nina Sander|Kestrel Systems|competitor
OPP-1010|WEB-1014|r.lakeman@lakewell-medical.example|Lakewell Medical LLC|Lantern Care|USD|Rosa Delgado||no decision
OPP-1011|WEB-1017|camille.moreau@bellecour-sante.example|Bellecour Santé SAS|Tideline Core|EUR|Tim Falk|Meridiant|
OPP-1012|||Pemberley Foods plc|Lantern Care|GBP|Owen Price||
OPP-1013|||Rehberg Energie AG|Harbour Fleet|EUR|Nina Sander||
OPP-1014|WEB-1018|chen.jing@xincheng-ruanjian.example|深圳信诚软件有限公司|Tideline Core|CNY|林晓||
OPP-1015|WEB-1020|anna.becker@nordwind-maschinenbau.example|Nordwind Maschinenbau GmbH|Harbour Edge|EUR|Nina Sander||
OPP-1016|WEB-1021|sophie.keller@lindenhof-klinik.example|Lindenhof Klinik gGmbH|Tideline Insight|EUR|Tim Falk||
OPP-1017|WEB-1022|h.weiss@falkenbach-software.example|Falkenbach Software GmbH|Tideline Core|EUR|Tim Falk||missing feature
OPP-1018|WEB-1024|victoria.ashdown@pemberley-foods.example|Pemberley Foods plc|Harbour Edge|GBP|Owen Price||
OPP-1019|WEB-1025|kbrooks@lakewell-medical.example|Lakewell Medical LLC|Tideline Insight|USD|Rosa Delgado||
OPP-1020|HX402|wang.fang@ruikang-yiliao.example|杭州瑞康医疗股份有限公司|Lantern Care|CNY|林晓||
OPP-1021|HX409|zhou.jing@ruikang-yiliao.example|杭州瑞康医疗股份有限公司|Tideline Core|CNY|林晓||price
OPP-1022|B505|jens.petersen@kieselstein-handel.example|Kieselstein Handel GmbH & Co. KG|Lantern Care|EUR|Tim Falk||no decision
OPP-1023|B508|henri.lefebvre@valmont-transport.example|Valmont Transport SARL|Harbour Fleet|EUR|Tim Falk|Ostara Cloud|
OPP-1024|||Stonebrook Systems Inc.|Harbour Edge|USD|Rosa Delgado||
OPP-1025|WEB-1028|nicolas.petit@bellecour-sante.example|Bellecour Santé SAS|Harbour Fleet|EUR|Tim Falk||
OPP-1026|WEB-1026|lena.sommer@nordwind-maschinenbau.example|Nordwind Maschinenbau GmbH|Tideline Core|EUR|Nina Sander|Meridiant|competitor
"""

# deal | then stage (V validation, E solution exchange, N negotiation, W won, L lost), day of change, amount, close day
# expected; Berlin time, at ten in the morning
CHANGES = """
OPP-1001|V 2026-01-20 58000 2026-04-30|E 2026-02-03 58000 2026-04-30|N 2026-03-02 56000 2026-04-20|W 2026-04-14 56000 2026-04-14
OPP-1002|V 2026-01-28 18000 2026-04-15|E 2026-02-12 18000 2026-04-30|L 2026-03-20 18000 2026-03-20
OPP-1003|V 2026-02-23 34000 2026-05-29|E 2026-03-11 34000 2026-05-29|N 2026-04-08 34000 2026-06-15|N 2026-06-10 34000 2026-07-15|W 2026-07-09 33500 2026-07-09
OPP-1004|V 2026-02-12 88000 2026-06-30|E 2026-03-05 88000 2026-06-30|N 2026-04-16 91000 2026-06-30|W 2026-06-25 91000 2026-06-25
OPP-1005|V 2026-03-10 320000 2026-07-31|E 2026-04-02 320000 2026-07-31|N 2026-05-20 340000 2026-08-31|N 2026-08-24 340000 2026-10-15|N 2026-10-12 330000 2026-12-15
OPP-1006|V 2026-03-12 48000 2026-06-30|E 2026-04-01 48000 2026-07-15|L 2026-05-11 48000 2026-05-11
OPP-1007|V 2026-03-25 12000 2026-06-15|L 2026-04-10 12000 2026-04-10
OPP-1008|V 2026-04-09 41000 2026-07-31|E 2026-05-06 41000 2026-07-15|N 2026-06-03 40000 2026-06-30|W 2026-06-29 40000 2026-06-29
OPP-1009|V 2026-04-20 64000 2026-08-31|E 2026-05-19 64000 2026-08-31|N 2026-07-01 62000 2026-09-15|L 2026-09-10 62000 2026-09-10
OPP-1010|V 2026-05-14 27000 2026-08-31|E 2026-06-10 27000 2026-09-15|L 2026-08-04 27000 2026-08-04
OPP-1011|V 2026-06-22 36000 2026-09-30|E 2026-07-20 36000 2026-09-30|N 2026-09-02 35000 2026-09-30|W 2026-09-28 35000 2026-09-28
OPP-1012|V 2026-02-17 15000 2026-04-30|W 2026-03-31 15000 2026-03-31
OPP-1013|V 2026-05-04 120000 2026-09-30|E 2026-06-01 120000 2026-09-30|N 2026-07-15 115000 2026-10-15|E 2026-08-20 115000 2026-11-30|N 2026-09-25 110000 2026-12-18
OPP-1014|V 2026-07-15 180000 2026-12-15|E 2026-08-12 180000 2026-12-15|E 2026-10-22 180000 2027-01-29
OPP-1015|V 2026-08-12 16000 2026-11-30|E 2026-09-03 16000 2026-11-30|N 2026-10-01 15500 2026-12-04
OPP-1016|V 2026-09-03 48000 2026-12-18|E 2026-09-24 48000 2026-12-18|N 2026-10-22 47000 2026-12-11
OPP-1017|V 2026-09-10 22000 2026-12-01|L 2026-10-02 22000 2026-10-02
OPP-1018|V 2026-09-24 22000 2026-12-15|E 2026-10-15 22000 2026-12-01|W 2026-11-12 21500 2026-11-12
OPP-1019|V 2026-10-01 45000 2027-02-15|E 2026-10-29 45000 2027-02-15
OPP-1020|V 2026-05-12 450000 2026-09-15|E 2026-06-08 450000 2026-09-15|N 2026-07-22 430000 2026-08-31|W 2026-08-31 430000 2026-08-31
OPP-1021|V 2026-06-16 95000 2026-09-30|L 2026-07-07 95000 2026-07-07
OPP-1022|V 2026-06-24 12000 2026-09-15|L 2026-09-15 12000 2026-09-15
OPP-1023|V 2026-07-02 75000 2026-11-15|E 2026-08-06 75000 2026-11-15|N 2026-10-08 72000 2026-12-22
OPP-1024|V 2026-10-12 30000 2027-03-01
OPP-1025|V 2026-10-21 70000 2027-01-15|E 2026-11-09 70000 2027-01-15
OPP-1026|V 2026-10-08 30000 2026-12-31|L 2026-11-05 30000 2026-11-05
"""
STAGES = {
    "V": "Validation",
    "E": "Solution exchange",
    "N": "Negotiation",
    "W": "Closed won",
    "L": "Closed lost",
}

SUBSIDIARY = """
D-01,Lakewell Medical LLC,Lakewell / Lantern Care,won,Negotiation,19000.00,USD,2026-01-15T15:00:00Z,2026-03-18T15:00:00Z,,Rosa Delgado,,Lantern Care
D-02,Stonebrook Systems Inc.,Stonebrook / Harbour Edge,lost,Solution exchange,26000.00,USD,2026-01-29T15:00:00Z,2026-04-02T15:00:00Z,,Rosa Delgado,price,Harbour Edge
D-03,Ashford Logistics Ltd,Ashford / Tideline Core,lost,Validation,14000.00,GBP,2026-02-11T10:00:00Z,2026-03-02T10:00:00Z,,Owen Price,timing,Tideline Core
D-04,Granite Peak Energy LLC,Granite Peak / Harbour Fleet,won,Negotiation,82000.00,USD,2026-02-26T16:00:00Z,2026-06-11T16:00:00Z,,Rosa Delgado,,Harbour Fleet
D-05,Oakridge Learning Corp.,Oakridge / Tideline Insight,lost,Negotiation,37000.00,USD,2026-03-24T16:00:00Z,2026-07-22T16:00:00Z,,Rosa Delgado,competitor,Tideline Insight
D-06,Granite Peak Energy LLC,Granite Peak / Lantern Care,won,Negotiation,11000.00,USD,2026-06-02T16:00:00Z,2026-08-19T16:00:00Z,,Rosa Delgado,,Lantern Care
D-07,Marlow Retail Ltd,Marlow / Harbour Edge,lost,Validation,9000.00,GBP,2026-08-05T10:00:00Z,2026-09-01T10:00:00Z,,Owen Price,no budget,Harbour Edge
D-08,Marlow Retail Ltd,Marlow / Tideline Core,open,Negotiation,28000.00,GBP,2026-08-27T10:00:00Z,,2026-12-16,Owen Price,,Tideline Core
D-09,Oakridge Learning Corp.,Oakridge / Harbour Fleet,open,Solution exchange,64000.00,USD,2026-09-30T16:00:00Z,,2027-01-20,Rosa Delgado,,Harbour Fleet
D-10,Silverlake Foods Inc.,Silverlake / Lantern Care,open,Validation,13000.00,USD,2026-11-10T16:00:00Z,,2027-02-26,Rosa Delgado,,Lantern Care
"""

OUTCOMES = """
WEB-1001,anna.becker@nordwind-maschinenbau.example,won,2026-04-14T08:00:00Z,
WEB-1002,james.carter@ashford-logistics.example,lost,2026-03-20T09:00:00Z,price
WEB-1004,,won,2026-06-25T08:00:00Z,
WEB-1005,michael.schmidt@falkenbach-software.example,junk,2026-02-13T09:00:00Z,only looking around
WEB-1008,julia.hartmann@lindenhof-klinik.example,lost,2026-05-11T08:00:00Z,no budget
,laura.fischer@inbox.example.org,junk,2026-04-21T08:00:00Z,student
WEB-1011,grace.hughes@pemberley-foods.example,won,2026-06-29T08:00:00Z,
HX402,wang.fang@ruikang-yiliao.example,won,2026-08-31T08:00:00Z,
WEB-1014,r.lakeman@lakewell-medical.example,lost,08/04/2026 10:00,April or August?
WEB-1019,oliver.wright@ashford-logistics.example,unreachable,2026-07-28T09:00:00Z,
WEB-1030,felix.brandt@mail.example.com,unreachable,2026-11-04T09:00:00Z,
"""

# activity | deal | lead key | type | Berlin time | owner | result | minutes
ACTIVITIES = """
A-01,,WEB-1001,call,2026-01-13 09:30,Nina Sander,reached,15
A-02,OPP-1001,WEB-1001,demo,2026-01-26 10:00,Nina Sander,reached,60
A-03,OPP-1001,WEB-1001,meeting,2026-03-16 14:00,Nina Sander,reached,90
A-04,,WEB-1002,call,2026-01-20 16:00,Owen Price,reached,10
A-05,OPP-1002,WEB-1002,email,2026-02-20 11:00,Owen Price,reached,
A-06,OPP-1003,WEB-1003,call,2026-02-24 09:15,Nina Sander,no answer,5
A-07,OPP-1003,WEB-1003,meeting,2026-03-25 10:00,Nina Sander,reached,75
A-08,OPP-1004,WEB-1004,demo,2026-02-18 18:00,Rosa Delgado,reached,45
A-09,OPP-1005,WEB-1007,meeting,2026-04-15 09:00,林晓,reached,120
A-10,OPP-1005,WEB-1007,call,2026-09-07 09:00,林晓,left message,5
A-11,OPP-1008,WEB-1011,demo,2026-04-22 15:00,Owen Price,reached,50
A-12,OPP-1009,WEB-1012,meeting,2026-05-28 13:00,Nina Sander,reached,60
A-13,OPP-1011,WEB-1017,call,2026-06-25 10:30,Tim Falk,reached,20
A-14,OPP-1013,,meeting,2026-06-09 11:00,Nina Sander,reached,80
A-15,OPP-1016,WEB-1021,demo,2026-09-08 10:00,Tim Falk,reached,55
A-16,OPP-1016,WEB-1021,call,2026-10-26 09:45,Tim Falk,reached,15
A-17,OPP-1019,WEB-1025,call,2026-10-05 17:00,Rosa Delgado,no answer,5
A-18,OPP-1023,B508,meeting,2026-08-20 14:30,Tim Falk,reached,70
A-19,,WEB-1031,call,2026-11-06 11:00,Nina Sander,no answer,5
A-20,,WEB-1032,call,2026-11-11 09:10,Nina Sander,reached,25
"""

ACCOUNTS = """
Nordwind Maschinenbau GmbH,HRB 410021,nordwind-maschinenbau.example,manufacturing,DE,420,88000000,
Rehberg Energie AG,HRB 410035,rehberg-energie.example,energy,DE,1800,640000000,
Lindenhof Klinik gGmbH,HRB 410048,lindenhof-klinik.example,healthcare,DE,900,110000000,
Ashford Logistics Ltd,04100557,ashford-logistics.example,logistics,GB,310,52000000,
Pemberley Foods plc,04100564,pemberley-foods.example,food,GB,2400,910000000,
Stonebrook Systems Inc.,,stonebrook-systems.example,software,US,950,230000000,
Lakewell Medical LLC,,lakewell-medical.example,healthcare,US,140,31000000,Stonebrook Systems Inc.
Bellecour Santé SAS,,bellecour-sante.example,healthcare,FR,560,97000000,
上海华远机械有限公司,91310115058088260X,huayuan-jixie.example,manufacturing,CN,1300,1450000000,
杭州瑞康医疗股份有限公司,91440106709982435Y,ruikang-yiliao.example,healthcare,CN,860,720000000,
"""

REPS = """
Nina Sander,Nina Sander,senior,DE,35,2019-03-01,Strategic
Owen Price,Owen Price,senior,GB,35,2021-09-01,Field
Rosa Delgado,Rosa Delgado,senior,US,30,2022-02-01,Field
Tim Falk,Tim Falk,junior,DE,25,2026-02-01,Inside
林晓,林晓,senior,CN,30,2023-06-01,Field
"""

PRODUCTS = """
Tideline Core,Tideline Core,Tideline,24000.00,EUR,0.72
Tideline Insight,Tideline Insight,Tideline,38000.00,EUR,0.68
Harbour Edge,Harbour Edge,Harbour,15000.00,EUR,0.55
Harbour Fleet,Harbour Fleet,Harbour,62000.00,EUR,0.49
Lantern Care,Lantern Care,Lantern,9000.00,EUR,0.61
"""

QUARTERLY_TARGETS = {
    "Nina Sander": 70,
    "Owen Price": 45,
    "Rosa Delgado": 60,
    "Tim Falk": 25,
    "林晓": 40,
}  # thousand EUR
TEAMS = {
    "Nina Sander": "Strategic",
    "Owen Price": "Field",
    "Rosa Delgado": "Field",
    "Tim Falk": "Inside",
    "林晓": "Field",
}
QUARTERS = ("2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4", "2027-Q1")

# first day of the month | USD | GBP | CNY, each in EUR
RATES = """
2026-01-01|0.9200|1.1600|0.1280
2026-02-01|0.9180|1.1620|0.1278
2026-03-01|0.9150|1.1650|0.1275
2026-04-01|0.9210|1.1670|0.1281
2026-05-01|0.9240|1.1640|0.1284
2026-06-01|0.9260|1.1610|0.1288
2026-07-01|0.9230|1.1590|0.1285
2026-08-01|0.9190|1.1580|0.1280
2026-09-01|0.9160|1.1600|0.1276
2026-10-01|0.9130|1.1630|0.1272
2026-11-01|0.9110|1.1660|0.1270
"""


def rows(block: str, cells: str = "|") -> list[list[str]]:
    """The lines of a block, split into cells."""
    return [[cell.strip() for cell in line.split(cells)] for line in block.strip().splitlines()]


def website(block: str) -> str:
    """Form submissions as JSON Lines."""
    lines = []
    for line in block.strip().splitlines():
        if line.startswith("!"):
            lines.append(line[1:])
            continue
        filled = {
            key: cell.strip().replace("\\n", "\n")
            for key, cell in zip(WEBSITE_KEYS, line.split("|"), strict=True)
            if cell.strip()
        }
        utm = {key: filled.pop(key) for key in ("medium", "campaign") if key in filled}
        whole = ("employees", "budget")
        lines.append(_json({key: int(cell) if key in whole else cell for key, cell in filled.items()} | {"utm": utm}))
    return "\n".join(lines) + "\n"


def webinar() -> str:
    """Registrations as one JSON document."""
    submissions = []
    for key, at, first, last, email, phone, organisation, country, title, consent in rows(WEBINAR):
        asked = {"first": first, "last": last, "email": email, "phone": phone, "organisation": organisation}
        attendee = {name: value for name, value in {**asked, "country": country}.items() if value}
        submissions.append({"id": key, "registered": at, "attendee": attendee, "webinar": title, "consent": consent})
    body = ",\n".join("  " + _json(submission) for submission in submissions)
    return '{"exported":"by hand","data":{"submissions":[\n' + body + "\n]}}\n"


def events() -> list[dict[str, str]]:
    """Behaviour by time. Event numbers follow the order of the block."""
    found: list[dict[str, str]] = []
    for who, kind, asset, product, seconds, times in rows(EVENTS):
        browser, _, email = who.partition("@") if who.startswith("v-") else ("", "", who)
        for at in times.split():
            said = (
                f"e{len(found) + 1:04}",
                kind,
                at,
                at.replace("00Z", "05Z"),
                browser,
                email,
                "",
                asset,
                product,
                seconds,
                "",
            )
            found.append(dict(zip(EVENT_COLUMNS, said, strict=True)))
    return sorted(found, key=lambda event: (event["occurred_at"], event["event_id"]))


def stage_changes() -> str:
    """The sales system's history as CSV, with one duplicate line, one bad date and one short line."""
    deals = {cells[0]: cells for cells in rows(DEALS)}
    lines = []
    for ref, *steps in rows(CHANGES):
        _, key, email, company, product, currency, owner, competitor, reason = deals[ref]
        for step in steps:
            stage, day, amount, expected = step.split()
            why = reason if stage == "L" else ""
            cells = [
                ref,
                key,
                email,
                company,
                f"{company} / {product}",
                STAGES[stage],
                f"{day} 10:00:00",
                f"{amount}.00",
            ]
            lines.append((day, ref, ",".join([*cells, currency, expected, product, owner, why, competitor])))
    lines.sort()
    texts = [text for _, _, text in lines]
    texts.insert(20, texts[19])
    texts.insert(40, "OPP-1098,,,Odd AG,Odd AG / Tideline Core,Validation,soon,100.00,EUR,,Tideline Core,Tim Falk,,")
    texts.insert(60, "OPP-1099,too short")
    return _lines([CHANGES_HEADER, *texts])


def fx_rates() -> str:
    """A rate to EUR for each Monday and currency as CSV: that of the month."""
    months = {day[:7]: rates for day, *rates in rows(RATES)}
    lines, monday = [], dt.date(2025, 12, 29)
    while monday <= dt.date(2026, 11, 16):
        rates = months[max(monday.isoformat()[:7], "2026-01")]
        lines += [f"{monday},{code},{rate}" for code, rate in zip(("USD", "GBP", "CNY"), rates, strict=True)]
        monday += dt.timedelta(days=7)
    return _lines(["date,currency,rate_to_base", *lines])


def targets() -> str:
    """Quarterly targets of the reps as CSV."""
    lines = [
        f"{quarter},{owner},{TEAMS[owner]},{amount * 1000}.00,EUR"
        for quarter in QUARTERS
        for owner, amount in QUARTERLY_TARGETS.items()
    ]
    return _lines(["period,owner,team,amount,currency", *lines])


def make_landing(target: Path) -> None:
    """Write the landing zone into `target`, which may exist."""
    first, second = [
        [event for event in events() if (event["occurred_at"] < "2026-07") is half] for half in (True, False)
    ]
    first_lines = [_json(_filled(event)) for event in first]
    first_lines.insert(30, first_lines[29])  # sent twice
    first_lines.insert(50, first_lines[50][:70])  # cut off
    first_lines.append('{"event_id":"e9001","event_type":"page_view","anonymous_id":"v-stranger2"}')  # no time
    second_lines = [",".join(EVENT_COLUMNS), *(",".join(event.values()) for event in second)]
    landing_lines = [
        line[1:] if line.startswith("!") else ",".join(_quoted(cell) for cell in line.replace("\\n", "\n").split("|"))
        for line in LANDING.strip().splitlines()
    ]
    texts = {
        "forms/website_2026-H1.jsonl": website(WEBSITE_H1),
        "forms/website_2026-H2.jsonl": website(WEBSITE_H2),
        "forms/webinar.json": webinar(),
        "forms/landing_pages.csv": _lines([LANDING_HEADER, *landing_lines], "\r\n"),
        "events/web_2026-H1.jsonl": _lines(first_lines),
        "crm/stage_changes_2026.csv": stage_changes(),
        "crm/subsidiary_deals.csv": _lines([DEALS_HEADER, SUBSIDIARY.strip()]),
        "crm/outcomes.csv": _lines([OUTCOMES_HEADER, OUTCOMES.strip()]),
        "crm/activities_2026.csv": _lines([ACTIVITIES_HEADER, ACTIVITIES.strip()]),
        "reference/accounts.csv": _lines([ACCOUNTS_HEADER, ACCOUNTS.strip()]),
        "reference/reps.csv": _lines(["owner,name,level,region,capacity,hired_on,team", REPS.strip()]),
        "reference/products.csv": _lines(["product,name,line,price,currency,margin_rate", PRODUCTS.strip()]),
        "reference/targets.csv": targets(),
        "reference/fx_rates.csv": fx_rates(),
    }
    files = {path: text.encode() for path, text in texts.items()}
    chinese = [HUAXIN_HEADER + ",医院等级", *(",".join(cells) for cells in rows(HUAXIN))]
    files["partners/huaxin/leads_2026.csv"] = _lines(chinese, "\r\n").encode("gb18030")
    files["events/web_2026-H2.csv.gz"] = gzip.compress(_lines(second_lines).encode(), 9, mtime=0)
    for path, content in files.items():
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        (target / path).write_bytes(content)
    badges = [[cell or None for cell in cells] for cells in rows(BADGES)]
    above = ["Messehaus Nord - scanned badges, Hanover 2026", ""]
    nobody = np.full(len(badges), -1)
    Landing(target).write_workbook(
        "partners/messehaus/badges_2026.xlsx", "leads", "Leads", above, BADGE_HEADER, badges, nobody
    )


def _filled(event: dict[str, str]) -> dict[str, object]:
    return {key: int(value) if key == "dwell_seconds" else value for key, value in event.items() if value}


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if any(mark in cell for mark in ',"\n') else cell


def _json(value: Mapping[str, object]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _lines(lines: list[str], end: str = "\n") -> str:
    return "".join(line + end for line in lines)


if __name__ == "__main__":
    make_landing(Path(__file__).parent / "landing")
