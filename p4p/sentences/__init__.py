"""Contracts in sentences.

describe      a contract as sentences
maturity      where a contract stands on the published steps: how payment follows performance, what is pooled
scheme_words  schemes as sentences
"""
