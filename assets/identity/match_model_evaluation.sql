-- One row per whole bit of evidence that the model sees, with how the pairs that have it were decided.
--
-- Rules decide without the model: the weight it gives to their pairs says how many of them it would have found. Nobody
-- has to label a pair for that.
WITH weighed AS (
    SELECT
        rule,
        decision,
        match_weight - coalesce(cast(json_extract_string(evidence, '$.rule') AS DOUBLE), 0) AS model_weight
    FROM record_matches
)

SELECT
    cast(floor(model_weight) AS BIGINT) AS weight_from,
    count(*) FILTER (WHERE rule NOT IN ('model', 'decision') AND decision = 'same') AS rule_pair_count,
    count(*) FILTER (WHERE rule = 'model' AND decision = 'same') AS model_pair_count,
    count(*) FILTER (WHERE rule <> 'decision' AND decision = 'review') AS review_pair_count,
    count(*) FILTER (WHERE rule = 'decision') AS decided_pair_count
FROM weighed
GROUP BY cast(floor(model_weight) AS BIGINT)
