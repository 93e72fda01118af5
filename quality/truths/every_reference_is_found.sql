-- No row points at a lead, account, opportunity, salesperson, product, campaign, record or file that is not there.
-- severity: blocking
-- table: leads
WITH pointers AS (
    SELECT 'leads.account_id' AS pointer, leads.account_id AS wanted, accounts.account_id AS found
    FROM leads LEFT JOIN accounts ON leads.account_id = accounts.account_id
    UNION ALL
    SELECT 'leads.campaign', leads.campaign, campaigns.campaign
    FROM leads LEFT JOIN campaigns ON leads.campaign = campaigns.campaign
    UNION ALL
    SELECT 'lead_events.lead_id', lead_events.lead_id, leads.lead_id
    FROM lead_events LEFT JOIN leads ON lead_events.lead_id = leads.lead_id
    UNION ALL
    SELECT 'record_matches.record_id_l', record_matches.record_id_l, lead_records.record_id
    FROM record_matches LEFT JOIN lead_records ON record_matches.record_id_l = lead_records.record_id
    UNION ALL
    SELECT 'record_matches.record_id_r', record_matches.record_id_r, lead_records.record_id
    FROM record_matches LEFT JOIN lead_records ON record_matches.record_id_r = lead_records.record_id
    UNION ALL
    SELECT 'promotion_decisions.lead_id', promotion_decisions.lead_id, leads.lead_id
    FROM promotion_decisions LEFT JOIN leads ON promotion_decisions.lead_id = leads.lead_id
    UNION ALL
    SELECT 'promotion_decisions.opportunity_id', promotion_decisions.opportunity_id, opportunities.opportunity_id
    FROM promotion_decisions LEFT JOIN opportunities ON promotion_decisions.opportunity_id = opportunities.opportunity_id
    UNION ALL
    SELECT 'opportunities.lead_id', opportunities.lead_id, leads.lead_id
    FROM opportunities LEFT JOIN leads ON opportunities.lead_id = leads.lead_id
    UNION ALL
    SELECT 'opportunities.account_id', opportunities.account_id, accounts.account_id
    FROM opportunities LEFT JOIN accounts ON opportunities.account_id = accounts.account_id
    UNION ALL
    SELECT 'opportunities.owner', opportunities.owner, reps.owner
    FROM opportunities LEFT JOIN reps ON opportunities.owner = reps.owner
    UNION ALL
    SELECT 'opportunities.product', opportunities.product, products.product
    FROM opportunities LEFT JOIN products ON opportunities.product = products.product
    UNION ALL
    SELECT 'stage_intervals.opportunity_id', stage_intervals.opportunity_id, opportunities.opportunity_id
    FROM stage_intervals LEFT JOIN opportunities ON stage_intervals.opportunity_id = opportunities.opportunity_id
    UNION ALL
    SELECT 'opportunity_forecasts.opportunity_id', opportunity_forecasts.opportunity_id, opportunities.opportunity_id
    FROM opportunity_forecasts
    LEFT JOIN opportunities ON opportunity_forecasts.opportunity_id = opportunities.opportunity_id
)

SELECT
    CONCAT(pointers.pointer, '=', pointers.wanted) AS offender,
    CAST(NULL AS DECIMAL(18, 2)) AS amount_base
FROM pointers
WHERE pointers.wanted IS NOT NULL AND pointers.found IS NULL
