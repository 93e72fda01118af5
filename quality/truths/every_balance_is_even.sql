-- Each conservation equation comes out even.
-- severity: blocking
-- table: balances
SELECT
    CONCAT(balances.equation, ' of ', balances.scope) AS offender,
    CAST(NULL AS DECIMAL(18, 2)) AS amount_base
FROM balances
WHERE balances.difference <> 0
