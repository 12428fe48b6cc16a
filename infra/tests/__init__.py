"""Tests of what is deployed and of the scripts that deploy it; infra/lint runs them."""
