-- One row per person, or per organisation where no person is named: the golden record, and where it stands.
WITH reached AS (
    SELECT
        scores.lead_id,
        arg_max(steps.lifecycle, steps.lifecycle_order) AS lifecycle
    FROM lead_scores AS scores
    LEFT JOIN promotion_decisions AS decisions ON scores.lead_id = decisions.lead_id
    INNER JOIN policy_lifecycle AS steps
        ON
        coalesce(scores.score >= steps.min_score, steps.min_score IS NULL)
        AND coalesce(
            scores.behaviour_points >= steps.min_behaviour_points, steps.min_behaviour_points IS NULL
        )
        AND coalesce(decisions.verdict = steps.verdict, steps.verdict IS NULL)
    GROUP BY scores.lead_id
),

deals AS (
    SELECT
        lead_id,
        bool_or(status = 'open') AS has_open,
        bool_or(status = 'won') AS has_won,
        arg_max(owner, created_at) FILTER (WHERE owner <> '(none)') AS owner
    FROM opportunities
    WHERE lead_id IS NOT NULL
    GROUP BY lead_id
),

last_events AS (
    SELECT lead_id, max(occurred_at) AS last_occurred_at
    FROM lead_events
    WHERE lead_id IS NOT NULL
    GROUP BY lead_id
),

deal_leads AS (
    SELECT
        opportunity_ref,
        min(lead_id) AS lead_id
    FROM opportunities
    WHERE opportunity_ref IS NOT NULL
    GROUP BY opportunity_ref
),

contacts AS (
    SELECT
        coalesce(by_id.lead_id, by_record.lead_id, by_email.lead_id, by_phone.lead_id, deal_leads.lead_id)
            AS lead_id,
        max(activities.occurred_at) AS last_occurred_at
    FROM activity_rows AS activities
    CROSS JOIN run_scope
    LEFT JOIN lead_keys AS by_id ON by_id.key_type = 'lead_id' AND activities.lead_id = by_id.key_value
    LEFT JOIN lead_keys AS by_record
        ON
        by_record.key_type = 'record_key'
        AND activities.record_key = by_record.key_value
        AND coalesce(activities.record_source, '') = by_record.key_source
    LEFT JOIN lead_keys AS by_email ON by_email.key_type = 'email' AND activities.email = by_email.key_value
    LEFT JOIN lead_keys AS by_phone ON by_phone.key_type = 'phone' AND activities.phone = by_phone.key_value
    LEFT JOIN deal_leads ON activities.opportunity_ref = deal_leads.opportunity_ref
    WHERE activities.known_at <= run_scope.as_of
    GROUP BY 1
)

SELECT
    golden.lead_id,
    golden.lead_kind,
    golden.full_name,
    golden.email,
    golden.phone,
    golden.company,
    golden.account_id,
    golden.account_matched_by,
    golden.title,
    coalesce(golden.industry, '(none)') AS industry,
    coalesce(golden.country, '(none)') AS country,
    golden.region,
    golden.city,
    golden.source_name,
    golden.channel,
    coalesce(golden.medium, '(none)') AS medium,
    coalesce(golden.campaign, '(none)') AS campaign,
    golden.first_seen_at,
    greatest(
        golden.last_seen_at,
        coalesce(last_events.last_occurred_at, golden.last_seen_at),
        coalesce(contacts.last_occurred_at, golden.last_seen_at)
    ) AS last_activity_at,
    golden.record_count,
    CASE
        WHEN coalesce(deals.has_won, FALSE) OR outcomes.outcome IN ('won', 'converted') THEN 'customer'
        WHEN coalesce(deals.has_open, FALSE) THEN 'opportunity'
        WHEN outcomes.outcome = 'junk' THEN 'disqualified'
        ELSE coalesce(reached.lifecycle, 'raw')
    END AS lifecycle,
    scores.grade,
    coalesce(deals.owner, golden.owner, '(none)') AS owner,
    golden.consent,
    golden.has_refused_consent
FROM golden_records AS golden
LEFT JOIN lead_scores AS scores ON golden.lead_id = scores.lead_id
LEFT JOIN reached ON golden.lead_id = reached.lead_id
LEFT JOIN deals ON golden.lead_id = deals.lead_id
LEFT JOIN last_events ON golden.lead_id = last_events.lead_id
LEFT JOIN contacts ON golden.lead_id = contacts.lead_id
LEFT JOIN lead_outcomes AS outcomes ON golden.lead_id = outcomes.lead_id
