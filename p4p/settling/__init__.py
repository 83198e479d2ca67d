"""Terms and counts become money, and money explains itself.

assumptions   what a what-if supposes about achievements and lists
rules         the payment rule, written once for every kind of number
entitlement   what packages are worth to each network: year, quarter, upfront, pot, each indicator's part
settlement    the result: payments, lines, totals, and the checks that hold them together
lines         one package's lines: counted, refused, achieved, earned
issued        what was issued: documents that say what was paid, and what several come to
adjust        what was issued for a period, what it comes to now, and the difference
settle        a contract, its members and their activity become a settlement
units         what each step of a scheme is a number of
points_table  points of thousands of payees at once, on columns
runs          one period's steps for all payees: what terms stand for, and what came of it
chain         a scheme and its figures become a settlement
explain       one payment as a tree, down to contract line and CSV row
evidence      what each practice counted towards a line
"""
