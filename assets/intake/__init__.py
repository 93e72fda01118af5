"""What arrived: every row of every file, its answer, and the records and events that are used."""
