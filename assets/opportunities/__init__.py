"""What became of qualified leads: gates, promotions, deals, stages."""
