"""Onboarding: joining in, and explanations on the way."""
