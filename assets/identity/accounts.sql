-- One row per company that a lead, a deal or the account list names, with what it is worth to us.
WITH lead_counts AS (
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
    coalesce(company_records.industry, '(none)') AS industry,
    coalesce(company_records.country, '(none)') AS country,
    company_records.employee_count,
    coalesce(lead_counts.lead_count, 0) AS lead_count,
    coalesce(deals.open_opportunity_count, 0) AS open_opportunity_count,
    coalesce(deals.won_amount_base, 0) AS won_amount_base
FROM company_records
LEFT JOIN lead_counts ON company_records.account_id = lead_counts.account_id
LEFT JOIN deals ON company_records.account_id = deals.account_id
