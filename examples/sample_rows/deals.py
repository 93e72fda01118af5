"""What the sales system and its people told of deals."""

# ruff: noqa: E501 - rows stand as they are written

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
