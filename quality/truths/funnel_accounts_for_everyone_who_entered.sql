-- Of those who entered a step, each has advanced, is lost or is still there.
-- severity: blocking
-- table: funnel_stages
SELECT
    concat_ws(
        ' / ', funnel_stages.basis, funnel_stages.period, funnel_stages.segment_type, funnel_stages.segment,
        funnel_stages.process, funnel_stages.from_stage, funnel_stages.to_stage
    ) AS offender,
    cast(NULL AS DECIMAL(18, 2)) AS amount_base
FROM funnel_stages
WHERE funnel_stages.entered <> funnel_stages.advanced + funnel_stages.lost + funnel_stages.still_open
