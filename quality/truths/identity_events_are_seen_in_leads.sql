-- A lead created or split is current; an id merged is retired and leads where the event says; an id erased is gone.
-- severity: blocking
-- table: identity_events
SELECT
    identity_events.lead_id AS offender,
    cast(NULL AS DECIMAL(18, 2)) AS amount_base
FROM identity_events
LEFT JOIN leads ON identity_events.lead_id = leads.lead_id
LEFT JOIN lead_aliases
    ON
    identity_events.lead_id = lead_aliases.old_lead_id
    AND identity_events.other_lead_id = lead_aliases.lead_id
WHERE
    (identity_events.event IN ('created', 'split') AND leads.lead_id IS NULL)
    OR (identity_events.event IN ('merged', 'erased') AND leads.lead_id IS NOT NULL)
    OR (identity_events.event = 'merged' AND lead_aliases.old_lead_id IS NULL)
