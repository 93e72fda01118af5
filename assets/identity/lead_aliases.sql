-- One row per lead id that was published once and is no longer current. A lead id is the id of a record, so the
-- record tells which lead it belongs to now.
SELECT
    frozen.lead_id AS old_lead_id,
    identities.lead_id
FROM (SELECT DISTINCT lead_id FROM frozen_lead_ids) AS frozen
INNER JOIN lead_identities AS identities ON frozen.lead_id = identities.record_id
WHERE identities.lead_id <> frozen.lead_id
