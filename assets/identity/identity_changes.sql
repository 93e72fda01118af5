-- One row per record whose lead is another than at the previous publication, with both.
--
-- A publication writes down the records that are not their own lead or whose lead changed, and every lead id; what it
-- does not speak of is as the one before left it. No previous lead: the record is new. No lead: it is gone.
WITH told AS (
    SELECT
        frozen_identities.record_id,
        arg_max(
            coalesce(frozen_identities.lead_id, ''), frozen_identities.published_at
        ) AS lead_id
    FROM frozen_identities
    CROSS JOIN run_scope
    WHERE frozen_identities.published_at < run_scope.as_of
    GROUP BY frozen_identities.record_id
),

published_leads AS (
    SELECT DISTINCT frozen_lead_ids.lead_id
    FROM frozen_lead_ids
    CROSS JOIN run_scope
    WHERE frozen_lead_ids.published_at < run_scope.as_of
),

known AS (
    SELECT
        told.record_id,
        nullif(told.lead_id, '') AS lead_id
    FROM told
    UNION ALL
    SELECT
        published_leads.lead_id AS record_id,
        published_leads.lead_id
    FROM published_leads
    LEFT JOIN told ON published_leads.lead_id = told.record_id
    WHERE told.record_id IS NULL
)

SELECT
    coalesce(lead_identities.record_id, known.record_id) AS record_id,
    known.lead_id AS previous_lead_id,
    lead_identities.lead_id
FROM lead_identities
FULL JOIN known ON lead_identities.record_id = known.record_id
WHERE known.lead_id IS DISTINCT FROM lead_identities.lead_id
