-- The leads that the sources count are the leads there are.
-- severity: blocking
-- table: source_performance
WITH said AS (
    SELECT coalesce(sum(source_performance.leads), 0) AS leads FROM source_performance
),

there AS (
    SELECT count(*) AS leads FROM leads
)

SELECT
    concat('sources count ', cast(said.leads AS VARCHAR), ', there are ', cast(there.leads AS VARCHAR)) AS offender,
    cast(NULL AS DECIMAL(18, 2)) AS amount_base
FROM said CROSS JOIN there
WHERE said.leads <> there.leads
