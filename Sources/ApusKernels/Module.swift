// Under construction: see docs/plan.md.
