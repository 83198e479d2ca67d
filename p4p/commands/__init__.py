"""What the command line asks for, read, answered and handed over.

verified           a settlement held against the independent checker
catalogue          the contracts that come with the package, and the manual pages of kinds
telling            schemes for the commands that also know care packages
question           what a what-if command asks, and its answer
reading            what a command names, read and settled
adjusting          what a command names as issued, held against what the files come to now
deliver            an answer to the terminal, to stdout, or whole to a file
options            the options that several commands share
payment_commands   the commands about payments: read, call, show
contract_commands  the commands about contracts
"""
