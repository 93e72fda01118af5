-- One row per lead and thing counted: a behaviour rule, or an activity that a promotion gate asks
-- about.
-- `quantity` is what happened inside the window: events, minutes, or 1 for a rule given once;
-- `counted_quantity` what is left of it under the daily limit; `decayed_quantity` what that is worth
-- at as_of, each day's share weighted by its age. Days are those of the business zone. Weights are
-- rounded to decimals before they are summed, so that the order of the sum does not matter.
WITH asset_hits AS (
    -- Texts are compared with each different asset once, and only for rules that ask for assets.
    SELECT DISTINCT
        w.rule_no,
        e.event_type,
        e.asset
    FROM (
        SELECT DISTINCT
            l.event_type,
            l.asset
        FROM lead_events AS l
        WHERE
            l.asset IS NOT NULL
            AND lower(l.event_type) IN (SELECT q.event_type FROM policy_activity_assets AS q)
    ) AS e
    JOIN policy_activity_assets AS w
        ON w.event_type = lower(e.event_type) AND strpos(lower(e.asset), w.word) > 0
),

aged AS (
    -- How many business days ago; a day in UTC is part of two of them.
    SELECT
        e.*,
        date_diff(
            'day',
            CASE
                WHEN e.occurred_at >= d.turns_at THEN d.date_after
                ELSE coalesce(d.date_before, cast(e.occurred_at AS DATE))
            END,
            s.as_of_date
        ) AS age_days
    FROM lead_events AS e
    CROSS JOIN run_scope AS s
    LEFT JOIN policy_days AS d ON cast(e.occurred_at AS DATE) = d.utc_date
    WHERE e.lead_id IS NOT NULL AND e.occurred_at <= s.as_of AND e.known_at <= s.as_of
),

matched AS (
    SELECT
        e.lead_id,
        a.rule_no,
        e.age_days,
        e.occurred_at,
        e.event_id,
        CASE a.distinct_of WHEN 'asset' THEN e.asset WHEN 'product' THEN e.product END AS thing,
        CASE
            WHEN
                a.per = 'minute'
                THEN cast(least(greatest(coalesce(e.dwell_seconds, 0), 0), 86400) / 60 AS DECIMAL(12, 2))
            ELSE cast(1 AS DECIMAL(12, 2))
        END AS quantity
    FROM aged AS e
    JOIN policy_activities AS a ON a.event_type = lower(e.event_type)
    LEFT JOIN asset_hits AS h
        ON a.rule_no = h.rule_no AND e.event_type = h.event_type AND e.asset = h.asset
    WHERE
        e.age_days < a.window_days
        AND (NOT a.has_assets OR h.asset IS NOT NULL)
        AND (a.products IS NULL OR strpos(a.products, concat(chr(31), lower(e.product), chr(31))) > 0)
        AND (a.campaigns IS NULL OR strpos(a.campaigns, concat(chr(31), lower(e.campaign), chr(31))) > 0)
),

cells AS (
    -- `thing` is filled only for rules that count different things, which have no daily limit: for all others
    -- a cell is a day.
    SELECT
        m.lead_id,
        m.rule_no,
        m.age_days,
        m.thing,
        count(*) AS event_count,
        cast(sum(m.quantity) AS DECIMAL(18, 2)) AS quantity,
        min(m.occurred_at) AS first_occurred_at,
        max(m.occurred_at) AS last_occurred_at
    FROM matched AS m
    GROUP BY m.lead_id, m.rule_no, m.age_days, m.thing
),

rules AS (
    SELECT DISTINCT
        rule_no,
        rule_id,
        per,
        distinct_of,
        at_least,
        max_per_day,
        half_life_days
    FROM policy_activities
),

sums AS (
    SELECT
        c.lead_id,
        c.rule_no,
        sum(c.event_count) AS event_count,
        min(c.age_days) AS youngest_days,
        sum(c.quantity) AS quantity,
        sum(least(c.quantity, coalesce(r.max_per_day, c.quantity))) AS counted_quantity,
        sum(
            cast(
                least(c.quantity, coalesce(r.max_per_day, c.quantity))
                * power(0.5, c.age_days / coalesce(r.half_life_days, 1e12)) AS DECIMAL(18, 6)
            )
        ) AS decayed_quantity,
        min(c.first_occurred_at) AS first_occurred_at,
        max(c.last_occurred_at) AS last_occurred_at
    FROM cells AS c
    JOIN rules AS r ON c.rule_no = r.rule_no
    GROUP BY c.lead_id, c.rule_no
),

things AS (
    SELECT
        c.lead_id,
        c.rule_no,
        count(DISTINCT c.thing) AS distinct_count
    FROM cells AS c
    WHERE c.thing IS NOT NULL
    GROUP BY c.lead_id, c.rule_no
),

reached AS (
    SELECT
        s.lead_id,
        s.event_count,
        s.quantity,
        s.counted_quantity,
        s.decayed_quantity,
        s.first_occurred_at,
        s.last_occurred_at,
        r.rule_id,
        r.per,
        CASE WHEN r.distinct_of = 'event' THEN s.event_count ELSE coalesce(t.distinct_count, 0) END
            AS distinct_count,
        r.at_least,
        cast(power(0.5, s.youngest_days / coalesce(r.half_life_days, 1e12)) AS DECIMAL(18, 6))
            AS youngest_weight
    FROM sums AS s
    JOIN rules AS r ON s.rule_no = r.rule_no
    LEFT JOIN things AS t ON s.lead_id = t.lead_id AND s.rule_no = t.rule_no
)

SELECT
    r.lead_id,
    r.rule_id,
    cast(r.event_count AS BIGINT) AS event_count,
    cast(r.distinct_count AS BIGINT) AS distinct_count,
    cast(
        CASE WHEN r.per <> 'once' THEN r.quantity WHEN r.distinct_count >= r.at_least THEN 1 ELSE 0 END
        AS DECIMAL(18, 6)
    ) AS quantity,
    cast(
        CASE
            WHEN r.per <> 'once' THEN r.counted_quantity
            WHEN r.distinct_count >= r.at_least THEN 1
            ELSE 0
        END AS DECIMAL(18, 6)
    ) AS counted_quantity,
    cast(
        CASE
            WHEN r.per <> 'once' THEN r.decayed_quantity
            WHEN r.distinct_count >= r.at_least THEN r.youngest_weight
            ELSE 0
        END AS DECIMAL(18, 6)
    ) AS decayed_quantity,
    r.first_occurred_at,
    r.last_occurred_at
FROM reached AS r
