-- One row per campaign; `(none)` stands for leads without one.
SELECT
    coalesce(golden_records.campaign, '(none)') AS campaign,
    count(*) AS lead_count
FROM golden_records
GROUP BY coalesce(golden_records.campaign, '(none)')
UNION ALL
SELECT
    '(none)' AS campaign,
    0 AS lead_count
WHERE NOT EXISTS (SELECT 1 FROM golden_records WHERE coalesce(golden_records.campaign, '(none)') = '(none)')
