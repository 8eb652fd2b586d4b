"""Webhooks: where they may lead, what is sent, and that it arrives."""
