-- One row per lead evaluated by the promotion gate: the verdict, the criteria that failed, and the
-- cheapest set of facts or actions that would promote it.
-- Each condition of the policy is one bit. Leads with the same answers share one number, and criteria
-- and paths are worked out once for each different number.
WITH matched_values AS (
    SELECT DISTINCT
        t.bit,
        v.field,
        v.value
    FROM (
        SELECT DISTINCT
            f.field,
            f.value
        FROM lead_facts AS f
        WHERE
            f.field IN (
                SELECT q.field
                FROM policy_gate_tests AS q
                WHERE q.kind = 'fact' AND q.operator NOT IN ('present', 'absent')
            )
    ) AS v
    CROSS JOIN run_scope AS s
    JOIN policy_gate_tests AS t
        ON
        t.kind = 'fact'
        AND v.field = t.field
        AND CASE t.operator
            WHEN 'equals' THEN lower(v.value) = t.word
            WHEN 'excludes' THEN strpos(t.word, concat(chr(31), lower(v.value), chr(31))) = 0
            WHEN 'contains' THEN strpos(lower(v.value), t.word) > 0
            WHEN 'matches' THEN regexp_matches(v.value, t.word)
            WHEN 'between'
                THEN
                    try_cast(v.value AS DOUBLE) >= coalesce(t.low, -1e300)
                    AND try_cast(v.value AS DOUBLE) <= coalesce(t.high, 1e300)
            WHEN 'within_days'
                THEN
                    try_cast(v.value AS DATE) >= s.as_of_date
                    AND date_diff('day', s.as_of_date, try_cast(v.value AS DATE)) <= t.high
            ELSE FALSE
        END
),

conditions_met AS (
    SELECT
        f.lead_id,
        m.bit
    FROM lead_facts AS f
    JOIN matched_values AS m ON f.field = m.field AND f.value = m.value
    UNION ALL
    SELECT
        f.lead_id,
        t.bit
    FROM lead_facts AS f
    JOIN policy_gate_tests AS t ON t.kind = 'fact' AND f.field = t.field AND t.operator = 'present'
    UNION ALL
    SELECT
        s.lead_id,
        t.bit
    FROM lead_scores AS s
    CROSS JOIN policy_gate_tests AS t
    LEFT JOIN lead_facts AS f ON s.lead_id = f.lead_id AND t.field = f.field
    WHERE t.kind = 'fact' AND t.operator = 'absent' AND f.lead_id IS NULL
    UNION ALL
    SELECT
        a.lead_id,
        t.bit
    FROM lead_activity AS a
    JOIN policy_gate_tests AS t ON t.kind = 'activity' AND a.rule_id = t.field
    WHERE a.distinct_count >= t.low
    UNION ALL
    SELECT
        s.lead_id,
        t.bit
    FROM lead_scores AS s
    CROSS JOIN policy_gate_tests AS t
    WHERE
        t.kind = 'score'
        AND CASE t.field
            WHEN 'fit_points' THEN s.fit_points
            WHEN 'behaviour_points' THEN s.behaviour_points
            ELSE s.score
        END >= t.low
),

answered AS (
    SELECT
        c.lead_id,
        bit_or(c.bit) AS answers
    FROM conditions_met AS c
    GROUP BY c.lead_id
),

lead_answers AS (
    SELECT
        s.lead_id,
        s.score,
        coalesce(a.answers, 0) AS answers
    FROM lead_scores AS s
    LEFT JOIN answered AS a ON s.lead_id = a.lead_id
),

different_answers AS (
    SELECT DISTINCT answers
    FROM lead_answers
),

criteria AS (
    SELECT
        d.answers,
        c.criterion,
        c.criterion_order,
        c.on_fail,
        max(CASE WHEN (d.answers & c.mask) = c.mask THEN 1 ELSE 0 END) AS is_met
    FROM different_answers AS d
    CROSS JOIN policy_gate_criteria AS c
    GROUP BY d.answers, c.criterion, c.criterion_order, c.on_fail
),

failures AS (
    SELECT
        answers,
        concat('"', criterion, '"') AS failure,
        1000 + criterion_order AS failure_order,
        on_fail
    FROM criteria
    WHERE is_met = 0
    UNION ALL
    SELECT
        d.answers,
        concat('"', r.reason, '"') AS failure,
        r.reason_order AS failure_order,
        'rule_out' AS on_fail
    FROM different_answers AS d
    JOIN policy_gate_rejections AS r ON (d.answers & r.bit) <> 0
),

failed AS (
    SELECT
        answers,
        concat('[', string_agg(failure, ',' ORDER BY failure_order), ']') AS failed_criteria,
        count(*) AS failed_count,
        max(CASE WHEN on_fail = 'rule_out' THEN 1 ELSE 0 END) AS is_ruled_out,
        max(CASE WHEN on_fail = 'reject' THEN 1 ELSE 0 END) AS is_rejected,
        max(CASE WHEN on_fail = 'nurture' THEN 1 ELSE 0 END) AS is_nurtured
    FROM failures
    GROUP BY answers
),

missing_steps AS (
    SELECT
        f.answers,
        p.path,
        p.bit,
        p.step,
        p.cost
    FROM failed AS f
    JOIN policy_gate_steps AS p ON (f.answers & p.bit) = 0
    WHERE f.is_ruled_out = 0
),

-- The path with the least cost left: without any one of its steps the lead would not be promoted, else the
-- rest would be a cheaper path.
path_costs AS (
    SELECT
        answers,
        path,
        row_number() OVER (
            PARTITION BY answers
            ORDER BY sum(cast(cost AS DECIMAL(18, 6))), count(*), path
        ) AS path_rank
    FROM missing_steps
    GROUP BY answers, path
),

shortest AS (
    SELECT
        m.answers,
        concat('[', string_agg(m.step, ',' ORDER BY m.bit), ']') AS shortest_path
    FROM missing_steps AS m
    JOIN path_costs AS c ON m.answers = c.answers AND m.path = c.path AND c.path_rank = 1
    GROUP BY m.answers
)

SELECT
    a.lead_id,
    CASE
        WHEN f.answers IS NULL THEN 'promote'
        WHEN f.is_ruled_out = 1 OR f.is_rejected = 1 THEN 'reject'
        WHEN f.is_nurtured = 1 THEN 'nurture'
        WHEN f.failed_count <= l.max_failed AND a.score >= l.min_score THEN 'review'
        ELSE 'nurture'
    END AS verdict,
    coalesce(f.failed_criteria, '[]') AS failed_criteria,
    coalesce(s.shortest_path, '[]') AS shortest_path,
    p.value AS product
FROM lead_answers AS a
CROSS JOIN policy_gate_limits AS l
LEFT JOIN failed AS f ON a.answers = f.answers
LEFT JOIN shortest AS s ON a.answers = s.answers
LEFT JOIN lead_facts AS p ON a.lead_id = p.lead_id AND p.field = 'product'
