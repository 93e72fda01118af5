-- Every cell that a lead takes from a record names it, the record is the lead's, and an only record is named once for all.
-- severity: blocking
-- table: lead_provenance
WITH strangers AS (
    SELECT concat(named.lead_id, ' ', named.field) AS offender
    FROM lead_provenance AS named
    LEFT JOIN lead_identities ON named.record_id = lead_identities.record_id AND named.lead_id = lead_identities.lead_id
    WHERE lead_identities.record_id IS NULL
),

-- the owner may be that of a deal
named AS (
    SELECT
        lead_id,
        bool_or(field = '(all)') AS has_all,
        count(*) FILTER (
            WHERE field IN (
                'full_name', 'email', 'phone', 'company', 'title', 'industry', 'country', 'region', 'city',
                'source_name', 'channel', 'medium', 'campaign', 'consent'
            )
        ) AS named_count
    FROM lead_provenance
    GROUP BY lead_id
),

filled AS (
    SELECT
        lead_id,
        record_count,
        CASE WHEN full_name IS NULL THEN 0 ELSE 1 END
        + CASE WHEN email IS NULL THEN 0 ELSE 1 END
        + CASE WHEN phone IS NULL THEN 0 ELSE 1 END
        + CASE WHEN company IS NULL THEN 0 ELSE 1 END
        + CASE WHEN title IS NULL THEN 0 ELSE 1 END
        + CASE WHEN coalesce(industry, '(none)') = '(none)' THEN 0 ELSE 1 END
        + CASE WHEN coalesce(country, '(none)') = '(none)' THEN 0 ELSE 1 END
        + CASE WHEN region IS NULL THEN 0 ELSE 1 END
        + CASE WHEN city IS NULL THEN 0 ELSE 1 END
        + CASE WHEN source_name IS NULL THEN 0 ELSE 1 END
        + CASE WHEN channel IS NULL THEN 0 ELSE 1 END
        + CASE WHEN coalesce(medium, '(none)') = '(none)' THEN 0 ELSE 1 END
        + CASE WHEN coalesce(campaign, '(none)') = '(none)' THEN 0 ELSE 1 END
        + CASE WHEN consent IS NULL THEN 0 ELSE 1 END AS filled_count
    FROM leads
)

SELECT
    strangers.offender,
    cast(NULL AS DECIMAL(18, 2)) AS amount_base
FROM strangers
UNION ALL
SELECT
    coalesce(filled.lead_id, named.lead_id) AS offender,
    cast(NULL AS DECIMAL(18, 2)) AS amount_base
FROM filled
FULL OUTER JOIN named ON filled.lead_id = named.lead_id
WHERE
    CASE
        WHEN filled.lead_id IS NULL OR named.lead_id IS NULL THEN TRUE
        WHEN filled.record_count = 1 THEN NOT named.has_all
        ELSE named.has_all OR filled.filled_count <> named.named_count
    END
