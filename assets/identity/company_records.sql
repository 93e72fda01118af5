-- One row per company that a lead, a deal or the account list names. Each field is the newest that is filled, the
-- account list before everybody else.
WITH stated AS (
    SELECT
        1 AS trust,
        listed.company,
        keys.name_key AS company_key,
        listed.domain,
        listed.company_code,
        listed.parent,
        listed.industry,
        listed.country,
        listed.employee_count,
        listed.annual_revenue,
        listed.known_at,
        listed.content_hash
    FROM account_rows AS listed
    CROSS JOIN run_scope
    LEFT JOIN name_keys AS keys ON keys.kind = 'company' AND listed.company = keys.name
    WHERE listed.known_at <= run_scope.as_of
    UNION ALL
    SELECT
        0 AS trust,
        records.company,
        keys.name_key AS company_key,
        records.domain,
        records.company_code,
        NULL AS parent,
        records.industry,
        records.country,
        records.employee_count,
        records.annual_revenue,
        records.known_at,
        records.content_hash
    FROM lead_records AS records
    LEFT JOIN name_keys AS keys ON keys.kind = 'company' AND records.company = keys.name
    UNION ALL
    SELECT
        0 AS trust,
        deals.company,
        keys.name_key AS company_key,
        NULL AS domain,
        NULL AS company_code,
        NULL AS parent,
        NULL AS industry,
        NULL AS country,
        NULL AS employee_count,
        NULL AS annual_revenue,
        deals.known_at,
        deals.content_hash
    FROM opportunity_rows AS deals
    CROSS JOIN run_scope
    INNER JOIN name_keys AS keys ON keys.kind = 'company' AND deals.company = keys.name
    WHERE deals.known_at <= run_scope.as_of
),

found AS (
    SELECT
        stated.*,
        coalesce(
            by_code.account_id, by_domain.account_id, by_name_there.account_id, by_name.account_id
        ) AS account_id
    FROM stated
    LEFT JOIN account_keys AS by_code
        ON by_code.key_type = 'company_code' AND stated.company_code = by_code.key_value
    LEFT JOIN account_keys AS by_domain
        ON by_domain.key_type = 'domain' AND stated.domain = by_domain.key_value
    LEFT JOIN account_keys AS by_name_there
        ON
        by_name_there.key_type = 'company_key'
        AND stated.company_key = by_name_there.key_value
        AND stated.country = by_name_there.key_source
        AND by_name_there.key_source <> ''
    LEFT JOIN account_keys AS by_name
        ON by_name.key_type = 'company_key'
        AND by_name.key_source = ''
        AND stated.company_key = by_name.key_value
),

ranked AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY account_id ORDER BY trust, known_at, content_hash, company, domain, company_code
        ) AS recency
    FROM found
    WHERE account_id IS NOT NULL
)

SELECT
    account_id,
    coalesce(
        arg_max(company, recency) FILTER (WHERE company_key IS NOT NULL),
        arg_max(domain, recency) FILTER (WHERE domain IS NOT NULL),
        arg_max(company_code, recency) FILTER (WHERE company_code IS NOT NULL)
    ) AS company,
    coalesce(
        arg_max(company_key, recency) FILTER (WHERE company_key IS NOT NULL),
        arg_max(domain, recency) FILTER (WHERE domain IS NOT NULL),
        arg_max(company_code, recency) FILTER (WHERE company_code IS NOT NULL)
    ) AS company_key,
    arg_max(domain, recency) FILTER (WHERE domain IS NOT NULL) AS domain,
    arg_max(company_code, recency) FILTER (WHERE company_code IS NOT NULL) AS company_code,
    arg_max(parent, recency) FILTER (WHERE parent IS NOT NULL) AS parent,
    arg_max(industry, recency) FILTER (WHERE industry IS NOT NULL) AS industry,
    arg_max(country, recency) FILTER (WHERE country IS NOT NULL) AS country,
    arg_max(employee_count, recency) FILTER (WHERE employee_count IS NOT NULL) AS employee_count,
    arg_max(annual_revenue, recency) FILTER (WHERE annual_revenue IS NOT NULL) AS annual_revenue
FROM ranked
GROUP BY account_id
