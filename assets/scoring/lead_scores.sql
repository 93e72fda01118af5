-- One row per lead, with its score: the sum of its ledger lines.
-- A lead without any line has insufficient_data, which is not the same as a cold lead. No learned model is in
-- use: learned_points is 0 and conversion_probability null.
WITH sums AS (
    SELECT
        e.lead_id,
        cast(sum(CASE WHEN e.component = 'fit' THEN e.points ELSE 0 END) AS DECIMAL(9, 2)) AS fit_points,
        cast(
            sum(CASE WHEN e.component = 'behaviour' THEN e.points ELSE 0 END) AS DECIMAL(9, 2)
        ) AS behaviour_points,
        cast(
            sum(CASE WHEN e.component = 'learned' THEN e.points ELSE 0 END) AS DECIMAL(9, 2)
        ) AS learned_points
    FROM score_ledger AS e
    GROUP BY e.lead_id
),

all_leads AS (
    SELECT
        g.lead_id,
        s.lead_id IS NOT NULL AS is_scored,
        coalesce(s.fit_points, cast(0 AS DECIMAL(9, 2))) AS fit_points,
        coalesce(s.behaviour_points, cast(0 AS DECIMAL(9, 2))) AS behaviour_points,
        coalesce(s.learned_points, cast(0 AS DECIMAL(9, 2))) AS learned_points,
        cast(coalesce(s.fit_points + s.behaviour_points + s.learned_points, 0) AS DECIMAL(9, 2)) AS score
    FROM golden_records AS g
    LEFT JOIN sums AS s ON g.lead_id = s.lead_id
)

SELECT
    a.lead_id,
    a.fit_points,
    a.behaviour_points,
    a.learned_points,
    a.score,
    cast(NULL AS DOUBLE) AS conversion_probability,
    CASE WHEN a.is_scored THEN concat(f.label, e.label) END AS grade,
    CASE WHEN a.is_scored THEN b.label END AS band,
    CASE WHEN a.is_scored THEN 'scored' ELSE 'insufficient_data' END AS status,
    l.policy_version,
    cast(NULL AS VARCHAR) AS model_version
FROM all_leads AS a
CROSS JOIN policy_score_limits AS l
-- Written as CASE so that the few thresholds are looped over: a merge join would sort a million leads thrice.
JOIN policy_grades AS f
    ON CASE
        WHEN f.axis = 'fit'
            THEN
                a.fit_points >= coalesce(f.from_points, -1e9) AND a.fit_points < coalesce(f.below_points, 1e9)
        ELSE FALSE
    END
JOIN policy_grades AS e
    ON CASE
        WHEN e.axis = 'engagement'
            THEN
                a.behaviour_points >= coalesce(e.from_points, -1e9)
                AND a.behaviour_points < coalesce(e.below_points, 1e9)
        ELSE FALSE
    END
JOIN policy_grades AS b
    ON CASE
        WHEN b.axis = 'band'
            THEN a.score >= coalesce(b.from_points, -1e9) AND a.score < coalesce(b.below_points, 1e9)
        ELSE FALSE
    END
