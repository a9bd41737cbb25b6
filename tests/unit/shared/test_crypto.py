from __future__ import annotations

import dataclasses
from uuid import UUID, uuid4

import pytest

from shared.crypto import (
    Keyring,
    SealBroken,
    SealedJson,
    SealedText,
    blind_index,
    link_token,
    new_key,
    routing_hash,
)


class Card:
    __tablename__ = "card"
    name = SealedText()
    facts = SealedJson()

    def __init__(self, row_id: UUID, organization_id: UUID) -> None:
        self.id, self.organization_id = row_id, organization_id
        self.name_sealed: bytes | None = None
        self.facts_sealed: bytes | None = None


def test_a_sealed_value_reads_back_and_shows_nothing_in_the_column() -> None:
    card = Card(uuid4(), uuid4())
    card.name = "Ana Flores"
    card.facts = {"people": 4}
    assert card.name == "Ana Flores"
    assert card.facts == {"people": 4}
    assert b"Ana" not in (card.name_sealed or b"")
    card.name = None
    assert card.name is None


def test_a_ciphertext_moved_to_another_row_or_tenant_does_not_open() -> None:
    one = Card(uuid4(), uuid4())
    one.name = "Ana Flores"
    for other in (Card(uuid4(), one.organization_id), Card(one.id, uuid4())):
        other.name_sealed = one.name_sealed
        with pytest.raises(SealBroken):
            _ = other.name


def test_a_new_key_seals_and_the_old_one_still_opens() -> None:
    old = Keyring.parse(new_key("k1"))
    both = Keyring(Keyring.parse(new_key("k2")).keys + old.keys)
    sealed = old.seal(b"word", b"place")
    assert both.open(sealed, b"place") == b"word"
    assert both.seal(b"word", b"place")[1:3] == b"k2"
    assert both.derived("x") == old.derived("x"), "indexes outlive a rotation"
    with pytest.raises(SealBroken):
        dataclasses.replace(both, keys=both.keys[:1]).open(sealed, b"place")


def test_blind_indexes_differ_between_organizations_and_kinds() -> None:
    one, other = uuid4(), uuid4()
    assert blind_index(one, "phone", "+12025550144") == blind_index(one, "phone", "+12025550144")
    assert blind_index(one, "phone", "+12025550144") != blind_index(other, "phone", "+12025550144")
    assert blind_index(one, "phone", "a") != blind_index(one, "name", "a")
    assert routing_hash("phone", "a") != routing_hash("email", "a")


def test_a_link_token_is_the_same_each_time_and_has_256_bits() -> None:
    link = uuid4()
    assert link_token(link) == link_token(link)
    assert len(link_token(link)) == 43
    assert link_token(link) != link_token(uuid4())


def test_a_key_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Keyring.parse("k1:c2hvcnQ=")
