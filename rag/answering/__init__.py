"""Answers a question: routes, retrieves, judges, quotes or writes, checks and records."""
