"""What will be won: probability by deal, distribution by period."""
