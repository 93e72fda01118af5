"""What partners sent."""

# ruff: noqa: E501 - rows stand as they are written

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
