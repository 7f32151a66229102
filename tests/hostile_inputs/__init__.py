"""Hostile inputs, and what is made of them: python -m tests.hostile_inputs [--examples N] [--seed N] [--write]

Files made to break their readers, and values made to break what reads JSON and TOML. Every file has to end as a
document or as a refusal in words, within the limits; every value is taken or refused; and what was there before is
answered as before. See `__main__`.
"""
