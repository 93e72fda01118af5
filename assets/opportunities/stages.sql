-- One row per stage of a sales process.
SELECT
    policy_stages.process,
    policy_stages.stage,
    policy_stages.stage_order,
    policy_stages.label,
    policy_stages.label_zh,
    policy_stages.win_weight AS prior_win_probability,
    policy_stages.step_benchmark AS benchmark_rate,
    policy_stages.limit_days,
    policy_stages.is_won,
    policy_stages.is_lost
FROM policy_stages
