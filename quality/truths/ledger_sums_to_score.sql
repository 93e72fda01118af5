-- The points of a lead's ledger add up to its score, exactly, in each component and in all.
-- severity: blocking
-- table: score_ledger
WITH ledger AS (
    SELECT
        score_ledger.lead_id,
        SUM(score_ledger.points) AS points,
        SUM(CASE WHEN score_ledger.component = 'fit' THEN score_ledger.points ELSE 0 END) AS fit,
        SUM(CASE WHEN score_ledger.component = 'behaviour' THEN score_ledger.points ELSE 0 END) AS behaviour,
        SUM(CASE WHEN score_ledger.component = 'learned' THEN score_ledger.points ELSE 0 END) AS learned
    FROM score_ledger
    GROUP BY score_ledger.lead_id
)

SELECT
    COALESCE(lead_scores.lead_id, ledger.lead_id) AS offender,
    CAST(NULL AS DECIMAL(18, 2)) AS amount_base
FROM lead_scores
FULL OUTER JOIN ledger ON lead_scores.lead_id = ledger.lead_id
WHERE
    lead_scores.lead_id IS NULL
    OR lead_scores.score <> COALESCE(ledger.points, 0)
    OR lead_scores.fit_points <> COALESCE(ledger.fit, 0)
    OR lead_scores.behaviour_points <> COALESCE(ledger.behaviour, 0)
    OR lead_scores.learned_points <> COALESCE(ledger.learned, 0)
