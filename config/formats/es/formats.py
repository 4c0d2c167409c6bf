"""Numbers and times in Spanish as people in the United States write them: 1,234.5 and 3:30 p.m.

Django's own are those of Spain. What is not said here stays as Django has it.
"""

DECIMAL_SEPARATOR = "."
THOUSAND_SEPARATOR = ","
TIME_FORMAT = "P"
DATETIME_FORMAT = r"j \d\e F \d\e Y, P"
