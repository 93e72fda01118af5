-- Each conservation equation comes out even.
-- severity: blocking
-- table: balances
SELECT
    concat(balances.equation, ' of ', balances.scope) AS offender,
    cast(NULL AS DECIMAL(18, 2)) AS amount_base
FROM balances
WHERE balances.difference <> 0
