"""What people sent through forms."""

# ruff: noqa: E501 - rows stand as they are written

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
