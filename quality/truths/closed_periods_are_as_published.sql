-- What the publication of an earlier day said of months and quarters that were over by then still holds; a late file,
-- a merged lead or another policy restates them, and what was said before stays in the table. Of periods of which
-- nothing was said, nothing is compared.
-- severity: warning
-- table: funnel_stages
WITH days AS (
    SELECT
        dates.month,
        dates.quarter,
        lead(dates.starts_at) OVER (ORDER BY dates.date) AS ends_at
    FROM dates
),

periods AS (
    SELECT
        days.month AS period,
        max(days.ends_at) AS ends_at
    FROM days
    GROUP BY days.month
    UNION ALL
    SELECT
        days.quarter AS period,
        max(days.ends_at) AS ends_at
    FROM days
    GROUP BY days.quarter
),

-- a day that is given without a time ends with its last microsecond
closed AS (
    SELECT previous_funnel_stages.*
    FROM previous_funnel_stages
    INNER JOIN periods ON previous_funnel_stages.period = periods.period
    WHERE
        previous_funnel_stages.basis = 'period'
        AND previous_funnel_stages.segment_type = 'all'
        AND periods.ends_at <= previous_funnel_stages.as_of + INTERVAL 1 SECOND
)

SELECT
    concat(
        closed.period, ' ', closed.process, ' ', closed.from_stage, ' to ', closed.to_stage, ': ',
        cast(coalesce(now.entered, 0) AS VARCHAR), ' entered and ', cast(coalesce(now.advanced, 0) AS VARCHAR),
        ' advanced, ', cast(closed.entered AS VARCHAR), ' and ', cast(closed.advanced AS VARCHAR), ' before'
    ) AS offender,
    cast(NULL AS DECIMAL(18, 2)) AS amount_base
FROM closed
LEFT JOIN funnel_stages AS now
    ON closed.basis = now.basis
    AND closed.period = now.period
    AND closed.segment_type = now.segment_type
    AND closed.process = now.process
    AND closed.from_stage = now.from_stage
    AND closed.to_stage = now.to_stage
WHERE
    coalesce(now.entered, 0) <> closed.entered
    OR coalesce(now.advanced, 0) <> closed.advanced
    OR coalesce(now.lost, 0) <> closed.lost
