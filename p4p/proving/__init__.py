"""Worked examples run, data found complete.

proofs           runs the worked examples that contracts carry
scheme_proofs    runs the worked examples that schemes carry
checking         whether every count is there
scheme_checking  whether what each period of a scheme needs is there
"""
