"""The independent checkers: they recompute a settlement from its files and import nothing else of the package.

verify          recomputes a settlement from its files; imports nothing else of the package
verify_schemes  recomputes a scheme's settlement from its files; imports nothing else of the package
"""
