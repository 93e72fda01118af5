-- One row per lead, with the value of each field that survived.
--
-- lead_provenance says from which record each field is taken. The currency is that of the record which names the
-- budget.
WITH spans AS (
    SELECT
        identities.lead_id,
        min(least(records.known_at, coalesce(records.submitted_at, records.known_at))) AS first_seen_at,
        max(records.known_at) AS last_seen_at,
        count(*) AS record_count,
        bool_or(coalesce(refusals.word, beginnings.word) IS NOT NULL) AS has_refused_consent
    FROM lead_records AS records
    INNER JOIN lead_identities AS identities ON records.record_id = identities.record_id
    LEFT JOIN policy_consent_refusals AS refusals ON lower(trim(records.consent)) = refusals.word
    LEFT JOIN policy_consent_refusals AS beginnings
        ON
        regexp_replace(
            lower(trim(records.consent)), '\s*([,;:!(，；：！（。].*|\.0*|\s[-–—]\s.*|\d{4}[-/.年].*)$', ''
        ) = beginnings.word
    GROUP BY identities.lead_id
),

chosen AS (
    SELECT
        lead_id,
        record_id,
        list(field) AS fields
    FROM lead_provenance
    WHERE field <> '(all)'
    GROUP BY lead_id, record_id
),

together AS (
    SELECT
        chosen.lead_id,
        max(records.full_name) FILTER (WHERE list_contains(chosen.fields, 'full_name')) AS full_name,
        max(records.first_name) FILTER (WHERE list_contains(chosen.fields, 'first_name')) AS first_name,
        max(records.last_name) FILTER (WHERE list_contains(chosen.fields, 'last_name')) AS last_name,
        max(records.birth_date) FILTER (WHERE list_contains(chosen.fields, 'birth_date')) AS birth_date,
        max(records.email) FILTER (WHERE list_contains(chosen.fields, 'email')) AS email,
        max(records.phone) FILTER (WHERE list_contains(chosen.fields, 'phone')) AS phone,
        max(records.company) FILTER (WHERE list_contains(chosen.fields, 'company')) AS company,
        max(records.company_code) FILTER (WHERE list_contains(chosen.fields, 'company_code')) AS company_code,
        max(records.domain) FILTER (WHERE list_contains(chosen.fields, 'domain')) AS domain,
        max(records.website) FILTER (WHERE list_contains(chosen.fields, 'website')) AS website,
        max(records.title) FILTER (WHERE list_contains(chosen.fields, 'title')) AS title,
        max(records.department) FILTER (WHERE list_contains(chosen.fields, 'department')) AS department,
        max(records.industry) FILTER (WHERE list_contains(chosen.fields, 'industry')) AS industry,
        max(records.employee_count) FILTER (WHERE list_contains(chosen.fields, 'employee_count')) AS employee_count,
        max(records.annual_revenue) FILTER (WHERE list_contains(chosen.fields, 'annual_revenue')) AS annual_revenue,
        max(records.country) FILTER (WHERE list_contains(chosen.fields, 'country')) AS country,
        max(records.region) FILTER (WHERE list_contains(chosen.fields, 'region')) AS region,
        max(records.city) FILTER (WHERE list_contains(chosen.fields, 'city')) AS city,
        max(records.postcode) FILTER (WHERE list_contains(chosen.fields, 'postcode')) AS postcode,
        max(records.address) FILTER (WHERE list_contains(chosen.fields, 'address')) AS address,
        max(records.need) FILTER (WHERE list_contains(chosen.fields, 'need')) AS need,
        max(records.product) FILTER (WHERE list_contains(chosen.fields, 'product')) AS product,
        max(records.budget_amount) FILTER (WHERE list_contains(chosen.fields, 'budget_amount')) AS budget_amount,
        max(records.purchase_date) FILTER (WHERE list_contains(chosen.fields, 'purchase_date')) AS purchase_date,
        max(records.message) FILTER (WHERE list_contains(chosen.fields, 'message')) AS message,
        max(records.language) FILTER (WHERE list_contains(chosen.fields, 'language')) AS language,
        max(records.consent) FILTER (WHERE list_contains(chosen.fields, 'consent')) AS consent,
        max(records.source_name) FILTER (WHERE list_contains(chosen.fields, 'source_name')) AS source_name,
        max(records.channel) FILTER (WHERE list_contains(chosen.fields, 'channel')) AS channel,
        max(records.medium) FILTER (WHERE list_contains(chosen.fields, 'medium')) AS medium,
        max(records.campaign) FILTER (WHERE list_contains(chosen.fields, 'campaign')) AS campaign,
        max(records.referrer) FILTER (WHERE list_contains(chosen.fields, 'referrer')) AS referrer,
        max(records.landing_page) FILTER (WHERE list_contains(chosen.fields, 'landing_page')) AS landing_page,
        max(records.owner) FILTER (WHERE list_contains(chosen.fields, 'owner')) AS owner,
        max(coalesce(records.currency, '')) FILTER (WHERE list_contains(chosen.fields, 'budget_amount')) AS currency,
        max(records.known_at) FILTER (WHERE list_contains(chosen.fields, 'budget_amount')) AS budget_known_at
    FROM chosen
    INNER JOIN lead_records AS records ON chosen.record_id = records.record_id
    GROUP BY chosen.lead_id
    UNION ALL
    SELECT
        single.lead_id,
        records.full_name,
        records.first_name,
        records.last_name,
        records.birth_date,
        records.email,
        records.phone,
        records.company,
        records.company_code,
        records.domain,
        records.website,
        records.title,
        records.department,
        records.industry,
        records.employee_count,
        records.annual_revenue,
        records.country,
        records.region,
        records.city,
        records.postcode,
        records.address,
        records.need,
        records.product,
        records.budget_amount,
        records.purchase_date,
        records.message,
        records.language,
        records.consent,
        records.source_name,
        records.channel,
        records.medium,
        records.campaign,
        records.referrer,
        records.landing_page,
        records.owner,
        CASE WHEN records.budget_amount IS NOT NULL THEN coalesce(records.currency, '') END AS currency,
        CASE WHEN records.budget_amount IS NOT NULL THEN records.known_at END AS budget_known_at
    FROM lead_provenance AS single
    INNER JOIN lead_records AS records ON single.record_id = records.record_id
    WHERE single.field = '(all)'
),

survived AS (
    SELECT
        together.*,
        company_keys.name_key AS company_key,
        CASE
            WHEN together.budget_known_at >= policy_days.turns_at THEN policy_days.date_after
            ELSE coalesce(policy_days.date_before, cast(together.budget_known_at AS DATE))
        END AS budget_date
    FROM together
    LEFT JOIN name_keys AS company_keys ON company_keys.kind = 'company' AND together.company = company_keys.name
    LEFT JOIN policy_days ON cast(together.budget_known_at AS DATE) = policy_days.utc_date
),

-- the newest rate of the currency up to the business day on which the budget became known, if policy finds it fresh
budget_days AS (
    SELECT DISTINCT
        survived.currency,
        survived.budget_date
    FROM survived
    WHERE survived.currency <> ''
),

rates AS (
    SELECT
        budget_days.currency,
        budget_days.budget_date,
        arg_max(fx_rates.rate_to_base, fx_rates.date) AS rate_to_base
    FROM budget_days
    CROSS JOIN policy_exchange_rates
    INNER JOIN fx_rates
        ON
        budget_days.currency = fx_rates.currency
        AND budget_days.budget_date >= fx_rates.date
        AND coalesce(
            date_diff('day', fx_rates.date, budget_days.budget_date) <= policy_exchange_rates.max_age_days, TRUE
        )
    GROUP BY budget_days.currency, budget_days.budget_date
)

SELECT
    survived.lead_id,
    CASE WHEN survived.full_name IS NULL AND survived.company_key IS NOT NULL THEN 'organisation' ELSE 'person' END
        AS lead_kind,
    survived.full_name,
    survived.first_name,
    survived.last_name,
    survived.birth_date,
    survived.email,
    survived.phone,
    survived.company,
    survived.company_code,
    survived.domain,
    coalesce(
        by_code.account_id, by_domain.account_id, by_name_there.account_id, by_name.account_id
    ) AS account_id,
    CASE
        WHEN by_code.account_id IS NOT NULL THEN 'company_code'
        WHEN by_domain.account_id IS NOT NULL THEN 'domain'
        WHEN by_name_there.account_id IS NOT NULL THEN 'company_and_country'
        WHEN by_name.account_id IS NOT NULL THEN 'company'
    END AS account_matched_by,
    survived.website,
    survived.title,
    survived.department,
    survived.industry,
    survived.employee_count,
    survived.annual_revenue,
    survived.country,
    survived.region,
    survived.city,
    survived.postcode,
    survived.address,
    survived.need,
    survived.product,
    survived.budget_amount,
    CASE
        WHEN survived.currency = run_scope.base_currency THEN survived.budget_amount
        ELSE cast(survived.budget_amount * rates.rate_to_base AS DECIMAL(18, 2))
    END AS budget_amount_base,
    nullif(survived.currency, '') AS currency,
    survived.purchase_date,
    survived.message,
    survived.language,
    survived.consent,
    spans.has_refused_consent,
    survived.source_name,
    survived.channel,
    survived.medium,
    survived.campaign,
    survived.referrer,
    survived.landing_page,
    survived.owner,
    lead_attributes.attributes,
    spans.first_seen_at,
    spans.last_seen_at,
    spans.record_count
FROM survived
CROSS JOIN run_scope
INNER JOIN spans ON survived.lead_id = spans.lead_id
INNER JOIN lead_attributes ON survived.lead_id = lead_attributes.lead_id
LEFT JOIN rates ON survived.currency = rates.currency AND survived.budget_date = rates.budget_date
LEFT JOIN account_keys AS by_code
    ON by_code.key_type = 'company_code' AND survived.company_code = by_code.key_value
LEFT JOIN account_keys AS by_domain
    ON by_domain.key_type = 'domain' AND survived.domain = by_domain.key_value
LEFT JOIN account_keys AS by_name_there
    ON
    by_name_there.key_type = 'company_key'
    AND survived.company_key = by_name_there.key_value
    AND survived.country = by_name_there.key_source
    AND by_name_there.key_source <> ''
LEFT JOIN account_keys AS by_name
    ON by_name.key_type = 'company_key' AND by_name.key_source = '' AND survived.company_key = by_name.key_value
