-- One row per behavioural event that was known at as_of, with its lead where known.
--
-- The lead is the one the event names: by lead id, by the key of its row, by e-mail, by telephone, by signed-in user;
-- else the one that the browser or device turned out to be, however much later.
WITH record_keys AS (
    SELECT key_source, key_value, lead_id FROM lead_keys WHERE key_type = 'record_key'
),

emails AS (SELECT key_value, lead_id FROM lead_keys WHERE key_type = 'email'),

phones AS (SELECT key_value, lead_id FROM lead_keys WHERE key_type = 'phone'),

ids AS (SELECT key_value, lead_id FROM lead_keys WHERE key_type = 'lead_id'),

users AS (SELECT key_value, lead_id FROM lead_keys WHERE key_type = 'user_id'),

devices AS (SELECT key_value, lead_id FROM lead_keys WHERE key_type = 'anonymous_id')

SELECT
    events.event_id,
    events.file_id,
    events.line_no,
    events.source_name,
    events.event_type,
    events.occurred_at,
    events.known_at,
    coalesce(
        ids.lead_id, record_keys.lead_id, emails.lead_id, phones.lead_id, users.lead_id, devices.lead_id
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
WHERE events.known_at <= run_scope.as_of
