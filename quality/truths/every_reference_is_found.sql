-- No row points at a lead, account, opportunity, salesperson, product, campaign or record that is not there.
-- severity: blocking
-- table: leads
WITH pointers AS (
    SELECT
        'leads.account_id' AS pointer,
        leads.account_id AS wanted,
        accounts.account_id AS found
    FROM leads
    LEFT JOIN accounts ON leads.account_id = accounts.account_id
    UNION ALL
    SELECT
        'accounts.parent_account_id' AS pointer,
        accounts.parent_account_id AS wanted,
        parents.account_id AS found
    FROM accounts
    LEFT JOIN accounts AS parents ON accounts.parent_account_id = parents.account_id
    UNION ALL
    SELECT
        'leads.campaign' AS pointer,
        leads.campaign AS wanted,
        campaigns.campaign AS found
    FROM leads
    LEFT JOIN campaigns ON leads.campaign = campaigns.campaign
    UNION ALL
    SELECT
        'lead_events.lead_id' AS pointer,
        lead_events.lead_id AS wanted,
        leads.lead_id AS found
    FROM lead_events
    LEFT JOIN leads ON lead_events.lead_id = leads.lead_id
    UNION ALL
    SELECT
        'record_matches.record_id_l' AS pointer,
        record_matches.record_id_l AS wanted,
        lead_records.record_id AS found
    FROM record_matches
    LEFT JOIN lead_records ON record_matches.record_id_l = lead_records.record_id
    UNION ALL
    SELECT
        'record_matches.record_id_r' AS pointer,
        record_matches.record_id_r AS wanted,
        lead_records.record_id AS found
    FROM record_matches
    LEFT JOIN lead_records ON record_matches.record_id_r = lead_records.record_id
    UNION ALL
    SELECT
        'promotion_decisions.lead_id' AS pointer,
        promotion_decisions.lead_id AS wanted,
        leads.lead_id AS found
    FROM promotion_decisions
    LEFT JOIN leads ON promotion_decisions.lead_id = leads.lead_id
    UNION ALL
    SELECT
        'promotion_decisions.opportunity_id' AS pointer,
        promotion_decisions.opportunity_id AS wanted,
        opportunities.opportunity_id AS found
    FROM promotion_decisions
    LEFT JOIN opportunities ON promotion_decisions.opportunity_id = opportunities.opportunity_id
    UNION ALL
    SELECT
        'opportunities.lead_id' AS pointer,
        opportunities.lead_id AS wanted,
        leads.lead_id AS found
    FROM opportunities
    LEFT JOIN leads ON opportunities.lead_id = leads.lead_id
    UNION ALL
    SELECT
        'opportunities.account_id' AS pointer,
        opportunities.account_id AS wanted,
        accounts.account_id AS found
    FROM opportunities
    LEFT JOIN accounts ON opportunities.account_id = accounts.account_id
    UNION ALL
    SELECT
        'opportunities.owner' AS pointer,
        opportunities.owner AS wanted,
        reps.owner AS found
    FROM opportunities
    LEFT JOIN reps ON opportunities.owner = reps.owner
    UNION ALL
    SELECT
        'opportunities.product' AS pointer,
        opportunities.product AS wanted,
        products.product AS found
    FROM opportunities
    LEFT JOIN products ON opportunities.product = products.product
    UNION ALL
    SELECT
        'stage_intervals.opportunity_id' AS pointer,
        stage_intervals.opportunity_id AS wanted,
        opportunities.opportunity_id AS found
    FROM stage_intervals
    LEFT JOIN opportunities ON stage_intervals.opportunity_id = opportunities.opportunity_id
    UNION ALL
    SELECT
        'opportunity_forecasts.opportunity_id' AS pointer,
        opportunity_forecasts.opportunity_id AS wanted,
        opportunities.opportunity_id AS found
    FROM opportunity_forecasts
    LEFT JOIN opportunities ON opportunity_forecasts.opportunity_id = opportunities.opportunity_id
)

SELECT
    concat(pointers.pointer, '=', pointers.wanted) AS offender,
    cast(NULL AS DECIMAL(18, 2)) AS amount_base
FROM pointers
WHERE pointers.wanted IS NOT NULL AND pointers.found IS NULL
