-- One row per behavioural event that was known at as_of, with its lead where known.
--
-- The lead is the one the event names: by lead id, by the key of its row, by e-mail, by telephone, by signed-in user;
-- else the one that the browser or device turned out to be, however much later. On a device that several leads share it is
-- the one last seen there, if that was not long before and was one lead only.
WITH record_keys AS (
    SELECT key_source, key_value, lead_id FROM lead_keys WHERE key_type = 'record_key'
),

emails AS (SELECT key_value, lead_id FROM lead_keys WHERE key_type = 'email'),

phones AS (SELECT key_value, lead_id FROM lead_keys WHERE key_type = 'phone'),

ids AS (SELECT key_value, lead_id FROM lead_keys WHERE key_type = 'lead_id'),

users AS (SELECT key_value, lead_id FROM lead_keys WHERE key_type = 'user_id'),

devices AS (SELECT key_value, lead_id FROM lead_keys WHERE key_type = 'anonymous_id'),

shared_events AS (
    SELECT
        events.event_id,
        events.anonymous_id,
        events.occurred_at,
        events.lead_id,
        events.record_key,
        coalesce(events.record_source, '') AS record_source,
        events.email,
        events.phone,
        events.user_id
    FROM event_rows AS events
    CROSS JOIN run_scope
    INNER JOIN lead_keys AS shared_devices
        ON shared_devices.key_type = 'shared_device' AND events.anonymous_id = shared_devices.key_value
    WHERE events.known_at <= run_scope.as_of
),

on_shared_devices AS (
    SELECT
        events.event_id,
        events.anonymous_id,
        events.occurred_at,
        coalesce(by_id.lead_id, by_record.lead_id, by_email.lead_id, by_phone.lead_id, by_user.lead_id) AS lead_id
    FROM shared_events AS events
    LEFT JOIN lead_keys AS by_id ON by_id.key_type = 'lead_id' AND events.lead_id = by_id.key_value
    LEFT JOIN lead_keys AS by_record
        ON
        by_record.key_type = 'record_key'
        AND events.record_key = by_record.key_value
        AND events.record_source = by_record.key_source
    LEFT JOIN lead_keys AS by_email ON by_email.key_type = 'email' AND events.email = by_email.key_value
    LEFT JOIN lead_keys AS by_phone ON by_phone.key_type = 'phone' AND events.phone = by_phone.key_value
    LEFT JOIN lead_keys AS by_user ON by_user.key_type = 'user_id' AND events.user_id = by_user.key_value
    UNION ALL
    SELECT
        NULL AS event_id,
        records.anonymous_id,
        coalesce(records.submitted_at, records.known_at) AS occurred_at,
        by_id.lead_id
    FROM lead_records AS records
    INNER JOIN lead_keys AS shared_devices
        ON shared_devices.key_type = 'shared_device' AND records.anonymous_id = shared_devices.key_value
    INNER JOIN lead_keys AS by_id ON by_id.key_type = 'lead_id' AND records.record_id = by_id.key_value
),

sightings AS (
    SELECT
        anonymous_id,
        occurred_at,
        min(lead_id) AS lead_id
    FROM on_shared_devices
    WHERE lead_id IS NOT NULL
    GROUP BY anonymous_id, occurred_at
    HAVING min(lead_id) = max(lead_id)
),

-- equal instants are one: whichever row stands first, the same is found
since_seen AS (
    SELECT
        event_id,
        anonymous_id,
        occurred_at,
        max(CASE WHEN lead_id IS NOT NULL THEN occurred_at END) OVER (
            PARTITION BY anonymous_id ORDER BY occurred_at RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS seen_at
    FROM on_shared_devices
),

last_seen AS (
    SELECT
        since_seen.event_id,
        sightings.lead_id
    FROM since_seen
    CROSS JOIN policy_identity
    INNER JOIN sightings
        ON since_seen.anonymous_id = sightings.anonymous_id AND since_seen.seen_at = sightings.occurred_at
    WHERE
        since_seen.event_id IS NOT NULL
        AND date_diff('second', since_seen.seen_at, since_seen.occurred_at)
        <= 60 * policy_identity.shared_device_minutes
)

SELECT
    events.event_id,
    events.file_id,
    events.line_no,
    events.source_name,
    events.event_type,
    events.occurred_at,
    events.known_at,
    coalesce(
        ids.lead_id, record_keys.lead_id, emails.lead_id, phones.lead_id, users.lead_id, devices.lead_id,
        last_seen.lead_id
    ) AS lead_id,
    events.anonymous_id,
    events.session_id,
    events.asset,
    events.product,
    events.dwell_seconds,
    events.campaign,
    events.event_value
FROM event_rows AS events
CROSS JOIN run_scope
LEFT JOIN ids ON events.lead_id = ids.key_value
LEFT JOIN record_keys
    ON events.record_key = record_keys.key_value
    AND coalesce(events.record_source, '') = record_keys.key_source
LEFT JOIN emails ON events.email = emails.key_value
LEFT JOIN phones ON events.phone = phones.key_value
LEFT JOIN users ON events.user_id = users.key_value
LEFT JOIN devices ON events.anonymous_id = devices.key_value
LEFT JOIN last_seen ON events.event_id = last_seen.event_id
WHERE events.known_at <= run_scope.as_of
