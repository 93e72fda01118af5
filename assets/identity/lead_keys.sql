-- One row per key by which a row of another kind finds its lead.
--
-- A value that records of several leads have (a shared mailbox) leads to the one that had it first. A record key is
-- found within its feed, and without one (key_source '') where it means the same lead in all feeds. A signed-in user
-- or an anonymous id becomes a person when a known identifier appears with it, in an event or on a lead; an
-- anonymous id seen with more different leads than policy allows is a shared device: its row names the lead seen most
-- and leads nobody there by itself. A user who is known by nothing else, and is the only one who signed in in the
-- browsers of one lead, is that lead, in other browsers too. The id of a lead whose first record is gone with a retracted
-- file leads to its heir.
WITH ordered AS (
    SELECT
        record_id,
        row_number() OVER (ORDER BY received_at, known_at, content_hash, record_id) AS place
    FROM lead_records
),

placed AS (
    SELECT
        identities.lead_id,
        records.source_name,
        records.source_key,
        records.email,
        records.phone,
        records.phone_extension,
        CASE WHEN policy_no_identifiers.word IS NULL THEN records.anonymous_id END AS anonymous_id,
        ordered.place
    FROM lead_records AS records
    INNER JOIN lead_identities AS identities ON records.record_id = identities.record_id
    INNER JOIN ordered ON records.record_id = ordered.record_id
    LEFT JOIN policy_no_identifiers ON lower(trim(records.anonymous_id)) = policy_no_identifiers.word
),

own_emails AS (
    SELECT email AS key_value, arg_min(lead_id, place) AS lead_id
    FROM placed
    WHERE email IS NOT NULL
    GROUP BY email
),

mailboxes AS (
    SELECT mailbox, min(lead_id) AS lead_id
    FROM (
        SELECT coalesce(value_keys.name_key, own_emails.key_value) AS mailbox, own_emails.lead_id
        FROM own_emails
        LEFT JOIN value_keys ON value_keys.kind = 'email' AND own_emails.key_value = value_keys.name
    ) AS written
    GROUP BY mailbox
    HAVING min(lead_id) = max(lead_id)
),

asked_emails AS (
    SELECT events.email FROM event_rows AS events CROSS JOIN run_scope WHERE events.known_at <= run_scope.as_of
    UNION
    SELECT activities.email
    FROM activity_rows AS activities CROSS JOIN run_scope
    WHERE activities.known_at <= run_scope.as_of
    UNION
    SELECT outcomes.email FROM outcome_rows AS outcomes CROSS JOIN run_scope WHERE outcomes.known_at <= run_scope.as_of
    UNION
    SELECT deals.email FROM opportunity_rows AS deals CROSS JOIN run_scope WHERE deals.known_at <= run_scope.as_of
),

-- another writing of a mailbox, as a.berg+news@gmail.com of aberg@gmail.com, leads where all its writings lead
emails AS (
    SELECT key_value, lead_id FROM own_emails
    UNION ALL
    SELECT asked_emails.email AS key_value, mailboxes.lead_id
    FROM asked_emails
    LEFT JOIN own_emails ON asked_emails.email = own_emails.key_value
    LEFT JOIN value_keys ON value_keys.kind = 'email' AND asked_emails.email = value_keys.name
    INNER JOIN mailboxes ON coalesce(value_keys.name_key, asked_emails.email) = mailboxes.mailbox
    WHERE own_emails.key_value IS NULL
),

-- with its extension a number leads to who sits there, without to whoever behind the switchboard came first
phones AS (
    SELECT phone AS key_value, arg_min(lead_id, place) AS lead_id
    FROM placed
    WHERE phone IS NOT NULL
    GROUP BY phone
    UNION ALL
    SELECT concat(phone, ';ext=', phone_extension) AS key_value, arg_min(lead_id, place) AS lead_id
    FROM placed
    WHERE phone IS NOT NULL AND phone_extension IS NOT NULL
    GROUP BY phone, phone_extension
),

own_record_keys AS (
    SELECT source_name AS key_source, source_key AS key_value, arg_min(lead_id, place) AS lead_id
    FROM placed
    WHERE source_key IS NOT NULL
    GROUP BY source_name, source_key
),

-- one table for both, since a join on a constant of its left side makes DuckDB compare every row with every other
record_keys AS (
    SELECT key_source, key_value, lead_id FROM own_record_keys
    UNION ALL
    SELECT '' AS key_source, key_value, min(lead_id) AS lead_id
    FROM own_record_keys
    GROUP BY key_value
    HAVING min(lead_id) = max(lead_id)
),

-- what a script writes where it knows no browser and no user tells them from nobody
known_events AS (
    SELECT
        CASE WHEN no_browsers.word IS NULL THEN events.anonymous_id END AS anonymous_id,
        CASE WHEN no_users.word IS NULL THEN events.user_id END AS user_id,
        events.lead_id,
        events.record_key,
        events.record_source,
        events.email,
        events.phone
    FROM event_rows AS events
    CROSS JOIN run_scope
    LEFT JOIN policy_no_identifiers AS no_browsers ON lower(trim(events.anonymous_id)) = no_browsers.word
    LEFT JOIN policy_no_identifiers AS no_users ON lower(trim(events.user_id)) = no_users.word
    WHERE events.known_at <= run_scope.as_of
),

seen AS (
    SELECT
        events.anonymous_id,
        events.user_id,
        events.lead_id,
        events.record_key,
        coalesce(events.record_source, '') AS record_source,
        events.email,
        events.phone,
        count(*) AS sightings
    FROM known_events AS events
    WHERE
        (events.anonymous_id IS NOT NULL OR events.user_id IS NOT NULL)
        AND (
            events.lead_id IS NOT NULL OR events.record_key IS NOT NULL OR events.email IS NOT NULL
            OR events.phone IS NOT NULL OR events.user_id IS NOT NULL
        )
    GROUP BY
        events.anonymous_id,
        events.user_id,
        events.lead_id,
        events.record_key,
        events.record_source,
        events.email,
        events.phone
),

identified AS (
    SELECT
        seen.anonymous_id,
        seen.user_id,
        seen.sightings,
        coalesce(
            by_id.lead_id, by_record.lead_id, by_email.lead_id, by_phone.lead_id
        ) AS lead_id
    FROM seen
    LEFT JOIN lead_identities AS by_id ON seen.lead_id = by_id.record_id
    LEFT JOIN record_keys AS by_record
        ON seen.record_key = by_record.key_value AND seen.record_source = by_record.key_source
    LEFT JOIN emails AS by_email ON seen.email = by_email.key_value
    LEFT JOIN phones AS by_phone ON seen.phone = by_phone.key_value
),

user_leads AS (
    SELECT user_id, min(lead_id) AS lead_id, max(lead_id) AS another_lead_id
    FROM identified
    WHERE user_id IS NOT NULL AND lead_id IS NOT NULL
    GROUP BY user_id
),

named_users AS (SELECT user_id AS key_value, lead_id FROM user_leads WHERE lead_id = another_lead_id),

browser_leads AS (
    SELECT anonymous_id, min(lead_id) AS lead_id
    FROM (
        SELECT identified.anonymous_id, coalesce(identified.lead_id, named_users.lead_id) AS lead_id
        FROM identified
        LEFT JOIN named_users ON identified.user_id = named_users.key_value
        UNION ALL
        SELECT anonymous_id, lead_id FROM placed
    ) AS found
    WHERE anonymous_id IS NOT NULL AND lead_id IS NOT NULL
    GROUP BY anonymous_id
    HAVING min(lead_id) = max(lead_id)
),

browser_users AS (
    SELECT anonymous_id, min(user_id) AS user_id
    FROM seen
    WHERE anonymous_id IS NOT NULL AND user_id IS NOT NULL
    GROUP BY anonymous_id
    HAVING min(user_id) = max(user_id)
),

users AS (
    SELECT key_value, lead_id FROM named_users
    UNION ALL
    SELECT browser_users.user_id AS key_value, min(browser_leads.lead_id) AS lead_id
    FROM browser_users
    INNER JOIN browser_leads ON browser_users.anonymous_id = browser_leads.anonymous_id
    LEFT JOIN user_leads ON browser_users.user_id = user_leads.user_id
    WHERE user_leads.user_id IS NULL
    GROUP BY browser_users.user_id
    HAVING min(browser_leads.lead_id) = max(browser_leads.lead_id)
),

devices AS (
    SELECT
        identified.anonymous_id,
        coalesce(identified.lead_id, users.lead_id) AS lead_id,
        identified.sightings
    FROM identified
    LEFT JOIN users ON identified.user_id = users.key_value
    WHERE identified.anonymous_id IS NOT NULL
    UNION ALL
    SELECT anonymous_id, lead_id, 1 AS sightings FROM placed WHERE anonymous_id IS NOT NULL
),

device_leads AS (
    SELECT anonymous_id, lead_id, sum(sightings) AS sightings
    FROM devices
    WHERE lead_id IS NOT NULL
    GROUP BY anonymous_id, lead_id
),

anonymous_ids AS (
    SELECT
        device_leads.anonymous_id AS key_value,
        device_leads.lead_id,
        count(*) OVER (PARTITION BY device_leads.anonymous_id)
        > (SELECT max(policy_identity.max_leads_per_device) FROM policy_identity) AS is_shared
    FROM device_leads
    QUALIFY
        row_number() OVER (
            PARTITION BY device_leads.anonymous_id ORDER BY device_leads.sightings DESC, device_leads.lead_id
        ) = 1
)

SELECT 'lead_id' AS key_type, '' AS key_source, record_id AS key_value, lead_id FROM lead_identities
UNION ALL
SELECT 'lead_id' AS key_type, '' AS key_source, heirs.record_id AS key_value, inherited.lead_id
FROM frozen_heirs AS heirs
INNER JOIN lead_identities AS inherited ON heirs.heir_id = inherited.record_id
LEFT JOIN lead_identities AS own ON heirs.record_id = own.record_id
WHERE own.record_id IS NULL
UNION ALL
SELECT 'email' AS key_type, '' AS key_source, key_value, lead_id FROM emails
UNION ALL
SELECT 'phone' AS key_type, '' AS key_source, key_value, lead_id FROM phones
UNION ALL
SELECT 'record_key' AS key_type, key_source, key_value, lead_id FROM record_keys
UNION ALL
SELECT 'user_id' AS key_type, '' AS key_source, key_value, lead_id FROM users
UNION ALL
SELECT
    CASE WHEN is_shared THEN 'shared_device' ELSE 'anonymous_id' END AS key_type,
    '' AS key_source,
    key_value,
    lead_id
FROM anonymous_ids
