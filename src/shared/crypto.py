"""Sealing of personal data, blind indexes, link tokens.

AES-256-GCM; the key's id is in the ciphertext; table, column, row and tenant are authenticated, so
a ciphertext moved to another row or organization does not open. Blind indexes are HMAC-SHA256
with a key of their own per tenant.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Self, overload

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.settings import get_settings

if TYPE_CHECKING:
    from uuid import UUID

NONCE_BYTES = 12
KEY_BYTES = 32


class SealBroken(Exception):  # noqa: N818 -- what happened, not that it is an error
    """A ciphertext does not belong to this place, or its key is unknown."""


@dataclass(frozen=True, slots=True)
class Keyring:
    """Keys by id; the first one seals, all of them open."""

    keys: tuple[tuple[str, bytes], ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """From 'id:base64,id:base64'."""
        pairs = []
        for part in text.split(","):
            key_id, _, encoded = part.strip().partition(":")
            key = base64.b64decode(encoded)
            if not key_id or len(key) != KEY_BYTES:
                msg = "HANDBACK_KEYS: each part is id:base64 of 32 bytes"
                raise ValueError(msg)
            pairs.append((key_id, key))
        return cls(tuple(pairs))

    def seal(self, plain: bytes, place: bytes) -> bytes:
        """Length of key id, key id, nonce, ciphertext."""
        key_id, key = self.keys[0]
        nonce = secrets.token_bytes(NONCE_BYTES)
        name = key_id.encode()
        return bytes([len(name)]) + name + nonce + AESGCM(key).encrypt(nonce, plain, place)

    def open(self, sealed: bytes, place: bytes) -> bytes:
        """The plain bytes; SealBroken when moved, changed or sealed with an unknown key."""
        size = sealed[0]
        key_id = sealed[1 : 1 + size].decode(errors="replace")
        key = dict(self.keys).get(key_id)
        if key is None:
            raise SealBroken(key_id)
        nonce = sealed[1 + size : 1 + size + NONCE_BYTES]
        try:
            return AESGCM(key).decrypt(nonce, sealed[1 + size + NONCE_BYTES :], place)
        except Exception as broken:
            raise SealBroken(key_id) from broken

    def derived(self, purpose: str) -> bytes:
        """A 32-byte key for one purpose, from the oldest key: indexes outlive a rotation."""
        return hmac.new(self.keys[-1][1], purpose.encode(), hashlib.sha256).digest()


def new_key(key_id: str = "k1") -> str:
    """A fresh key in the form of HANDBACK_KEYS."""
    return f"{key_id}:{base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}"


@lru_cache(maxsize=1)
def keyring() -> Keyring:
    """The process's keys."""
    text = get_settings().keys
    if not text:
        msg = "HANDBACK_KEYS is not set; `handback doctor` says how to make one"
        raise RuntimeError(msg)
    return Keyring.parse(text)


@lru_cache(maxsize=4096)
def _index_key(organization_id: UUID, kind: str) -> bytes:
    return keyring().derived(f"blind:{organization_id}:{kind}")


def blind_index(organization_id: UUID, kind: str, value: str) -> bytes:
    """Exact look-up of a sealed value inside one organization; `value` already normalised."""
    return hmac.new(_index_key(organization_id, kind), value.encode(), hashlib.sha256).digest()


@lru_cache(maxsize=64)
def _routing_key(purpose: str) -> bytes:
    return keyring().derived(f"routing:{purpose}")


def routing_hash(purpose: str, value: str) -> bytes:
    """Network-wide look-up hash (a phone on an inbound text, a session token, an e-mail)."""
    return hmac.new(_routing_key(purpose), value.encode(), hashlib.sha256).digest()


def link_token(link_id: UUID) -> str:
    """The token of a link, made again whenever its mail is rendered; 256 bits, URL-safe."""
    digest = hmac.new(_routing_key("link_token"), link_id.bytes, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def token_hash(token: str) -> bytes:
    """What is stored of a bearer token."""
    return hashlib.sha256(token.encode()).digest()


def random_token() -> str:
    """A new bearer token of 256 random bits."""
    return secrets.token_urlsafe(32)


class SealedText:
    """`name = SealedText()` beside `name_sealed: Mapped[bytes | None]`: reads and writes str."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.column = f"{name}_sealed"

    @overload
    def __get__(self, row: None, owner: type) -> Self: ...
    @overload
    def __get__(self, row: object, owner: type) -> str | None: ...
    def __get__(self, row: object | None, owner: type) -> Self | str | None:
        if row is None:
            return self
        sealed = getattr(row, self.column)
        if sealed is None:
            return None
        return keyring().open(sealed, self._place(row)).decode()

    def __set__(self, row: object, value: str | None) -> None:
        sealed = None if value is None else keyring().seal(value.encode(), self._place(row))
        setattr(row, self.column, sealed)

    def _place(self, row: Any) -> bytes:  # noqa: ANN401 -- any model with an id and a tenant
        tenant = getattr(row, "organization_id", None) or getattr(
            row, "requester_organization_id", None
        )
        if row.id is None:
            msg = f"{type(row).__name__}: a sealed value needs the row's id first"
            raise ValueError(msg)
        return f"{type(row).__tablename__}|{self.column}|{row.id}|{tenant}".encode()


class SealedJson:
    """Like SealedText, for a JSON object."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._text = SealedText()
        self._text.__set_name__(owner, name)

    @overload
    def __get__(self, row: None, owner: type) -> Self: ...
    @overload
    def __get__(self, row: object, owner: type) -> dict[str, Any]: ...
    def __get__(self, row: object | None, owner: type) -> Self | dict[str, Any]:
        if row is None:
            return self
        text = self._text.__get__(row, owner)
        return dict(json.loads(text)) if text else {}

    def __set__(self, row: object, value: dict[str, Any] | None) -> None:
        self._text.__set__(row, None if value is None else json.dumps(value, sort_keys=True))
