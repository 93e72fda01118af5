-- One row per lead id that was published once and is no longer current. A lead id is the id of a record, so the
-- record tells which lead it belongs to now; where the record is gone with a retracted file, its heir does.
SELECT
    frozen.lead_id AS old_lead_id,
    coalesce(identities.lead_id, inherited.lead_id) AS lead_id
FROM (SELECT DISTINCT lead_id FROM frozen_lead_ids) AS frozen
LEFT JOIN lead_identities AS identities ON frozen.lead_id = identities.record_id
LEFT JOIN frozen_heirs ON frozen.lead_id = frozen_heirs.record_id
LEFT JOIN lead_identities AS inherited ON frozen_heirs.heir_id = inherited.record_id
WHERE coalesce(identities.lead_id, inherited.lead_id) <> frozen.lead_id
