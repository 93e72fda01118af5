-- An opportunity's expected amount is its amount times its win probability, to the cent.
-- severity: blocking
-- table: opportunities
SELECT
    opportunities.opportunity_id AS offender,
    opportunities.amount_base
FROM opportunities
WHERE
    (opportunities.amount_base IS NULL) <> (opportunities.expected_amount_base IS NULL)
    OR ABS(
        opportunities.expected_amount_base - opportunities.amount_base * CAST(opportunities.win_probability AS DECIMAL(9, 8))
    ) > 0.011 + ABS(opportunities.amount_base) * 0.00000001
