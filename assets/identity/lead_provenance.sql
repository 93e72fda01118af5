-- One row per lead and field that its records fill, with the record whose value the lead shows.
--
-- Policy says by field which record that is: the newest, the oldest, the one that says it longest, one that says what
-- most records say, or one of the most trusted source; among equals the newest. Registry number, domain and web site
-- are taken from records that name the company that survived, and one refusal of consent outranks every consent. Most
-- leads have one record, about which there is nothing to decide: it has one row for all fields.
WITH placed AS (
    SELECT
        arrived.record_id,
        identities.lead_id,
        arrived.source_name,
        arrived.known_at,
        count(*) OVER (PARTITION BY identities.lead_id) AS lead_record_count,
        row_number() OVER (
            PARTITION BY identities.lead_id
            ORDER BY
                arrived.known_at, arrived.submitted_at NULLS FIRST, arrived.received_at, arrived.content_hash,
                arrived.record_id
        ) AS recency
    FROM lead_records AS arrived
    INNER JOIN lead_identities AS identities ON arrived.record_id = identities.record_id
),

several AS (
    SELECT
        lead_records.*,
        placed.lead_id,
        placed.recency,
        company_keys.name_key AS company_key,
        coalesce(refusals.word, beginnings.word) IS NOT NULL AS is_refusal,
        coalesce(sources.trust_order, 999999) AS distrust
    FROM lead_records
    INNER JOIN placed ON lead_records.record_id = placed.record_id
    LEFT JOIN name_keys AS company_keys
        ON company_keys.kind = 'company' AND lead_records.company = company_keys.name
    LEFT JOIN policy_consent_refusals AS refusals ON lower(trim(lead_records.consent)) = refusals.word
    LEFT JOIN policy_consent_refusals AS beginnings
        ON
        regexp_replace(
            lower(trim(lead_records.consent)), '\s*([,;:!(，；：！（。].*|\.0*|\s[-–—]\s.*|\d{4}[-/.年].*)$', ''
        ) = beginnings.word
    LEFT JOIN policy_source_order AS sources ON lead_records.source_name = sources.source_name
    WHERE placed.lead_record_count > 1
),

cells AS (
    SELECT
        several.lead_id,
        several.recency,
        several.distrust,
        several.company_key,
        policy_survivorship.field,
        CASE
            WHEN policy_survivorship.field = 'consent' AND several.is_refusal THEN 'refusal'
            ELSE policy_survivorship.keeps
        END AS rule,
        CASE policy_survivorship.field
            WHEN 'full_name' THEN several.full_name
            WHEN 'first_name' THEN several.first_name
            WHEN 'last_name' THEN several.last_name
            WHEN 'birth_date' THEN cast(several.birth_date AS VARCHAR)
            WHEN 'email' THEN several.email
            WHEN 'phone' THEN several.phone
            WHEN 'company' THEN several.company
            WHEN 'company_code' THEN several.company_code
            WHEN 'domain' THEN several.domain
            WHEN 'website' THEN several.website
            WHEN 'title' THEN several.title
            WHEN 'department' THEN several.department
            WHEN 'industry' THEN several.industry
            WHEN 'employee_count' THEN cast(several.employee_count AS VARCHAR)
            WHEN 'annual_revenue' THEN cast(several.annual_revenue AS VARCHAR)
            WHEN 'country' THEN several.country
            WHEN 'region' THEN several.region
            WHEN 'city' THEN several.city
            WHEN 'postcode' THEN several.postcode
            WHEN 'address' THEN several.address
            WHEN 'need' THEN several.need
            WHEN 'product' THEN several.product
            WHEN 'budget_amount' THEN cast(several.budget_amount AS VARCHAR)
            WHEN 'purchase_date' THEN cast(several.purchase_date AS VARCHAR)
            WHEN 'message' THEN several.message
            WHEN 'language' THEN several.language
            WHEN 'consent' THEN several.consent
            WHEN 'source_name' THEN several.source_name
            WHEN 'channel' THEN several.channel
            WHEN 'medium' THEN several.medium
            WHEN 'campaign' THEN several.campaign
            WHEN 'referrer' THEN several.referrer
            WHEN 'landing_page' THEN several.landing_page
            WHEN 'owner' THEN several.owner
        END AS said
    FROM several
    CROSS JOIN policy_survivorship
),

-- how often a lead's records say the same is counted where it matters only
counted AS (
    SELECT
        cells.*,
        count(*) OVER (PARTITION BY cells.lead_id, cells.field, cells.said) AS times
    FROM cells
    WHERE cells.said IS NOT NULL AND cells.rule = 'most_frequent'
    UNION ALL
    SELECT
        cells.*,
        0 AS times
    FROM cells
    WHERE cells.said IS NOT NULL AND cells.rule <> 'most_frequent'
),

ranked AS (
    SELECT
        lead_id,
        field,
        rule,
        recency,
        company_key,
        CASE rule
            WHEN 'oldest' THEN -recency
            WHEN 'first_source' THEN recency - 1000000 * distrust
            WHEN 'longest' THEN recency + 1000000 * length(said)
            WHEN 'most_frequent' THEN recency + 1000000 * times
            WHEN 'refusal' THEN recency + 1000000000000
            ELSE recency
        END AS place
    FROM counted
),

companies AS (
    SELECT
        lead_id,
        arg_max(coalesce(company_key, ''), place) AS company_key
    FROM ranked
    WHERE field = 'company'
    GROUP BY lead_id
),

chosen AS (
    SELECT
        ranked.lead_id,
        ranked.field,
        arg_max(ranked.recency, ranked.place) AS recency,
        arg_max(ranked.rule, ranked.place) AS rule
    FROM ranked
    LEFT JOIN companies ON ranked.lead_id = companies.lead_id
    WHERE
        ranked.field NOT IN ('company_code', 'domain', 'website')
        OR ranked.company_key IS NULL
        OR ranked.company_key = companies.company_key
    GROUP BY ranked.lead_id, ranked.field
)

SELECT
    chosen.lead_id,
    chosen.field,
    placed.record_id,
    placed.source_name,
    placed.known_at,
    chosen.rule
FROM chosen
INNER JOIN placed ON chosen.lead_id = placed.lead_id AND chosen.recency = placed.recency
UNION ALL
SELECT
    lead_id,
    '(all)' AS field,
    record_id,
    source_name,
    known_at,
    'only_record' AS rule
FROM placed
WHERE lead_record_count = 1
