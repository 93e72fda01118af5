"""Companies, salespeople, products, targets and rates."""

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
