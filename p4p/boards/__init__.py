"""What each person looks at: money left, achievement by month, practices' parts.

stakes            what hangs on each indicator, and what is paid up front, as plain pence
shortfall         the money left on the table, and the patients it would have taken
missed            a missed line in words
scheme_shortfall  what more patients would have paid under a contract with `payments`
dashboard         every indicator month by month; practices against the limits of chance
to_date           what a network would have been paid so far, if the year ended today
share             a network's payment passed on to its practices
"""
