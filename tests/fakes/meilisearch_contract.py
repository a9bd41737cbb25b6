"""Holds requests and answers against the search server's published OpenAPI document."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from openapi_schema_validator import OAS31Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

if TYPE_CHECKING:
    from pathlib import Path

    from fakes.meilisearch_server import Exchange

HERE = "urn:meilisearch"
# The document tells the federated answer only; one list for each question is described in words.
ANSWERS = {("post", "/multi-search", "200"): "#/components/schemas/SearchResults"}
# 400 is said of no route, though every route gives it in the one form of an error.
ERROR = "#/components/schemas/ResponseError"


class Contract:
    """The document, with a validator for each schema in it."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        resource = Resource(contents=document, specification=DRAFT202012)
        self._registry: Registry[Any] = Registry().with_resource(HERE, resource)

    def violations(self, exchanges: Iterable[Exchange]) -> list[str]:
        """What does not keep to it, in words."""
        return [words for each in exchanges for words in self._of(each)]

    def _of(self, exchange: Exchange) -> list[str]:
        method = exchange.method.lower()
        found = self._route(exchange.path)
        if found is None or method not in found[1]:
            return [f"{exchange.method} {exchange.path} is not in the document"]
        template, route = found
        operation = route[method]
        where = f"{exchange.method} {template}"
        known = {each["name"] for each in operation.get("parameters", [])}
        words = [f"{where}: no parameter {name}" for name in exchange.query if name not in known]
        words += self._against(f"{where} asked", self._request(operation), exchange.body)
        reference = self._answer(template, method, operation, exchange.status)
        if reference is None:
            return [*words, f"{where}: no answer {exchange.status}"]
        return words + self._against(f"{where} said {exchange.status}", reference, exchange.answer)

    def _route(self, path: str) -> tuple[str, dict[str, Any]] | None:
        plain = self._document["paths"].get(path)
        if plain is not None:
            return path, plain
        for template, route in self._document["paths"].items():
            pattern = re.sub(r"\{[^}]+\}", "[^/]+", template)
            if "{" in template and re.fullmatch(pattern, path):
                return template, route
        return None

    def _request(self, operation: dict[str, Any]) -> str | None:
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        return None if content is None else self._reference(content.get("schema"))

    def _answer(
        self, template: str, method: str, operation: dict[str, Any], status: int
    ) -> str | None:
        special = ANSWERS.get((method, template, str(status)))
        if special is not None:
            return special
        answer = operation["responses"].get(str(status))
        if answer is None:
            return ERROR if status >= 400 else None
        return self._reference(answer["content"]["application/json"]["schema"])

    def _reference(self, schema: dict[str, Any] | None) -> str | None:
        """Where a schema stands in the document; inline ones are filed under a name of ours."""
        if not schema:
            return None
        if set(schema) == {"$ref"}:
            return str(schema["$ref"])
        name = f"inline-{abs(hash(json.dumps(schema, sort_keys=True)))}"
        self._document["components"]["schemas"][name] = schema
        return f"#/components/schemas/{name}"

    def _against(self, where: str, reference: str | None, value: Any) -> list[str]:
        if reference is None:
            return []
        validator = OAS31Validator({"$ref": HERE + reference}, registry=self._registry)
        return [
            f"{where}: {'/'.join(map(str, error.absolute_path))} {error.message[:300]}"
            for error in validator.iter_errors(value)
        ]


@lru_cache(maxsize=1)
def contract_at(path: Path) -> Contract:
    """The document of a file."""
    return Contract(json.loads(path.read_text(encoding="utf-8")))
