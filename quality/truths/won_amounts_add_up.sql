-- What accounts and sources say was won is what the opportunities say.
-- severity: blocking
-- table: accounts
WITH won AS (
    SELECT
        sum(CASE WHEN opportunities.account_id IS NOT NULL THEN opportunities.amount_base ELSE 0 END) AS by_account,
        sum(CASE WHEN opportunities.lead_id IS NOT NULL THEN opportunities.amount_base ELSE 0 END) AS by_lead
    FROM opportunities
    WHERE opportunities.status = 'won'
),

said_by_accounts AS (
    SELECT sum(accounts.won_amount_base) AS amount FROM accounts
),

said_by_sources AS (
    SELECT sum(source_performance.won_amount_base) AS amount FROM source_performance
)

SELECT
    'accounts' AS offender,
    coalesce(said_by_accounts.amount, 0) - coalesce(won.by_account, 0) AS amount_base
FROM won CROSS JOIN said_by_accounts
WHERE coalesce(said_by_accounts.amount, 0) <> coalesce(won.by_account, 0)
UNION ALL
SELECT
    'source_performance' AS offender,
    coalesce(said_by_sources.amount, 0) - coalesce(won.by_lead, 0) AS amount_base
FROM won CROSS JOIN said_by_sources
WHERE coalesce(said_by_sources.amount, 0) <> coalesce(won.by_lead, 0)
