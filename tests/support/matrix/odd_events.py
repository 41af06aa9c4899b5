"""Events of every kind that clients send on Matrix, as they should be."""

from typing import Any

from tests.support.odd_values import CANARY

Content = dict[str, Any]
EARLIER = "$an-earlier-event"


def _message(msgtype: str, **content: Any) -> tuple[str, Content]:  # noqa: ANN401 - any JSON
    return "m.room.message", {"msgtype": msgtype, "body": CANARY, **content}


def _related(**relation: Any) -> Content:  # noqa: ANN401 - any JSON
    return {"m.relates_to": relation}


LOCATION = {"geo_uri": CANARY, "m.location": {"uri": CANARY, "description": CANARY}}
INFO = {"size": 3, "mimetype": "text/plain", "w": 1, "h": 1, "thumbnail_info": {"w": 1}}
URL = "mxc://example.org/kanarie"
FILE = {
    "url": URL,
    "key": {"k": CANARY, "alg": "A256CTR", "kty": "oct", "key_ops": ["decrypt"], "ext": True},
    "iv": CANARY,
    "hashes": {"sha256": CANARY},
    "v": "v2",
}
REPLY = {"m.in_reply_to": {"event_id": EARLIER}}

MESSAGES: dict[str, tuple[str, Content]] = {
    "text": _message("m.text", format="org.matrix.custom.html", formatted_body=CANARY),
    "emote": _message("m.emote", **{"m.mentions": {"user_ids": [CANARY], "room": True}}),
    "notice": _message("m.notice"),
    "edit": _message(
        "m.text",
        **_related(rel_type="m.replace", event_id=EARLIER),
        **{"m.new_content": {"msgtype": "m.text", "body": CANARY}},
    ),
    "reply": _message("m.text", **_related(**REPLY)),
    "thread": _message(
        "m.text", **_related(rel_type="m.thread", event_id=EARLIER, is_falling_back=True, **REPLY)
    ),
    **{
        kind: _message(f"m.{kind}", filename=CANARY, url=URL, info=INFO)
        for kind in ("image", "file", "audio", "video")
    },
    "sealed image": _message("m.image", file=FILE, info=INFO | {"thumbnail_file": FILE}),
    "sealed file": _message("m.file", file=FILE, info=INFO),
    "location": _message("m.location", **LOCATION),
    "verification": _message("m.key.verification.request", methods=[CANARY], to=CANARY),
    "a message of next year": _message("org.example.next", parts=[{"text": CANARY}]),
    "reaction": ("m.reaction", _related(rel_type="m.annotation", event_id=EARLIER, key=CANARY)),
    "redaction": ("m.room.redaction", {"redacts": EARLIER, "reason": CANARY}),
    "sticker": ("m.sticker", {"body": CANARY, "url": URL, "info": INFO}),
    "poll": (
        "m.poll.start",
        {"m.poll": {"question": {"m.text": CANARY}, "answers": [{"m.id": "1", "m.text": CANARY}]}},
    ),
    "vote": (
        "m.poll.response",
        {"m.selections": ["1"], **_related(rel_type="m.reference", event_id=EARLIER)},
    ),
    "beacon": ("m.beacon", {**LOCATION, "m.ts": 1}),
    "call": (
        "m.call.invite",
        {
            "call_id": "1",
            "version": 0,
            "lifetime": 1,
            "offer": {"type": "offer", "sdp": CANARY},
        },
    ),
    "answered call": (
        "m.call.answer",
        {"call_id": "1", "version": 0, "answer": {"type": "answer", "sdp": CANARY}},
    ),
    "candidates": (
        "m.call.candidates",
        {"call_id": "1", "version": 0, "candidates": [{"candidate": CANARY, "sdpMid": CANARY}]},
    ),
    "hangup": ("m.call.hangup", {"call_id": "1", "version": 0, "reason": CANARY}),
    "encrypted": (
        "m.room.encrypted",
        {
            "algorithm": "m.megolm.v1.aes-sha2",
            "ciphertext": CANARY,
            "sender_key": CANARY,
            "session_id": CANARY,
            "device_id": CANARY,
        },
    ),
    "a kind of next year": ("org.example.next", {"words": CANARY, "parts": [{"text": CANARY}]}),
}
# Without `m.room.encryption` and `m.room.tombstone`, which the room does not outlive.
STATES: dict[str, tuple[str, Content]] = {
    "topic": ("m.room.topic", {"topic": CANARY, "m.topic": {"m.text": [{"body": CANARY}]}}),
    "avatar": ("m.room.avatar", {"url": URL, "info": INFO}),
    "aliases": ("m.room.canonical_alias", {"alt_aliases": [CANARY]}),
    "access of guests": ("m.room.guest_access", {"guest_access": CANARY}),
    "history": ("m.room.history_visibility", {"history_visibility": CANARY}),
    "pinned": ("m.room.pinned_events", {"pinned": [EARLIER]}),
    "parent": ("m.space.parent", {"via": [CANARY], "canonical": True}),
    "child": ("m.space.child", {"via": [CANARY], "suggested": True, "order": CANARY}),
    "a state of next year": ("org.example.state", {"words": CANARY, "parts": [{"text": CANARY}]}),
}
