"""The labels under which keys are wrapped, so that no wrapped key can take another's place."""


def member_label(member_id: int) -> str:
    """Returns the label of a member's key."""
    return f"member/{member_id}"


def data_label(name: str) -> str:
    """Returns the label of a key of the data."""
    return f"data/{name}"
