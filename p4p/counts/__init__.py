"""Who is to report, what was counted, what may be told of it.

suppress  which counts a publication withholds, first and second, by named rules
members   practices, the networks they belong to month by month, and their lists
roster    who is to report on what, month by month, and where it counts
activity  counts: checked, rolled up to networks, complete or not
measures  the figures of a scheme, by payee, measure and period
"""
