-- The points of a lead's ledger add up to its score, exactly, in each component and in all.
-- severity: blocking
-- table: score_ledger
WITH ledger AS (
    SELECT
        score_ledger.lead_id,
        sum(score_ledger.points) AS points,
        sum(CASE WHEN score_ledger.component = 'fit' THEN score_ledger.points ELSE 0 END) AS fit,
        sum(CASE WHEN score_ledger.component = 'behaviour' THEN score_ledger.points ELSE 0 END) AS behaviour,
        sum(CASE WHEN score_ledger.component = 'learned' THEN score_ledger.points ELSE 0 END) AS learned
    FROM score_ledger
    GROUP BY score_ledger.lead_id
)

SELECT
    coalesce(lead_scores.lead_id, ledger.lead_id) AS offender,
    cast(NULL AS DECIMAL(18, 2)) AS amount_base
FROM lead_scores
FULL OUTER JOIN ledger ON lead_scores.lead_id = ledger.lead_id
WHERE
    lead_scores.lead_id IS NULL
    OR lead_scores.score <> coalesce(ledger.points, 0)
    OR lead_scores.fit_points <> coalesce(ledger.fit, 0)
    OR lead_scores.behaviour_points <> coalesce(ledger.behaviour, 0)
    OR lead_scores.learned_points <> coalesce(ledger.learned, 0)
