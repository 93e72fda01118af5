-- What accounts and sources say was won is what the opportunities say.
-- severity: blocking
-- table: accounts
WITH won AS (
    SELECT
        SUM(CASE WHEN opportunities.account_id IS NOT NULL THEN opportunities.amount_base ELSE 0 END) AS by_account,
        SUM(CASE WHEN opportunities.lead_id IS NOT NULL THEN opportunities.amount_base ELSE 0 END) AS by_lead
    FROM opportunities
    WHERE opportunities.status = 'won'
),

said_by_accounts AS (
    SELECT SUM(accounts.won_amount_base) AS amount FROM accounts
),

said_by_sources AS (
    SELECT SUM(source_performance.won_amount_base) AS amount FROM source_performance
)

SELECT
    'accounts' AS offender,
    COALESCE(said_by_accounts.amount, 0) - COALESCE(won.by_account, 0) AS amount_base
FROM won CROSS JOIN said_by_accounts
WHERE COALESCE(said_by_accounts.amount, 0) <> COALESCE(won.by_account, 0)
UNION ALL
SELECT
    'source_performance' AS offender,
    COALESCE(said_by_sources.amount, 0) - COALESCE(won.by_lead, 0) AS amount_base
FROM won CROSS JOIN said_by_sources
WHERE COALESCE(said_by_sources.amount, 0) <> COALESCE(won.by_lead, 0)
