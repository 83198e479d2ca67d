"""What a contract of care packages can say: its keys, its curves, its terms.

keys      the fields of contract classes: YAML key, meaning, place
curves    from achievement to share
contract  what a contract is: packages, values, splits, indicators
"""
