-- One row per basis, period, segment and step: how many entered, went on, were lost or are still there.
--
-- Cohort basis: those that entered in the period, followed up to as_of. Period basis: those at work in the period
-- (there when it began, or entered in it), with what became of them in it. Either way entered = advanced + lost +
-- still_open. A deal that skips a stage counts as having reached it ("reached at least"); time in a stage is only
-- measured where the deal was really seen in it.
WITH month_starts AS (
    SELECT
        month,
        min(quarter) AS quarter,
        min(starts_at) AS starts_at,
        row_number() OVER (ORDER BY month) AS month_no
    FROM dates
    GROUP BY month
),

-- The month of an instant, by the UTC day it falls on; a day on which a month of the business zone begins has two.
utc_days AS (
    SELECT
        d.date AS utc_date,
        max(CASE WHEN m.starts_at <= cast(d.date AS TIMESTAMP) THEN m.month_no END) AS month_before,
        max(m.month_no) AS month_after,
        max(m.starts_at) AS turns_at
    FROM dates AS d
    INNER JOIN month_starts AS m ON m.starts_at < cast(d.date AS TIMESTAMP) + INTERVAL 1 DAY
    GROUP BY d.date
),

wanted AS (
    SELECT
        max(CASE WHEN segment_type = 'source_name' THEN 1 ELSE 0 END) AS by_source_name,
        max(CASE WHEN segment_type = 'medium' THEN 1 ELSE 0 END) AS by_medium,
        max(CASE WHEN segment_type = 'channel' THEN 1 ELSE 0 END) AS by_channel,
        max(CASE WHEN segment_type = 'campaign' THEN 1 ELSE 0 END) AS by_campaign,
        max(CASE WHEN segment_type = 'country' THEN 1 ELSE 0 END) AS by_country,
        max(CASE WHEN segment_type = 'industry' THEN 1 ELSE 0 END) AS by_industry,
        max(CASE WHEN segment_type = 'product' THEN 1 ELSE 0 END) AS by_product,
        max(CASE WHEN segment_type = 'owner' THEN 1 ELSE 0 END) AS by_owner
    FROM policy_funnel_segments
),

-- What became of each lead --------------------------------------------------------------------------------------
lead_ends AS (
    SELECT
        lead_id,
        created_at AS opportunity_at,
        CASE WHEN status = 'won' THEN coalesce(closed_at, created_at) END AS won_at,
        closed_at,
        CASE WHEN status = 'open' THEN 1 ELSE 0 END AS is_open
    FROM opportunity_states
    WHERE lead_id IS NOT NULL
    UNION ALL
    -- a lead may be won or lost without a deal on record
    SELECT
        lead_id,
        NULL AS opportunity_at,
        CASE WHEN outcome IN ('converted', 'won') THEN decided_at END AS won_at,
        decided_at AS closed_at,
        0 AS is_open
    FROM lead_outcomes
),

lead_deals AS (
    SELECT
        lead_id,
        min(opportunity_at) AS opportunity_at,
        min(won_at) AS won_at,
        max(closed_at) AS last_closed_at,
        sum(is_open) AS open_count
    FROM lead_ends
    GROUP BY lead_id
),

rejections AS (
    SELECT
        lead_id,
        decided_at
    FROM promotion_decisions
    WHERE verdict = 'reject'
),

lead_fates AS (
    SELECT
        g.first_seen_at,
        d.opportunity_at,
        d.won_at,
        d.last_closed_at,
        d.open_count,
        p.decided_at,
        p.lead_id IS NOT NULL AS is_rejected,
        CASE WHEN w.by_source_name = 1 THEN coalesce(g.source_name, '(none)') END AS source_name,
        CASE WHEN w.by_medium = 1 THEN coalesce(g.medium, '(none)') END AS medium,
        CASE WHEN w.by_channel = 1 THEN coalesce(g.channel, '(none)') END AS channel,
        CASE WHEN w.by_campaign = 1 THEN coalesce(g.campaign, '(none)') END AS campaign,
        CASE WHEN w.by_country = 1 THEN coalesce(g.country, '(none)') END AS country,
        CASE WHEN w.by_industry = 1 THEN coalesce(g.industry, '(none)') END AS industry,
        CASE WHEN w.by_product = 1 THEN coalesce(g.product, '(none)') END AS product,
        CASE WHEN w.by_owner = 1 THEN coalesce(g.owner, '(none)') END AS owner
    FROM golden_records AS g
    LEFT JOIN lead_deals AS d ON d.lead_id = g.lead_id
    LEFT JOIN rejections AS p ON g.lead_id = p.lead_id
    CROSS JOIN wanted AS w
),

lead_steps AS (
    SELECT
        'opportunity' AS to_stage,
        first_seen_at AS entered_at,
        coalesce(opportunity_at, CASE WHEN is_rejected THEN decided_at END) AS ended_at,
        CASE WHEN opportunity_at IS NOT NULL THEN 'advanced' WHEN is_rejected THEN 'lost' ELSE 'open' END AS outcome,
        source_name, medium, channel, campaign, country, industry, product, owner
    FROM lead_fates
    UNION ALL
    SELECT
        'won' AS to_stage,
        first_seen_at AS entered_at,
        CASE
            WHEN won_at IS NOT NULL THEN won_at
            WHEN open_count = 0 THEN last_closed_at
            WHEN opportunity_at IS NULL AND is_rejected THEN decided_at
        END AS ended_at,
        CASE
            WHEN won_at IS NOT NULL THEN 'advanced'
            WHEN open_count = 0 THEN 'lost'
            WHEN opportunity_at IS NULL AND is_rejected THEN 'lost'
            ELSE 'open'
        END AS outcome,
        source_name, medium, channel, campaign, country, industry, product, owner
    FROM lead_fates
),

-- What became of each deal, stage by stage ----------------------------------------------------------------------
open_stages AS (
    SELECT
        process,
        stage,
        row_number() OVER (PARTITION BY process ORDER BY stage_order) AS step_no,
        lead(stage) OVER (PARTITION BY process ORDER BY stage_order) AS next_stage
    FROM stages
    WHERE NOT is_won AND NOT is_lost
),

stays AS (
    SELECT
        i.opportunity_id,
        s.step_no,
        min(i.entered_at) AS entered_at,
        min(CASE WHEN i.is_assumed THEN 1 ELSE 0 END) AS assumed
    FROM stage_intervals AS i
    INNER JOIN open_stages AS s ON s.process = i.process AND s.stage = i.stage
    GROUP BY i.opportunity_id, s.step_no
),

furthest AS (
    SELECT
        opportunity_id,
        max(step_no) AS step_no
    FROM stays
    GROUP BY opportunity_id
),

deals AS (
    SELECT
        o.opportunity_id,
        o.process,
        o.status,
        o.created_at,
        coalesce(o.closed_at, o.created_at) AS closed_at,
        coalesce(f.step_no, 1) AS furthest_no,
        CASE WHEN w.by_source_name = 1 THEN coalesce(g.source_name, o.source_name, '(none)') END AS source_name,
        CASE WHEN w.by_medium = 1 THEN coalesce(g.medium, '(none)') END AS medium,
        CASE WHEN w.by_channel = 1 THEN coalesce(g.channel, '(none)') END AS channel,
        CASE WHEN w.by_campaign = 1 THEN coalesce(g.campaign, '(none)') END AS campaign,
        CASE WHEN w.by_country = 1 THEN coalesce(g.country, '(none)') END AS country,
        CASE WHEN w.by_industry = 1 THEN coalesce(g.industry, '(none)') END AS industry,
        CASE WHEN w.by_product = 1 THEN coalesce(o.product, '(none)') END AS product,
        CASE WHEN w.by_owner = 1 THEN coalesce(o.owner, '(none)') END AS owner
    FROM opportunity_states AS o
    LEFT JOIN furthest AS f ON f.opportunity_id = o.opportunity_id
    LEFT JOIN golden_records AS g ON g.lead_id = o.lead_id
    CROSS JOIN wanted AS w
),

-- Every stage a deal reached: its own, those before it, and all of them when it is won.
reached AS (
    SELECT
        d.*,
        s.stage AS from_stage,
        coalesce(s.next_stage, 'won') AS to_stage,
        s.step_no,
        d.status = 'won' OR d.furthest_no > s.step_no AS has_advanced,
        -- an instant at which it was at least here: the earliest stay in this stage or a later one
        coalesce(
            min(t.entered_at) OVER (
                PARTITION BY d.opportunity_id ORDER BY s.step_no ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
            ),
            CASE WHEN d.status = 'won' THEN d.closed_at ELSE d.created_at END
        ) AS entered_at,
        t.entered_at IS NOT NULL AND t.assumed = 0 AS is_seen
    FROM deals AS d
    INNER JOIN open_stages AS s ON s.process = d.process AND (d.status = 'won' OR d.furthest_no >= s.step_no)
    LEFT JOIN stays AS t ON t.opportunity_id = d.opportunity_id AND t.step_no = s.step_no
),

deal_steps AS (
    SELECT
        *,
        CASE
            WHEN has_advanced
                THEN coalesce(lead(entered_at) OVER (PARTITION BY opportunity_id ORDER BY step_no), closed_at)
            WHEN status = 'lost' THEN closed_at
        END AS ended_at,
        CASE WHEN has_advanced THEN 'advanced' WHEN status = 'lost' THEN 'lost' ELSE 'open' END AS outcome
    FROM reached
),

-- Both, with the time that the step took -------------------------------------------------------------------------
steps AS (
    SELECT
        'all' AS process, 'lead' AS from_stage, to_stage, entered_at, ended_at, outcome,
        TRUE AS is_seen,
        -- won before first contact: the deal stays, and took no time
        CASE
            WHEN outcome = 'advanced' THEN greatest(date_diff('second', entered_at, ended_at), 0) / 86400.0
        END AS days,
        source_name, medium, channel, campaign, country, industry, product, owner
    FROM lead_steps
    UNION ALL
    SELECT
        process, from_stage, to_stage, entered_at, ended_at, outcome,
        is_seen,
        CASE
            WHEN outcome = 'advanced' AND is_seen AND ended_at >= entered_at
                THEN date_diff('second', entered_at, ended_at) / 86400.0
        END AS days,
        source_name, medium, channel, campaign, country, industry, product, owner
    FROM deal_steps
),

-- Since when the step's ends are on record at all, and how long it usually takes.
ranked_days AS (
    SELECT
        process,
        from_stage,
        to_stage,
        days,
        row_number() OVER (PARTITION BY process, from_stage, to_stage ORDER BY days) AS day_rank,
        count(*) OVER (PARTITION BY process, from_stage, to_stage) AS day_count
    FROM steps
    WHERE days IS NOT NULL
),

usual AS (
    SELECT
        d.process,
        d.from_stage,
        d.to_stage,
        min(d.days) AS usual_days
    FROM ranked_days AS d
    INNER JOIN policy_funnel_limits AS l ON d.day_rank >= l.maturity_quantile * d.day_count
    GROUP BY d.process, d.from_stage, d.to_stage
),

first_ends AS (
    SELECT
        process,
        from_stage,
        to_stage,
        min(ended_at) FILTER (WHERE outcome = 'advanced' OR from_stage <> 'lead') AS first_end_at
    FROM steps
    GROUP BY process, from_stage, to_stage
),

-- Whole days from entering to the first end on record, and to the own end: enough to tell whether ends are missing.
gaps AS (
    SELECT
        s.process,
        s.from_stage,
        s.to_stage,
        s.entered_at < f.first_end_at AS is_early,
        CASE
            WHEN s.entered_at < f.first_end_at
                THEN cast(floor(date_diff('second', s.entered_at, f.first_end_at) / 86400.0) AS BIGINT)
        END AS gap_days,
        CASE
            WHEN s.outcome = 'advanced' OR (s.outcome = 'lost' AND s.from_stage <> 'lead')
                THEN cast(floor(date_diff('second', s.entered_at, s.ended_at) / 86400.0) AS BIGINT) + 1
        END AS end_days,
        count(*) AS subjects
    FROM steps AS s
    INNER JOIN first_ends AS f
        ON f.process = s.process AND f.from_stage = s.from_stage AND f.to_stage = s.to_stage
    WHERE f.first_end_at IS NOT NULL
    GROUP BY 1, 2, 3, 4, 5, 6
),

-- How those that entered since then fared; all of them where nobody did.
reference AS (
    SELECT
        process,
        from_stage,
        to_stage,
        is_early,
        end_days,
        sum(subjects) AS subjects,
        sum(sum(subjects)) OVER (PARTITION BY process, from_stage, to_stage, is_early) AS group_subjects,
        max(CASE WHEN is_early THEN 0 ELSE 1 END) OVER (PARTITION BY process, from_stage, to_stage) AS has_later
    FROM gaps
    GROUP BY process, from_stage, to_stage, is_early, end_days
),

-- Ends to be expected before the first one on record. None came: if that cannot be chance (fewer than one in twenty
-- worlds), ends were not recorded before, and cohorts from before are left-truncated rather than poor.
missing_ends AS (
    SELECT
        e.process,
        e.from_stage,
        e.to_stage,
        sum(e.subjects * r.subjects / cast(r.group_subjects AS DOUBLE)) AS expected_ends
    FROM gaps AS e
    INNER JOIN reference AS r
        ON
        r.process = e.process
        AND r.from_stage = e.from_stage
        AND r.to_stage = e.to_stage
        AND r.end_days <= e.gap_days
        AND (NOT r.is_early OR r.has_later = 0)
    GROUP BY e.process, e.from_stage, e.to_stage
),

step_norms AS (
    SELECT
        f.process,
        f.from_stage,
        f.to_stage,
        CASE WHEN m.expected_ends >= 3 THEN f.first_end_at END AS recorded_from,
        u.usual_days
    FROM first_ends AS f
    LEFT JOIN usual AS u ON u.process = f.process AND u.from_stage = f.from_stage AND u.to_stage = f.to_stage
    LEFT JOIN missing_ends AS m
        ON m.process = f.process AND m.from_stage = f.from_stage AND m.to_stage = f.to_stage
),

placed AS (
    SELECT
        s.process, s.from_stage, s.to_stage, s.outcome, s.days,
        coalesce(CASE WHEN s.entered_at >= e.turns_at THEN e.month_after ELSE e.month_before END, 0) AS entered_no,
        -- never before it began, so that what is there at the start of a month is never negative
        CASE
            WHEN s.outcome = 'open' THEN NULL
            WHEN coalesce(s.ended_at, s.entered_at) <= s.entered_at
                THEN CASE WHEN s.entered_at >= e.turns_at THEN e.month_after ELSE e.month_before END
            WHEN s.ended_at >= x.turns_at THEN x.month_after
            ELSE x.month_before
        END AS ended_no,
        CASE WHEN s.is_seen THEN 1 ELSE 0 END AS seen,
        CASE WHEN s.entered_at < n.recorded_from THEN 1 ELSE 0 END AS truncated,
        CASE
            WHEN
                s.outcome = 'open'
                AND (n.usual_days IS NULL OR date_diff('second', s.entered_at, r.as_of) / 86400.0 < n.usual_days)
                THEN 1
            ELSE 0
        END AS young,
        s.source_name, s.medium, s.channel, s.campaign, s.country, s.industry, s.product, s.owner
    FROM steps AS s
    INNER JOIN step_norms AS n
        ON n.process = s.process AND n.from_stage = s.from_stage AND n.to_stage = s.to_stage
    CROSS JOIN run_scope AS r
    LEFT JOIN utc_days AS e ON e.utc_date = cast(s.entered_at AS DATE)
    LEFT JOIN utc_days AS x ON x.utc_date = cast(s.ended_at AS DATE)
),

-- Counted once by everything asked for, then read by segment: few rows instead of millions.
cells AS (
    SELECT
        process, from_stage, to_stage, outcome, entered_no, ended_no,
        source_name, medium, channel, campaign, country, industry, product, owner,
        count(*) AS subjects,
        sum(seen) AS seen,
        sum(truncated) AS truncated,
        sum(young) AS young
    FROM placed
    GROUP BY
        process, from_stage, to_stage, outcome, entered_no, ended_no,
        source_name, medium, channel, campaign, country, industry, product, owner
),

segmented AS (
    SELECT
        c.process, c.from_stage, c.to_stage, c.outcome, c.entered_no, c.ended_no,
        p.segment_type,
        CASE p.segment_type
            WHEN 'source_name' THEN c.source_name
            WHEN 'medium' THEN c.medium
            WHEN 'channel' THEN c.channel
            WHEN 'campaign' THEN c.campaign
            WHEN 'country' THEN c.country
            WHEN 'industry' THEN c.industry
            WHEN 'product' THEN c.product
            WHEN 'owner' THEN c.owner
            ELSE 'all'
        END AS segment,
        sum(c.subjects) AS subjects,
        sum(c.seen) AS seen,
        sum(c.truncated) AS truncated,
        sum(c.young) AS young
    FROM cells AS c
    CROSS JOIN policy_funnel_segments AS p
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
),

step_days AS (
    SELECT
        s.process, s.from_stage, s.to_stage, s.days,
        s.entered_no, s.ended_no,
        p.segment_type,
        CASE p.segment_type
            WHEN 'source_name' THEN s.source_name
            WHEN 'medium' THEN s.medium
            WHEN 'channel' THEN s.channel
            WHEN 'campaign' THEN s.campaign
            WHEN 'country' THEN s.country
            WHEN 'industry' THEN s.industry
            WHEN 'product' THEN s.product
            WHEN 'owner' THEN s.owner
            ELSE 'all'
        END AS segment
    FROM placed AS s
    CROSS JOIN policy_funnel_segments AS p
    WHERE s.days IS NOT NULL
),

-- The periods that a month is part of; month 0 stands for instants outside the calendar. Months are kept for the
-- total only, quarters and the whole for every segment.
periods AS (
    SELECT
        month_no,
        month AS period,
        'month' AS period_type
    FROM month_starts
    UNION ALL
    SELECT
        month_no,
        quarter AS period,
        'quarter' AS period_type
    FROM month_starts
    UNION ALL
    SELECT
        month_no,
        'all' AS period,
        'all' AS period_type
    FROM month_starts
    UNION ALL
    SELECT
        0 AS month_no,
        'all' AS period,
        'all' AS period_type
),

period_spans AS (
    SELECT
        period,
        period_type,
        min(month_no) AS first_no,
        max(month_no) AS last_no
    FROM periods
    WHERE period_type <> 'all'
    GROUP BY period, period_type
),

cohorts AS (
    SELECT
        'cohort' AS basis,
        p.period,
        s.segment_type,
        s.segment,
        s.process,
        s.from_stage,
        s.to_stage,
        sum(s.subjects) AS entered,
        coalesce(sum(s.subjects) FILTER (WHERE s.outcome = 'advanced'), 0) AS advanced,
        coalesce(sum(s.subjects) FILTER (WHERE s.outcome = 'lost'), 0) AS lost,
        sum(s.seen) AS seen,
        sum(s.truncated) AS truncated,
        sum(s.young) AS young
    FROM segmented AS s
    INNER JOIN periods AS p ON p.month_no = s.entered_no AND (p.period_type <> 'month' OR s.segment_type = 'all')
    GROUP BY p.period, s.segment_type, s.segment, s.process, s.from_stage, s.to_stage
),

flows AS (
    SELECT
        segment_type,
        segment,
        process,
        from_stage,
        to_stage,
        entered_no AS month_no,
        subjects AS entered,
        seen,
        0 AS advanced,
        0 AS lost
    FROM segmented
    WHERE entered_no > 0
    UNION ALL
    SELECT
        segment_type,
        segment,
        process,
        from_stage,
        to_stage,
        ended_no AS month_no,
        0 AS entered,
        0 AS seen,
        CASE WHEN outcome = 'advanced' THEN subjects ELSE 0 END AS advanced,
        CASE WHEN outcome = 'lost' THEN subjects ELSE 0 END AS lost
    FROM segmented
    WHERE entered_no > 0 AND ended_no > 0
),

-- Beyond this month nothing is on record.
last_month AS (
    SELECT max(f.month_no) AS month_no
    FROM flows AS f
    INNER JOIN month_starts AS m ON m.month_no = f.month_no
    INNER JOIN run_scope AS r ON m.starts_at <= r.as_of
),

at_work AS (
    SELECT
        'period' AS basis,
        p.period,
        f.segment_type,
        f.segment,
        f.process,
        f.from_stage,
        f.to_stage,
        sum(CASE WHEN f.month_no >= p.first_no THEN f.entered ELSE f.entered - f.advanced - f.lost END) AS entered,
        sum(CASE WHEN f.month_no >= p.first_no THEN f.advanced ELSE 0 END) AS advanced,
        sum(CASE WHEN f.month_no >= p.first_no THEN f.lost ELSE 0 END) AS lost,
        CASE WHEN 2 * sum(f.seen) >= sum(f.entered) THEN sum(f.entered) ELSE 0 END AS seen
    FROM flows AS f
    INNER JOIN period_spans AS p
        ON f.month_no <= p.last_no
        AND (p.period_type = 'quarter' OR (p.period_type = 'month' AND f.segment_type = 'all'))
    INNER JOIN last_month AS l ON p.first_no <= l.month_no
    GROUP BY p.period, f.segment_type, f.segment, f.process, f.from_stage, f.to_stage
),

counted AS (
    SELECT * FROM cohorts
    UNION ALL
    SELECT
        basis, period, segment_type, segment, process, from_stage, to_stage, entered, advanced, lost, seen,
        0 AS truncated, 0 AS young
    FROM at_work
    WHERE entered > 0
),

timed AS (
    SELECT
        'cohort' AS basis, p.period, s.segment_type, s.segment, s.process, s.from_stage, s.to_stage,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY s.days) AS median_days,
        percentile_cont(0.9) WITHIN GROUP (ORDER BY s.days) AS p90_days
    FROM step_days AS s
    INNER JOIN periods AS p ON p.month_no = s.entered_no AND (p.period_type <> 'month' OR s.segment_type = 'all')
    GROUP BY p.period, s.segment_type, s.segment, s.process, s.from_stage, s.to_stage
    UNION ALL
    SELECT
        'period' AS basis, p.period, s.segment_type, s.segment, s.process, s.from_stage, s.to_stage,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY s.days) AS median_days,
        percentile_cont(0.9) WITHIN GROUP (ORDER BY s.days) AS p90_days
    FROM step_days AS s
    INNER JOIN periods AS p
        ON
        p.month_no = s.ended_no
        AND (p.period_type = 'quarter' OR (p.period_type = 'month' AND s.segment_type = 'all'))
    GROUP BY p.period, s.segment_type, s.segment, s.process, s.from_stage, s.to_stage
),

period_bounds AS (
    SELECT
        p.period,
        f.starts_at,
        u.starts_at AS ends_at
    FROM period_spans AS p
    INNER JOIN month_starts AS f ON f.month_no = p.first_no
    LEFT JOIN month_starts AS u ON u.month_no = p.last_no + 1
)

SELECT
    c.basis,
    c.period,
    c.segment_type,
    c.segment,
    c.process,
    c.from_stage,
    c.to_stage,
    coalesce(o.step_no, 0) AS stage_order,
    c.entered,
    c.advanced,
    c.lost,
    c.entered - c.advanced - c.lost AS still_open,
    c.seen AS seen_count,
    c.truncated AS truncated_count,
    c.young AS young_count,
    -- the period began before the step's ends were on record, or had not ended at as_of
    coalesce(b.starts_at < n.recorded_from, FALSE) AS is_left_truncated,
    coalesce(b.ends_at > r.as_of, FALSE) AS is_unfinished,
    t.median_days,
    t.p90_days
FROM counted AS c
LEFT JOIN period_bounds AS b ON b.period = c.period
INNER JOIN step_norms AS n ON n.process = c.process AND n.from_stage = c.from_stage AND n.to_stage = c.to_stage
CROSS JOIN run_scope AS r
LEFT JOIN open_stages AS o ON o.process = c.process AND o.stage = c.from_stage
LEFT JOIN timed AS t
    ON
    t.basis = c.basis
    AND t.period = c.period
    AND t.segment_type = c.segment_type
    AND t.segment = c.segment
    AND t.process = c.process
    AND t.from_stage = c.from_stage
    AND t.to_stage = c.to_stage
