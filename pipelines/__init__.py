"""When it runs and how it is put together: definitions, jobs, schedules, sensors, resources, the command line.

Belongs here: everything that knows all the rooms. Kept out: how a table is made, how it is published.
"""
