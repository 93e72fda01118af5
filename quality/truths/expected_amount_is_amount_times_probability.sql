-- An opportunity's expected amount is its amount times its win probability, to the cent.
-- severity: blocking
-- table: opportunities
SELECT
    opportunities.opportunity_id AS offender,
    opportunities.amount_base
FROM opportunities
WHERE
    (opportunities.amount_base IS NULL) <> (opportunities.expected_amount_base IS NULL)
    OR abs(
        opportunities.expected_amount_base
        - cast(opportunities.amount_base AS DECIMAL(29, 2)) * cast(opportunities.win_probability AS DECIMAL(9, 8))
    ) > 0.011 + abs(opportunities.amount_base) * 0.00000001
