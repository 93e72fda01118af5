-- The stays of an opportunity follow each other without gap or overlap, and only the last one is current.
-- severity: blocking
-- table: stage_intervals
WITH followed AS (
    SELECT
        stage_intervals.opportunity_id,
        stage_intervals.entered_at,
        stage_intervals.left_at,
        stage_intervals.is_current,
        lead(stage_intervals.entered_at) OVER (
            PARTITION BY stage_intervals.opportunity_id ORDER BY stage_intervals.entered_at, stage_intervals.stage_order
        ) AS next_entered_at
    FROM stage_intervals
)

SELECT
    followed.opportunity_id AS offender,
    opportunities.amount_base
FROM followed
LEFT JOIN opportunities ON followed.opportunity_id = opportunities.opportunity_id
WHERE
    followed.left_at < followed.entered_at
    OR followed.is_current <> (followed.left_at IS NULL)
    OR (followed.next_entered_at IS NOT NULL AND followed.left_at IS NULL)
    OR followed.left_at > followed.next_entered_at
    -- a deal that was closed and opened again was in no open stage between
    OR (followed.left_at < followed.next_entered_at AND opportunities.flags NOT LIKE '%reopened%')
    OR (followed.next_entered_at IS NULL AND followed.left_at IS NOT NULL AND opportunities.status = 'open')
