-- One row per entry of points given to or taken from a lead that counts at as_of.
-- One `points` line for each rule that applies; what the daily limit and the rule's cap take is one
-- `cap` line of the rule, what age takes one `decay` line. Then caps of the components, and the
-- overall cap and floor, whose lines fall on the components pro rata. Every amount is rounded to
-- hundredths before it is used further, so that the lines of a lead add up to its score exactly.
WITH matched_values AS (
    -- Each different value is tested once, not once a lead.
    SELECT DISTINCT
        c.rule_id,
        c.clause,
        v.field,
        v.value,
        concat(
            '"', replace(replace(v.field, '\', '\\'), '"', '\"'), '":',
            CASE
                WHEN c.operator IN ('equals', 'between', 'within_days')
                    THEN concat(
                        '"',
                        replace(
                            replace(
                                regexp_replace(substr(v.value, 1, 100), '[[:cntrl:]]', ' ', 'g'), '\', '\\'
                            ),
                            '"', '\"'
                        ),
                        '"'
                    )
                ELSE 'true'
            END
        ) AS evidence
    FROM (
        SELECT DISTINCT
            f.field,
            f.value
        FROM lead_facts AS f
        WHERE
            f.field IN (
                SELECT q.field
                FROM policy_score_conditions AS q
                WHERE q.operator NOT IN ('present', 'absent')
            )
    ) AS v
    CROSS JOIN run_scope AS s
    JOIN policy_score_conditions AS c
        ON
        v.field = c.field
        AND CASE c.operator
            WHEN 'equals' THEN lower(v.value) = c.word
            WHEN 'excludes' THEN strpos(c.word, concat(chr(31), lower(v.value), chr(31))) = 0
            WHEN 'contains' THEN strpos(lower(v.value), c.word) > 0
            WHEN 'matches' THEN regexp_matches(v.value, c.word)
            WHEN 'between'
                THEN
                    try_cast(v.value AS DOUBLE) >= coalesce(c.low, -1e300)
                    AND try_cast(v.value AS DOUBLE) <= coalesce(c.high, 1e300)
            WHEN 'within_days'
                THEN
                    try_cast(v.value AS DATE) >= s.as_of_date
                    AND date_diff('day', s.as_of_date, try_cast(v.value AS DATE)) <= c.high
            ELSE FALSE
        END
),

fulfilled AS (
    SELECT
        f.lead_id,
        m.rule_id,
        m.clause,
        m.evidence
    FROM lead_facts AS f
    JOIN matched_values AS m ON f.field = m.field AND f.value = m.value
    UNION ALL
    SELECT
        f.lead_id,
        c.rule_id,
        c.clause,
        concat('"', replace(replace(f.field, '\', '\\'), '"', '\"'), '":true') AS evidence
    FROM lead_facts AS f
    JOIN policy_score_conditions AS c ON f.field = c.field AND c.operator = 'present'
    UNION ALL
    SELECT
        g.lead_id,
        c.rule_id,
        c.clause,
        concat('"', replace(replace(c.field, '\', '\\'), '"', '\"'), '":false') AS evidence
    FROM golden_records AS g
    CROSS JOIN policy_score_conditions AS c
    LEFT JOIN lead_facts AS f ON g.lead_id = f.lead_id AND c.field = f.field
    WHERE c.operator = 'absent' AND f.lead_id IS NULL
),

fulfilled_clauses AS (
    SELECT
        f.lead_id,
        f.rule_id,
        f.clause,
        min(f.evidence) AS evidence
    FROM fulfilled AS f
    JOIN policy_score_rules AS r ON f.rule_id = r.rule_id AND NOT r.is_simple
    GROUP BY f.lead_id, f.rule_id, f.clause
),

fulfilled_rules AS (
    SELECT
        f.lead_id,
        f.rule_id
    FROM fulfilled_clauses AS f
    JOIN policy_score_rules AS r ON f.rule_id = r.rule_id
    GROUP BY f.lead_id, f.rule_id, r.clause_count
    HAVING count(*) = r.clause_count
),

fit_lines AS (
    -- A rule that asks one question of one field cannot be fulfilled twice: only the others are grouped.
    SELECT
        f.lead_id,
        f.rule_id,
        concat('{', f.evidence, '}') AS evidence
    FROM fulfilled AS f
    JOIN policy_score_rules AS r ON f.rule_id = r.rule_id AND r.is_simple
    UNION ALL
    SELECT
        e.lead_id,
        e.rule_id,
        concat('{', string_agg(e.evidence, ',' ORDER BY e.evidence), '}') AS evidence
    FROM (
        SELECT DISTINCT
            c.lead_id,
            c.rule_id,
            c.evidence
        FROM fulfilled_clauses AS c
        JOIN fulfilled_rules AS f ON c.lead_id = f.lead_id AND c.rule_id = f.rule_id
    ) AS e
    GROUP BY e.lead_id, e.rule_id
),

behaviour_amounts AS (
    -- Clamped to a million, far beyond any cap, so that a robot's million visits still fit the column.
    SELECT
        a.lead_id,
        a.rule_id,
        a.event_count,
        a.distinct_count,
        a.first_occurred_at,
        a.last_occurred_at,
        cast(coalesce(r.cap, 1000000) AS DECIMAL(9, 2)) AS cap,
        r.reason,
        r.cap_reason,
        r.decay_reason,
        cast(
            least(greatest(round(cast(r.points AS DECIMAL(9, 2)) * a.quantity, 2), -1000000), 1000000)
            AS DECIMAL(9, 2)
        ) AS given,
        cast(
            least(greatest(round(cast(r.points AS DECIMAL(9, 2)) * a.counted_quantity, 2), -1000000), 1000000)
            AS DECIMAL(9, 2)
        ) AS counted,
        cast(
            least(greatest(round(cast(r.points AS DECIMAL(9, 2)) * a.decayed_quantity, 2), -1000000), 1000000)
            AS DECIMAL(9, 2)
        ) AS decayed
    FROM lead_activity AS a
    JOIN policy_score_rules AS r ON a.rule_id = r.rule_id
    WHERE a.quantity > 0
),

behaviour_results AS (
    SELECT
        b.lead_id,
        b.rule_id,
        b.event_count,
        b.distinct_count,
        b.first_occurred_at,
        b.last_occurred_at,
        b.reason,
        b.cap_reason,
        b.decay_reason,
        b.given,
        b.counted,
        b.decayed,
        cast(least(greatest(b.decayed, -b.cap), b.cap) AS DECIMAL(9, 2)) AS kept
    FROM behaviour_amounts AS b
),

kinds AS (
    SELECT 'points' AS kind
    UNION ALL
    SELECT 'cap' AS kind
    UNION ALL
    SELECT 'decay' AS kind
),

rule_lines AS (
    SELECT
        f.lead_id,
        'fit' AS component,
        f.rule_id,
        'points' AS kind,
        f.evidence,
        cast(r.points AS DECIMAL(9, 2)) AS points,
        r.reason
    FROM fit_lines AS f
    JOIN policy_score_rules AS r ON f.rule_id = r.rule_id
    UNION ALL
    SELECT
        b.lead_id,
        'behaviour' AS component,
        b.rule_id,
        k.kind,
        CASE k.kind
            WHEN 'points'
                THEN concat(
                    '{"events":', b.event_count, ',"different":', b.distinct_count,
                    ',"first":"', cast(b.first_occurred_at AS VARCHAR),
                    '","last":"', cast(b.last_occurred_at AS VARCHAR), '"}'
                )
            WHEN 'cap'
                THEN
                    concat(
                        '{"over_daily_limit":', b.given - b.counted, ',"over_cap":', b.decayed - b.kept, '}'
                    )
            ELSE concat('{"before":', b.counted, ',"after":', b.decayed, '}')
        END AS evidence,
        CASE k.kind
            WHEN 'points' THEN b.given
            WHEN 'cap' THEN cast(b.counted - b.given + b.kept - b.decayed AS DECIMAL(9, 2))
            ELSE cast(b.decayed - b.counted AS DECIMAL(9, 2))
        END AS points,
        CASE k.kind WHEN 'points' THEN b.reason WHEN 'cap' THEN b.cap_reason ELSE b.decay_reason END AS reason
    FROM behaviour_results AS b
    CROSS JOIN kinds AS k
),

rule_sums AS (
    SELECT
        f.lead_id,
        cast(r.points AS DECIMAL(9, 2)) AS fit_points,
        cast(0 AS DECIMAL(9, 2)) AS behaviour_points
    FROM fit_lines AS f
    JOIN policy_score_rules AS r ON f.rule_id = r.rule_id
    UNION ALL
    SELECT
        b.lead_id,
        cast(0 AS DECIMAL(9, 2)) AS fit_points,
        b.kept AS behaviour_points
    FROM behaviour_results AS b
),

sums AS (
    SELECT
        p.lead_id,
        cast(sum(p.fit_points) AS DECIMAL(18, 2)) AS fit_sum,
        cast(sum(p.behaviour_points) AS DECIMAL(18, 2)) AS behaviour_sum
    FROM rule_sums AS p
    GROUP BY p.lead_id
),

capped AS (
    SELECT
        s.lead_id,
        s.fit_sum,
        s.behaviour_sum,
        least(s.fit_sum, cast(l.fit_cap AS DECIMAL(18, 2))) AS fit,
        least(s.behaviour_sum, cast(l.behaviour_cap AS DECIMAL(18, 2))) AS behaviour,
        cast(l.total_cap AS DECIMAL(18, 2)) AS total_cap
    FROM sums AS s
    CROSS JOIN policy_score_limits AS l
),

excess AS (
    -- What is over the cap falls on the positive components pro rata, what is under zero on the negative.
    SELECT
        c.lead_id,
        c.fit - c.fit_sum AS fit_cut,
        c.behaviour - c.behaviour_sum AS behaviour_cut,
        greatest(c.fit + c.behaviour - c.total_cap, 0) AS over_cap,
        greatest(-(c.fit + c.behaviour), 0) AS under_floor,
        greatest(c.fit, 0) / nullif(greatest(c.fit, 0) + greatest(c.behaviour, 0), 0) AS gains_share,
        least(c.fit, 0) / nullif(least(c.fit, 0) + least(c.behaviour, 0), 0) AS losses_share
    FROM capped AS c
    WHERE
        c.fit <> c.fit_sum
        OR c.behaviour <> c.behaviour_sum
        OR c.fit + c.behaviour > c.total_cap
        OR c.fit + c.behaviour < 0
),

shares AS (
    SELECT
        x.lead_id,
        x.fit_cut,
        x.behaviour_cut,
        x.over_cap,
        x.under_floor,
        cast(round(x.over_cap * coalesce(x.gains_share, 0), 2) AS DECIMAL(18, 2)) AS fit_over_cap,
        cast(round(x.under_floor * coalesce(x.losses_share, 0), 2) AS DECIMAL(18, 2)) AS fit_under_floor
    FROM excess AS x
),

total_lines AS (
    SELECT
        h.lead_id,
        'fit' AS component,
        'cap.fit' AS rule_id,
        'cap' AS kind,
        h.fit_cut AS points
    FROM shares AS h
    UNION ALL
    SELECT
        h.lead_id,
        'behaviour' AS component,
        'cap.behaviour' AS rule_id,
        'cap' AS kind,
        h.behaviour_cut AS points
    FROM shares AS h
    UNION ALL
    SELECT
        h.lead_id,
        'fit' AS component,
        'cap.total' AS rule_id,
        'cap' AS kind,
        -h.fit_over_cap AS points
    FROM shares AS h
    UNION ALL
    SELECT
        h.lead_id,
        'behaviour' AS component,
        'cap.total' AS rule_id,
        'cap' AS kind,
        h.fit_over_cap - h.over_cap AS points
    FROM shares AS h
    UNION ALL
    SELECT
        h.lead_id,
        'fit' AS component,
        'floor.total' AS rule_id,
        'floor' AS kind,
        h.fit_under_floor AS points
    FROM shares AS h
    UNION ALL
    SELECT
        h.lead_id,
        'behaviour' AS component,
        'floor.total' AS rule_id,
        'floor' AS kind,
        h.under_floor - h.fit_under_floor AS points
    FROM shares AS h
)

SELECT
    r.lead_id,
    r.component,
    r.rule_id,
    r.kind,
    r.evidence,
    r.points,
    r.reason,
    l.policy_version
FROM rule_lines AS r
CROSS JOIN policy_score_limits AS l
WHERE r.points <> 0
UNION ALL
SELECT
    t.lead_id,
    t.component,
    t.rule_id,
    t.kind,
    '{}' AS evidence,
    cast(t.points AS DECIMAL(9, 2)) AS points,
    CASE t.rule_id
        WHEN 'cap.fit' THEN l.fit_cap_reason
        WHEN 'cap.behaviour' THEN l.behaviour_cap_reason
        WHEN 'cap.total' THEN l.total_cap_reason
        ELSE l.floor_reason
    END AS reason,
    l.policy_version
FROM total_lines AS t
CROSS JOIN policy_score_limits AS l
WHERE t.points <> 0
