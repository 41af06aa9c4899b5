"""What operators see and do beside the conversation: checks, health, metrics, logs, replicas."""
