-- One row per lead, with the value of each field that survived.
--
-- Policy says by field which value that is: the newest, the oldest, the longest, the most frequent, or that of the
-- most trusted source; among equals the newest. Only filled values compete. Registry number, domain and web site are
-- taken from records that name the company that survived, the currency from the record that names the budget, and
-- one refusal of consent outranks every consent.
WITH keeps AS (
    SELECT
        coalesce(max(named.keeps) FILTER (WHERE named.field = 'full_name'), max(standard.survivorship_default))
            AS full_name,
        coalesce(max(named.keeps) FILTER (WHERE named.field = 'first_name'), max(standard.survivorship_default))
            AS first_name,
        coalesce(max(named.keeps) FILTER (WHERE named.field = 'last_name'), max(standard.survivorship_default))
            AS last_name,
        coalesce(max(named.keeps) FILTER (WHERE named.field = 'birth_date'), max(standard.survivorship_default))
            AS birth_date,
        coalesce(max(named.keeps) FILTER (WHERE named.field = 'email'), max(standard.survivorship_default)) AS email,
        coalesce(max(named.keeps) FILTER (WHERE named.field = 'phone'), max(standard.survivorship_default)) AS phone,
        coalesce(max(named.keeps) FILTER (WHERE named.field = 'company'), max(standard.survivorship_default))
            AS company,
        coalesce(max(named.keeps) FILTER (WHERE named.field = 'company_code'), max(standard.survivorship_default))
            AS company_code,
        coalesce(max(named.keeps) FILTER (WHERE named.field = 'domain'), max(standard.survivorship_default)) AS domain,
        coalesce(max(named.keeps) FILTER (WHERE named.field = 'website'), max(standard.survivorship_default))
            AS website,
        coalesce(max(named.keeps) FILTER (WHERE named.field = 'title'), max(standard.survivorship_default)) AS title,
        coalesce(max(named.keeps) FILTER (WHERE named.field = 'department'), max(standard.survivorship_default))
            AS department,
        coalesce(max(named.keeps) FILTER (WHERE named.field = 'industry'), max(standard.survivorship_default))
            AS industry,
        coalesce(max(named.keeps) FILTER (WHERE named.field = 'employee_count'), max(standard.survivorship_default))
            AS employee_count,
        coalesce(max(named.keeps) FILTER (WHERE named.field = 'annual_revenue'), max(standard.survivorship_default))
            AS annual_revenue,
        coalesce(max(named.keeps) FILTER (WHERE named.field = 'country'), max(standard.survivorship_default))
            AS country,
        coalesce(max(named.keeps) FILTER (WHERE named.field = 'region'), max(standard.survivorship_default)) AS region,
        coalesce(max(named.keeps) FILTER (WHERE named.field = 'city'), max(standard.survivorship_default)) AS city,
        coalesce(max(named.keeps) FILTER (WHERE named.field = 'postcode'), max(standard.survivorship_default))
            AS postcode,
        coalesce(max(named.keeps) FILTER (WHERE named.field = 'address'), max(standard.survivorship_default))
            AS address,
        coalesce(max(named.keeps) FILTER (WHERE named.field = 'need'), max(standard.survivorship_default)) AS need,
        coalesce(max(named.keeps) FILTER (WHERE named.field = 'product'), max(standard.survivorship_default))
            AS product,
        coalesce(max(named.keeps) FILTER (WHERE named.field = 'budget_amount'), max(standard.survivorship_default))
            AS budget_amount,
        coalesce(max(named.keeps) FILTER (WHERE named.field = 'purchase_date'), max(standard.survivorship_default))
            AS purchase_date,
        coalesce(max(named.keeps) FILTER (WHERE named.field = 'message'), max(standard.survivorship_default))
            AS message,
        coalesce(max(named.keeps) FILTER (WHERE named.field = 'language'), max(standard.survivorship_default))
            AS language,
        coalesce(max(named.keeps) FILTER (WHERE named.field = 'consent'), max(standard.survivorship_default))
            AS consent,
        coalesce(max(named.keeps) FILTER (WHERE named.field = 'source_name'), max(standard.survivorship_default))
            AS source_name,
        coalesce(max(named.keeps) FILTER (WHERE named.field = 'channel'), max(standard.survivorship_default))
            AS channel,
        coalesce(max(named.keeps) FILTER (WHERE named.field = 'medium'), max(standard.survivorship_default)) AS medium,
        coalesce(max(named.keeps) FILTER (WHERE named.field = 'campaign'), max(standard.survivorship_default))
            AS campaign,
        coalesce(max(named.keeps) FILTER (WHERE named.field = 'referrer'), max(standard.survivorship_default))
            AS referrer,
        coalesce(max(named.keeps) FILTER (WHERE named.field = 'landing_page'), max(standard.survivorship_default))
            AS landing_page,
        coalesce(max(named.keeps) FILTER (WHERE named.field = 'owner'), max(standard.survivorship_default)) AS owner
    FROM policy_identity AS standard
    LEFT JOIN policy_survivorship AS named ON TRUE
),

-- windows run over few columns, and what they find is joined to the many
placed AS (
    SELECT
        arrived.record_id,
        identities.lead_id,
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

records AS (
    SELECT
        lead_records.*,
        placed.lead_id,
        placed.lead_record_count,
        placed.recency,
        company_keys.name_key AS company_key,
        refusals.word IS NOT NULL AS is_refusal,
        coalesce(sources.trust_order, 999999) AS distrust
    FROM lead_records
    INNER JOIN placed ON lead_records.record_id = placed.record_id
    LEFT JOIN name_keys AS company_keys
        ON company_keys.kind = 'company' AND lead_records.company = company_keys.name
    LEFT JOIN policy_consent_refusals AS refusals ON lower(trim(lead_records.consent)) = refusals.word
    LEFT JOIN policy_source_order AS sources ON lead_records.source_name = sources.source_name
),

-- how often a lead's records say the same
counted AS (
    SELECT
        records.record_id,
        count(records.full_name) OVER (PARTITION BY records.lead_id, records.full_name) AS full_name_count,
        count(records.company) OVER (PARTITION BY records.lead_id, records.company) AS company_count,
        count(records.title) OVER (PARTITION BY records.lead_id, records.title) AS title_count,
        count(records.industry) OVER (PARTITION BY records.lead_id, records.industry) AS industry_count,
        count(records.country) OVER (PARTITION BY records.lead_id, records.country) AS country_count
    FROM records
    WHERE records.lead_record_count > 1
),

ranked AS (
    SELECT
        records.*,
        counted.full_name_count,
        counted.company_count,
        counted.title_count,
        counted.industry_count,
        counted.country_count
    FROM records
    INNER JOIN counted ON records.record_id = counted.record_id
),

companies AS (
    SELECT
        ranked.lead_id,
        arg_max(
            coalesce(ranked.company_key, ''),
            CASE keeps.company
                WHEN 'oldest' THEN -ranked.recency
                WHEN 'first_source' THEN ranked.recency - 1000000 * ranked.distrust
                WHEN 'longest' THEN ranked.recency + 1000000 * length(cast(ranked.company AS VARCHAR))
                WHEN 'most_frequent' THEN ranked.recency + 1000000 * ranked.company_count
                ELSE ranked.recency
            END
        ) FILTER (WHERE ranked.company IS NOT NULL) AS company_key
    FROM ranked
    CROSS JOIN keeps
    GROUP BY ranked.lead_id
),

decided AS (
    SELECT
        ranked.lead_id,
        nullif(max(companies.company_key), '') AS company_key,
        min(least(ranked.known_at, coalesce(ranked.submitted_at, ranked.known_at))) AS first_seen_at,
        max(ranked.known_at) AS last_seen_at,
        max(ranked.lead_record_count) AS record_count,
        arg_max(
            ranked.full_name,
            CASE keeps.full_name
                WHEN 'oldest' THEN -ranked.recency
                WHEN 'first_source' THEN ranked.recency - 1000000 * ranked.distrust
                WHEN 'longest' THEN ranked.recency + 1000000 * length(cast(ranked.full_name AS VARCHAR))
                WHEN 'most_frequent' THEN ranked.recency + 1000000 * ranked.full_name_count
                ELSE ranked.recency
            END
        ) FILTER (WHERE ranked.full_name IS NOT NULL) AS full_name,
        arg_max(
            ranked.first_name,
            CASE keeps.first_name
                WHEN 'oldest' THEN -ranked.recency
                WHEN 'first_source' THEN ranked.recency - 1000000 * ranked.distrust
                WHEN 'longest' THEN ranked.recency + 1000000 * length(cast(ranked.first_name AS VARCHAR))
                ELSE ranked.recency
            END
        ) FILTER (WHERE ranked.first_name IS NOT NULL) AS first_name,
        arg_max(
            ranked.last_name,
            CASE keeps.last_name
                WHEN 'oldest' THEN -ranked.recency
                WHEN 'first_source' THEN ranked.recency - 1000000 * ranked.distrust
                WHEN 'longest' THEN ranked.recency + 1000000 * length(cast(ranked.last_name AS VARCHAR))
                ELSE ranked.recency
            END
        ) FILTER (WHERE ranked.last_name IS NOT NULL) AS last_name,
        arg_max(
            ranked.birth_date,
            CASE keeps.birth_date
                WHEN 'oldest' THEN -ranked.recency
                WHEN 'first_source' THEN ranked.recency - 1000000 * ranked.distrust
                WHEN 'longest' THEN ranked.recency + 1000000 * length(cast(ranked.birth_date AS VARCHAR))
                ELSE ranked.recency
            END
        ) FILTER (WHERE ranked.birth_date IS NOT NULL) AS birth_date,
        arg_max(
            ranked.email,
            CASE keeps.email
                WHEN 'oldest' THEN -ranked.recency
                WHEN 'first_source' THEN ranked.recency - 1000000 * ranked.distrust
                WHEN 'longest' THEN ranked.recency + 1000000 * length(cast(ranked.email AS VARCHAR))
                ELSE ranked.recency
            END
        ) FILTER (WHERE ranked.email IS NOT NULL) AS email,
        arg_max(
            ranked.phone,
            CASE keeps.phone
                WHEN 'oldest' THEN -ranked.recency
                WHEN 'first_source' THEN ranked.recency - 1000000 * ranked.distrust
                WHEN 'longest' THEN ranked.recency + 1000000 * length(cast(ranked.phone AS VARCHAR))
                ELSE ranked.recency
            END
        ) FILTER (WHERE ranked.phone IS NOT NULL) AS phone,
        arg_max(
            ranked.company,
            CASE keeps.company
                WHEN 'oldest' THEN -ranked.recency
                WHEN 'first_source' THEN ranked.recency - 1000000 * ranked.distrust
                WHEN 'longest' THEN ranked.recency + 1000000 * length(cast(ranked.company AS VARCHAR))
                WHEN 'most_frequent' THEN ranked.recency + 1000000 * ranked.company_count
                ELSE ranked.recency
            END
        ) FILTER (WHERE ranked.company IS NOT NULL) AS company,
        arg_max(
            ranked.company_code,
            CASE keeps.company_code
                WHEN 'oldest' THEN -ranked.recency
                WHEN 'first_source' THEN ranked.recency - 1000000 * ranked.distrust
                WHEN 'longest' THEN ranked.recency + 1000000 * length(cast(ranked.company_code AS VARCHAR))
                ELSE ranked.recency
            END
        ) FILTER (
            WHERE ranked.company_code IS NOT NULL
            AND (ranked.company_key IS NULL OR ranked.company_key = companies.company_key)
        ) AS company_code,
        arg_max(
            ranked.domain,
            CASE keeps.domain
                WHEN 'oldest' THEN -ranked.recency
                WHEN 'first_source' THEN ranked.recency - 1000000 * ranked.distrust
                WHEN 'longest' THEN ranked.recency + 1000000 * length(cast(ranked.domain AS VARCHAR))
                ELSE ranked.recency
            END
        ) FILTER (
            WHERE ranked.domain IS NOT NULL
            AND (ranked.company_key IS NULL OR ranked.company_key = companies.company_key)
        ) AS domain,
        arg_max(
            ranked.website,
            CASE keeps.website
                WHEN 'oldest' THEN -ranked.recency
                WHEN 'first_source' THEN ranked.recency - 1000000 * ranked.distrust
                WHEN 'longest' THEN ranked.recency + 1000000 * length(cast(ranked.website AS VARCHAR))
                ELSE ranked.recency
            END
        ) FILTER (
            WHERE ranked.website IS NOT NULL
            AND (ranked.company_key IS NULL OR ranked.company_key = companies.company_key)
        ) AS website,
        arg_max(
            ranked.title,
            CASE keeps.title
                WHEN 'oldest' THEN -ranked.recency
                WHEN 'first_source' THEN ranked.recency - 1000000 * ranked.distrust
                WHEN 'longest' THEN ranked.recency + 1000000 * length(cast(ranked.title AS VARCHAR))
                WHEN 'most_frequent' THEN ranked.recency + 1000000 * ranked.title_count
                ELSE ranked.recency
            END
        ) FILTER (WHERE ranked.title IS NOT NULL) AS title,
        arg_max(
            ranked.department,
            CASE keeps.department
                WHEN 'oldest' THEN -ranked.recency
                WHEN 'first_source' THEN ranked.recency - 1000000 * ranked.distrust
                WHEN 'longest' THEN ranked.recency + 1000000 * length(cast(ranked.department AS VARCHAR))
                ELSE ranked.recency
            END
        ) FILTER (WHERE ranked.department IS NOT NULL) AS department,
        arg_max(
            ranked.industry,
            CASE keeps.industry
                WHEN 'oldest' THEN -ranked.recency
                WHEN 'first_source' THEN ranked.recency - 1000000 * ranked.distrust
                WHEN 'longest' THEN ranked.recency + 1000000 * length(cast(ranked.industry AS VARCHAR))
                WHEN 'most_frequent' THEN ranked.recency + 1000000 * ranked.industry_count
                ELSE ranked.recency
            END
        ) FILTER (WHERE ranked.industry IS NOT NULL) AS industry,
        arg_max(
            ranked.employee_count,
            CASE keeps.employee_count
                WHEN 'oldest' THEN -ranked.recency
                WHEN 'first_source' THEN ranked.recency - 1000000 * ranked.distrust
                WHEN 'longest' THEN ranked.recency + 1000000 * length(cast(ranked.employee_count AS VARCHAR))
                ELSE ranked.recency
            END
        ) FILTER (WHERE ranked.employee_count IS NOT NULL) AS employee_count,
        arg_max(
            ranked.annual_revenue,
            CASE keeps.annual_revenue
                WHEN 'oldest' THEN -ranked.recency
                WHEN 'first_source' THEN ranked.recency - 1000000 * ranked.distrust
                WHEN 'longest' THEN ranked.recency + 1000000 * length(cast(ranked.annual_revenue AS VARCHAR))
                ELSE ranked.recency
            END
        ) FILTER (WHERE ranked.annual_revenue IS NOT NULL) AS annual_revenue,
        arg_max(
            ranked.country,
            CASE keeps.country
                WHEN 'oldest' THEN -ranked.recency
                WHEN 'first_source' THEN ranked.recency - 1000000 * ranked.distrust
                WHEN 'longest' THEN ranked.recency + 1000000 * length(cast(ranked.country AS VARCHAR))
                WHEN 'most_frequent' THEN ranked.recency + 1000000 * ranked.country_count
                ELSE ranked.recency
            END
        ) FILTER (WHERE ranked.country IS NOT NULL) AS country,
        arg_max(
            ranked.region,
            CASE keeps.region
                WHEN 'oldest' THEN -ranked.recency
                WHEN 'first_source' THEN ranked.recency - 1000000 * ranked.distrust
                WHEN 'longest' THEN ranked.recency + 1000000 * length(cast(ranked.region AS VARCHAR))
                ELSE ranked.recency
            END
        ) FILTER (WHERE ranked.region IS NOT NULL) AS region,
        arg_max(
            ranked.city,
            CASE keeps.city
                WHEN 'oldest' THEN -ranked.recency
                WHEN 'first_source' THEN ranked.recency - 1000000 * ranked.distrust
                WHEN 'longest' THEN ranked.recency + 1000000 * length(cast(ranked.city AS VARCHAR))
                ELSE ranked.recency
            END
        ) FILTER (WHERE ranked.city IS NOT NULL) AS city,
        arg_max(
            ranked.postcode,
            CASE keeps.postcode
                WHEN 'oldest' THEN -ranked.recency
                WHEN 'first_source' THEN ranked.recency - 1000000 * ranked.distrust
                WHEN 'longest' THEN ranked.recency + 1000000 * length(cast(ranked.postcode AS VARCHAR))
                ELSE ranked.recency
            END
        ) FILTER (WHERE ranked.postcode IS NOT NULL) AS postcode,
        arg_max(
            ranked.address,
            CASE keeps.address
                WHEN 'oldest' THEN -ranked.recency
                WHEN 'first_source' THEN ranked.recency - 1000000 * ranked.distrust
                WHEN 'longest' THEN ranked.recency + 1000000 * length(cast(ranked.address AS VARCHAR))
                ELSE ranked.recency
            END
        ) FILTER (WHERE ranked.address IS NOT NULL) AS address,
        arg_max(
            ranked.need,
            CASE keeps.need
                WHEN 'oldest' THEN -ranked.recency
                WHEN 'first_source' THEN ranked.recency - 1000000 * ranked.distrust
                WHEN 'longest' THEN ranked.recency + 1000000 * length(cast(ranked.need AS VARCHAR))
                ELSE ranked.recency
            END
        ) FILTER (WHERE ranked.need IS NOT NULL) AS need,
        arg_max(
            ranked.product,
            CASE keeps.product
                WHEN 'oldest' THEN -ranked.recency
                WHEN 'first_source' THEN ranked.recency - 1000000 * ranked.distrust
                WHEN 'longest' THEN ranked.recency + 1000000 * length(cast(ranked.product AS VARCHAR))
                ELSE ranked.recency
            END
        ) FILTER (WHERE ranked.product IS NOT NULL) AS product,
        arg_max(
            ranked.budget_amount,
            CASE keeps.budget_amount
                WHEN 'oldest' THEN -ranked.recency
                WHEN 'first_source' THEN ranked.recency - 1000000 * ranked.distrust
                WHEN 'longest' THEN ranked.recency + 1000000 * length(cast(ranked.budget_amount AS VARCHAR))
                ELSE ranked.recency
            END
        ) FILTER (WHERE ranked.budget_amount IS NOT NULL) AS budget_amount,
        arg_max(
            coalesce(ranked.currency, ''),
            CASE keeps.budget_amount
                WHEN 'oldest' THEN -ranked.recency
                WHEN 'first_source' THEN ranked.recency - 1000000 * ranked.distrust
                WHEN 'longest' THEN ranked.recency + 1000000 * length(cast(ranked.budget_amount AS VARCHAR))
                ELSE ranked.recency
            END
        ) FILTER (WHERE ranked.budget_amount IS NOT NULL) AS currency,
        arg_max(
            ranked.known_at,
            CASE keeps.budget_amount
                WHEN 'oldest' THEN -ranked.recency
                WHEN 'first_source' THEN ranked.recency - 1000000 * ranked.distrust
                WHEN 'longest' THEN ranked.recency + 1000000 * length(cast(ranked.budget_amount AS VARCHAR))
                ELSE ranked.recency
            END
        ) FILTER (WHERE ranked.budget_amount IS NOT NULL) AS budget_known_at,
        arg_max(
            ranked.purchase_date,
            CASE keeps.purchase_date
                WHEN 'oldest' THEN -ranked.recency
                WHEN 'first_source' THEN ranked.recency - 1000000 * ranked.distrust
                WHEN 'longest' THEN ranked.recency + 1000000 * length(cast(ranked.purchase_date AS VARCHAR))
                ELSE ranked.recency
            END
        ) FILTER (WHERE ranked.purchase_date IS NOT NULL) AS purchase_date,
        arg_max(
            ranked.message,
            CASE keeps.message
                WHEN 'oldest' THEN -ranked.recency
                WHEN 'first_source' THEN ranked.recency - 1000000 * ranked.distrust
                WHEN 'longest' THEN ranked.recency + 1000000 * length(cast(ranked.message AS VARCHAR))
                ELSE ranked.recency
            END
        ) FILTER (WHERE ranked.message IS NOT NULL) AS message,
        arg_max(
            ranked.language,
            CASE keeps.language
                WHEN 'oldest' THEN -ranked.recency
                WHEN 'first_source' THEN ranked.recency - 1000000 * ranked.distrust
                WHEN 'longest' THEN ranked.recency + 1000000 * length(cast(ranked.language AS VARCHAR))
                ELSE ranked.recency
            END
        ) FILTER (WHERE ranked.language IS NOT NULL) AS language,
        coalesce(
            arg_max(ranked.consent, ranked.recency) FILTER (WHERE ranked.is_refusal),
            arg_max(
                ranked.consent,
                CASE keeps.consent
                    WHEN 'oldest' THEN -ranked.recency
                    WHEN 'first_source' THEN ranked.recency - 1000000 * ranked.distrust
                    WHEN 'longest' THEN ranked.recency + 1000000 * length(cast(ranked.consent AS VARCHAR))
                    ELSE ranked.recency
                END
            ) FILTER (WHERE ranked.consent IS NOT NULL)
        ) AS consent,
        arg_max(
            ranked.source_name,
            CASE keeps.source_name
                WHEN 'oldest' THEN -ranked.recency
                WHEN 'first_source' THEN ranked.recency - 1000000 * ranked.distrust
                WHEN 'longest' THEN ranked.recency + 1000000 * length(cast(ranked.source_name AS VARCHAR))
                ELSE ranked.recency
            END
        ) FILTER (WHERE ranked.source_name IS NOT NULL) AS source_name,
        arg_max(
            ranked.channel,
            CASE keeps.channel
                WHEN 'oldest' THEN -ranked.recency
                WHEN 'first_source' THEN ranked.recency - 1000000 * ranked.distrust
                WHEN 'longest' THEN ranked.recency + 1000000 * length(cast(ranked.channel AS VARCHAR))
                ELSE ranked.recency
            END
        ) FILTER (WHERE ranked.channel IS NOT NULL) AS channel,
        arg_max(
            ranked.medium,
            CASE keeps.medium
                WHEN 'oldest' THEN -ranked.recency
                WHEN 'first_source' THEN ranked.recency - 1000000 * ranked.distrust
                WHEN 'longest' THEN ranked.recency + 1000000 * length(cast(ranked.medium AS VARCHAR))
                ELSE ranked.recency
            END
        ) FILTER (WHERE ranked.medium IS NOT NULL) AS medium,
        arg_max(
            ranked.campaign,
            CASE keeps.campaign
                WHEN 'oldest' THEN -ranked.recency
                WHEN 'first_source' THEN ranked.recency - 1000000 * ranked.distrust
                WHEN 'longest' THEN ranked.recency + 1000000 * length(cast(ranked.campaign AS VARCHAR))
                ELSE ranked.recency
            END
        ) FILTER (WHERE ranked.campaign IS NOT NULL) AS campaign,
        arg_max(
            ranked.referrer,
            CASE keeps.referrer
                WHEN 'oldest' THEN -ranked.recency
                WHEN 'first_source' THEN ranked.recency - 1000000 * ranked.distrust
                WHEN 'longest' THEN ranked.recency + 1000000 * length(cast(ranked.referrer AS VARCHAR))
                ELSE ranked.recency
            END
        ) FILTER (WHERE ranked.referrer IS NOT NULL) AS referrer,
        arg_max(
            ranked.landing_page,
            CASE keeps.landing_page
                WHEN 'oldest' THEN -ranked.recency
                WHEN 'first_source' THEN ranked.recency - 1000000 * ranked.distrust
                WHEN 'longest' THEN ranked.recency + 1000000 * length(cast(ranked.landing_page AS VARCHAR))
                ELSE ranked.recency
            END
        ) FILTER (WHERE ranked.landing_page IS NOT NULL) AS landing_page,
        arg_max(
            ranked.owner,
            CASE keeps.owner
                WHEN 'oldest' THEN -ranked.recency
                WHEN 'first_source' THEN ranked.recency - 1000000 * ranked.distrust
                WHEN 'longest' THEN ranked.recency + 1000000 * length(cast(ranked.owner AS VARCHAR))
                ELSE ranked.recency
            END
        ) FILTER (WHERE ranked.owner IS NOT NULL) AS owner
    FROM ranked
    CROSS JOIN keeps
    INNER JOIN companies ON ranked.lead_id = companies.lead_id
    GROUP BY ranked.lead_id
),

-- most leads have one record, about which there is nothing to decide
together AS (
    SELECT
        decided.lead_id,
        decided.company_key,
        decided.first_seen_at,
        decided.last_seen_at,
        decided.record_count,
        decided.full_name,
        decided.first_name,
        decided.last_name,
        decided.birth_date,
        decided.email,
        decided.phone,
        decided.company,
        decided.company_code,
        decided.domain,
        decided.website,
        decided.title,
        decided.department,
        decided.industry,
        decided.employee_count,
        decided.annual_revenue,
        decided.country,
        decided.region,
        decided.city,
        decided.postcode,
        decided.address,
        decided.need,
        decided.product,
        decided.budget_amount,
        decided.currency,
        decided.budget_known_at,
        decided.purchase_date,
        decided.message,
        decided.language,
        decided.consent,
        decided.source_name,
        decided.channel,
        decided.medium,
        decided.campaign,
        decided.referrer,
        decided.landing_page,
        decided.owner
    FROM decided
    UNION ALL
    SELECT
        records.lead_id,
        records.company_key,
        least(records.known_at, coalesce(records.submitted_at, records.known_at)) AS first_seen_at,
        records.known_at AS last_seen_at,
        records.lead_record_count AS record_count,
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
        CASE WHEN records.budget_amount IS NOT NULL THEN coalesce(records.currency, '') END AS currency,
        CASE WHEN records.budget_amount IS NOT NULL THEN records.known_at END AS budget_known_at,
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
        records.owner
    FROM records
    WHERE records.lead_record_count = 1
),

survived AS (
    SELECT
        together.*,
        CASE
            WHEN together.budget_known_at >= policy_days.turns_at THEN policy_days.date_after
            ELSE coalesce(policy_days.date_before, cast(together.budget_known_at AS DATE))
        END AS budget_date
    FROM together
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
    CASE WHEN survived.full_name IS NULL AND survived.company IS NOT NULL THEN 'organisation' ELSE 'person' END
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
    survived.source_name,
    survived.channel,
    survived.medium,
    survived.campaign,
    survived.referrer,
    survived.landing_page,
    survived.owner,
    lead_attributes.attributes,
    survived.first_seen_at,
    survived.last_seen_at,
    survived.record_count
FROM survived
CROSS JOIN run_scope
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
