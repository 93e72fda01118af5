-- One row per campaign; `(none)` stands for leads without one.
SELECT
    COALESCE(golden_records.campaign, '(none)') AS campaign,
    COUNT(*) AS lead_count
FROM golden_records
GROUP BY COALESCE(golden_records.campaign, '(none)')
UNION ALL
SELECT
    '(none)' AS campaign,
    0 AS lead_count
WHERE NOT EXISTS (SELECT 1 FROM golden_records WHERE COALESCE(golden_records.campaign, '(none)') = '(none)')
