-- One row per lead and field that a rule or a gate asks about, where the field is filled.
-- Only the fields that policy names are unfolded: all of them would be forty rows a lead.
WITH asked AS (
    SELECT field, attribute_path
    FROM policy_fact_fields
),

unfolded AS (
    SELECT
        g.lead_id,
        a.field,
        CASE a.field
            WHEN 'lead_kind' THEN g.lead_kind
            WHEN 'full_name' THEN g.full_name
            WHEN 'first_name' THEN g.first_name
            WHEN 'last_name' THEN g.last_name
            WHEN 'email' THEN g.email
            WHEN 'phone' THEN g.phone
            WHEN 'company' THEN g.company
            WHEN 'company_code' THEN g.company_code
            WHEN 'domain' THEN g.domain
            WHEN 'website' THEN g.website
            WHEN 'title' THEN g.title
            WHEN 'department' THEN g.department
            WHEN 'industry' THEN g.industry
            WHEN 'employee_count' THEN cast(g.employee_count AS VARCHAR)
            WHEN 'annual_revenue' THEN cast(g.annual_revenue AS VARCHAR)
            WHEN 'country' THEN g.country
            WHEN 'region' THEN g.region
            WHEN 'city' THEN g.city
            WHEN 'postcode' THEN g.postcode
            WHEN 'address' THEN g.address
            WHEN 'need' THEN g.need
            WHEN 'product' THEN g.product
            WHEN 'budget_amount' THEN cast(g.budget_amount AS VARCHAR)
            WHEN 'currency' THEN g.currency
            WHEN 'budget_amount_base' THEN cast(g.budget_amount_base AS VARCHAR)
            WHEN 'purchase_date' THEN cast(g.purchase_date AS VARCHAR)
            WHEN 'message' THEN g.message
            WHEN 'language' THEN g.language
            WHEN 'consent' THEN g.consent
            WHEN 'source_name' THEN g.source_name
            WHEN 'channel' THEN g.channel
            WHEN 'medium' THEN g.medium
            WHEN 'campaign' THEN g.campaign
            WHEN 'referrer' THEN g.referrer
            WHEN 'landing_page' THEN g.landing_page
            WHEN 'owner' THEN g.owner
            WHEN 'has_refused_consent' THEN cast(g.has_refused_consent AS VARCHAR)
            WHEN 'record_count' THEN cast(g.record_count AS VARCHAR)
        END AS value
    FROM golden_records AS g
    CROSS JOIN asked AS a
    WHERE a.attribute_path IS NULL
    UNION ALL
    SELECT
        g.lead_id,
        a.field,
        json_extract_string(g.attributes, a.attribute_path) AS value
    FROM golden_records AS g
    CROSS JOIN asked AS a
    WHERE a.attribute_path IS NOT NULL
)

SELECT
    lead_id,
    field,
    trim(value) AS value
FROM unfolded
WHERE trim(value) NOT IN ('', '(none)')
