"""What people did on the website."""

# ruff: noqa: E501 - rows stand as they are written

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
