-- One row per company that a lead, a deal or the account list names, with what it is worth to us.
-- A parent is found by its registry number or domain, where that is what is given, else by its name, in the country of
-- the company first; a company that nobody else names, or that would be its own parent, is not.
WITH parents AS (
    SELECT
        company_records.account_id,
        coalesce(
            by_code.account_id, by_domain.account_id, by_name_there.account_id, by_name.account_id
        ) AS parent_account_id
    FROM company_records
    LEFT JOIN name_keys AS keys ON keys.kind = 'company' AND company_records.parent = keys.name
    LEFT JOIN account_keys AS by_code
        ON by_code.key_type = 'company_code' AND company_records.parent = by_code.key_value
    LEFT JOIN account_keys AS by_domain
        ON by_domain.key_type = 'domain' AND lower(company_records.parent) = by_domain.key_value
    LEFT JOIN account_keys AS by_name_there
        ON
        by_name_there.key_type = 'company_key'
        AND keys.name_key = by_name_there.key_value
        AND company_records.country = by_name_there.key_source
        AND by_name_there.key_source <> ''
    LEFT JOIN account_keys AS by_name
        ON by_name.key_type = 'company_key' AND by_name.key_source = '' AND keys.name_key = by_name.key_value
    WHERE company_records.parent IS NOT NULL
),

lead_counts AS (
    SELECT
        account_id,
        count(*) AS lead_count
    FROM golden_records
    WHERE account_id IS NOT NULL
    GROUP BY account_id
),

deals AS (
    SELECT
        account_id,
        count(*) FILTER (WHERE status = 'open') AS open_opportunity_count,
        sum(amount_base) FILTER (WHERE status = 'won') AS won_amount_base
    FROM opportunities
    WHERE account_id IS NOT NULL
    GROUP BY account_id
)

SELECT
    company_records.account_id,
    company_records.company,
    company_records.domain,
    company_records.company_code,
    company_records.parent,
    nullif(parents.parent_account_id, company_records.account_id) AS parent_account_id,
    coalesce(company_records.industry, '(none)') AS industry,
    coalesce(company_records.country, '(none)') AS country,
    company_records.employee_count,
    coalesce(lead_counts.lead_count, 0) AS lead_count,
    coalesce(deals.open_opportunity_count, 0) AS open_opportunity_count,
    coalesce(deals.won_amount_base, 0) AS won_amount_base
FROM company_records
LEFT JOIN parents ON company_records.account_id = parents.account_id
LEFT JOIN lead_counts ON company_records.account_id = lead_counts.account_id
LEFT JOIN deals ON company_records.account_id = deals.account_id
