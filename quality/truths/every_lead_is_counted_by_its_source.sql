-- The leads that the sources count are the leads there are.
-- severity: blocking
-- table: source_performance
WITH said AS (
    SELECT COALESCE(SUM(source_performance.leads), 0) AS leads FROM source_performance
),

there AS (
    SELECT COUNT(*) AS leads FROM leads
)

SELECT
    CONCAT('sources count ', CAST(said.leads AS VARCHAR), ', there are ', CAST(there.leads AS VARCHAR)) AS offender,
    CAST(NULL AS DECIMAL(18, 2)) AS amount_base
FROM said CROSS JOIN there
WHERE said.leads <> there.leads
