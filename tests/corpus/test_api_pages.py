"""Descriptions of HTTP APIs as pages: what stands where, and that nothing is lost."""

import json

import pytest
from cmarkgfm import github_flavored_markdown_to_html as rendered

from shikomi.corpus import openapi
from shikomi.corpus.blocks import headings
from shikomi.corpus.fidelity import visible
from shikomi.corpus.formats import convert, media_type
from shikomi.corpus.openapi import reading
from shikomi.corpus.openapi.values import dumped
from shikomi.errors import SourceError

PUMPS = """\
openapi: 3.0.3
info:
  title: Pump & Can
  version: 1.10
  description: |
    # Begin

    Ask for a `<token>` and send <token> with each request.
    ```sh
    curl /pumps
  contact: {name: Ota, url: "https://pumps.example/help", x-room: 12}
servers:
  - url: https://{zone}.pumps.example/v1
    description: Production
    variables:
      zone: {default: east, enum: [east, west], description: Where the pump stands}
security:
  - key: []
  - login: ["pumps:read"]
tags:
  - name: Pumps
    description: Pumps that were installed.
    externalDocs: {url: "https://pumps.example/manual", description: The manual}
paths:
  /pumps/{id}:
    parameters:
      - $ref: "#/components/parameters/id"
      - {name: lang, in: header, schema: {type: string, pattern: "^[a-z]{2}$"}}
    get:
      tags: [Pumps, Reading]
      operationId: readPump
      summary: Read a pump
      description: |-
        Answers at once.

        ### Limits

        At most 600 a minute.
      parameters:
        - {name: lang, in: header, description: Own words, schema: {type: string, default: ja}}
        - name: since
          in: query
          required: true
          deprecated: true
          description: |
            Two kinds:

            - a date
            - `now`
          schema: {type: string, format: date-time, example: "2026-01-02T03:04:05Z"}
      responses:
        "200":
          description: The pump
          headers:
            X-Left: {description: Requests that are left, schema: {type: integer, minimum: 0}}
          content:
            application/json:
              schema: {$ref: "#/components/schemas/Pump"}
              examples:
                small: {summary: A small one, value: {id: 7, flow: 1.50, tags: []}}
                large: {$ref: "#/components/examples/Large"}
            application/cbor:
              schema: {$ref: "#/components/schemas/Pump"}
          links:
            stop: {operationId: stopPump, parameters: {id: $response.body#/id}}
        "404": {$ref: "#/components/responses/Missing"}
        default: {$ref: "#/components/responses/Broken"}
      x-rate: {burst: 20, names: [a, b c]}
    delete:
      operationId: stopPump
      deprecated: true
      security: []
      responses:
        "404": {$ref: "#/components/responses/Missing"}
        "204": {description: Gone}
  /pumps:
    post:
      tags: [Pumps]
      requestBody: {$ref: "#/components/requestBodies/NewPump"}
      responses: {"201": {description: ""}}
      callbacks:
        onStart:
          "{$request.body#/hook}":
            post:
              summary: The pump has started
              responses: {"200": {description: Heard}}
  /other: {$ref: "other.yaml#/paths/~1other"}
components:
  parameters:
    id: {name: id, in: path, required: true, schema: {type: integer, format: int64}}
    unused: {name: page, in: query, schema: {type: integer, maximum: 99}}
  headers: {}
  requestBodies:
    NewPump:
      required: true
      description: What to install
      content:
        application/json:
          schema:
            type: object
            required: [flow, colour]
            properties:
              flow: {type: number, exclusiveMinimum: true, minimum: 0.5, description: Litres}
              hook: {type: string, format: uri, nullable: true}
          example: {flow: 2.0, hook: "https://a.example/"}
  responses:
    Missing: {description: There is no such pump, content: {text/plain: {example: none}}}
    Broken: {description: It is broken}
  examples:
    Large: {summary: A large one, value: {id: 8, flow: 1e3}}
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Key}
    login:
      type: oauth2
      flows:
        clientCredentials:
          tokenUrl: https://pumps.example/token
          scopes: {"pumps:read": Read the pumps}
  schemas:
    Pump:
      title: A pump
      description: "What pumps. 動くもの。"
      type: object
      required: [id]
      properties:
        id: {type: integer, readOnly: true, example: 7}
        state: {type: string, enum: ["on", off, no, 1.0], default: "on"}
        parts: {type: array, maxItems: 3, items: {$ref: "#/components/schemas/Part"}}
        notes:
          type: array
          items: {type: object, properties: {text: {type: string, maxLength: 80}}}
      additionalProperties: false
      example: {id: 7, state: "on"}
    Part:
      oneOf:
        - $ref: "#/components/schemas/Pump"
        - {type: string, description: Its name}
      discriminator: {propertyName: kind, mapping: {pump: "#/components/schemas/Pump"}}
x-owner: Machines
"""


def page(text=PUMPS):
    return openapi.convert(text)[1]


def section(markdown, title):
    """What stands below the heading, its own subsections among it."""
    found = headings(markdown)
    at = next(n for n, each in enumerate(found) if each.title == title)
    after = (each.start for each in found[at + 1 :] if each.level <= found[at].level)
    return markdown[found[at].end : next(after, len(markdown))].strip("\n")


def values(node):
    """Every name, text and number; of a reference its last name."""
    if isinstance(node, dict):
        for key, each in node.items():
            yield key
            yield from [each.rpartition("/")[2]] if key == "$ref" else values(each)
    elif isinstance(node, list):
        for each in node:
            yield from values(each)
    elif node is not None and not isinstance(node, bool):
        yield str(node)


# Said in other words, or by where something stands.
SAID = {
    "info", "title", "description", "servers", "variables", "paths", "get", "post", "delete",
    "parameters", "in", "name", "schema", "type", "format", "required", "responses", "content",
    "properties", "summary", "value", "operationId", "requestBody", "callbacks", "components",
    "schemas", "requestBodies", "examples", "example", "headers", "readOnly", "nullable",
    "$ref", "enum", "items", "url", "tags", "security", "array", "securitySchemes", "links",
}  # fmt: skip


def squeezed(text):
    return "".join(text.split())


@pytest.mark.parametrize("as_json", [False, True])
def test_every_name_text_and_number_is_on_the_page(as_json):
    tree = reading.read(PUMPS)
    shown = squeezed(visible(page(dumped(tree, indent="  ") if as_json else PUMPS)))
    tree["info"].pop("description")  # a test's own, below
    wanted = {each for each in values(tree) if each not in SAID}
    lost = [text for text in wanted if squeezed(text) not in shown]
    assert [text for text in lost if squeezed(visible(text)) not in shown] == []
    assert len(wanted) > 120


def test_each_operation_and_schema_is_a_section_under_its_tag_or_kind():
    found = [(each.level, each.title) for each in headings(page())]
    assert found == [
        (1, "Pump & Can"), (2, "Begin"),
        (2, "Pumps"), (3, "GET /pumps/{id}"), (4, "Limits"), (3, "POST /pumps"),
        (4, "Callback onStart: POST {$request.body#/hook}"),
        (2, "Operations"), (3, "DELETE /pumps/{id}"),
        (2, "Paths"), (2, "Parameters"), (2, "Request bodies"), (2, "Responses"), (3, "Missing"),
        (2, "Examples"), (2, "Security schemes"), (2, "Schemas"), (3, "Pump"), (3, "Part"),
    ]  # fmt: skip


def test_an_operation_tells_its_parameters_those_of_its_path_among_them():
    get = section(page(), "GET /pumps/{id}")
    assert get.startswith("Read a pump\n\nAnswers at once.\n\n#### Limits\n\nAt most 600 a minute.")
    assert "- **Operation**: `readPump`\n- **Tags**: Pumps, Reading\n" in get
    assert "- `id` (path, integer `int64`, required)\n" in get
    assert "- `lang` (header, string, default `ja`): Own words\n" in get
    assert "[a-z]" not in get
    assert (
        "- `since` (query, string `date-time`, example `2026-01-02T03:04:05Z`, required,"
        " deprecated): Two kinds:\n\n  - a date\n  - `now`\n" in get
    )
    assert "- **Deprecated**" in section(page(), "DELETE /pumps/{id}")
    assert "- **Security**: none" in section(page(), "DELETE /pumps/{id}")


def test_responses_that_operations_share_are_linked_and_others_told():
    get = section(page(), "GET /pumps/{id}")
    assert "- `404` ([Missing](#responses-Missing)): There is no such pump\n" in get
    assert "- `default`: It is broken\n" in get
    assert "- `application/json`, `application/cbor`: [Pump](#schemas-Pump)\n" in get
    assert "- `X-Left` (integer, minimum `0`): Requests that are left\n" in get
    assert '<a id="responses-Missing"></a>' in page()


def test_examples_are_code_blocks_with_their_numbers_as_they_are_written():
    get = section(page(), "GET /pumps/{id}")
    small = '```json\n{\n  "id": 7,\n  "flow": 1.50,\n  "tags": []\n}\n```'
    assert f"response `200` (`application/json`, `small`: A small one):\n\n{small}" in get
    assert '"flow": 1e3' in get
    post = section(page(), "POST /pumps")
    assert "**Request body** (required)\n\nWhat to install\n" in post
    assert '```json\n{\n  "flow": 2.0,' in post
    assert "- **required**: `colour`" in post


def test_a_schema_tells_its_properties_with_their_limits():
    pump = section(page(), "Pump")
    assert pump.startswith('object, "A pump"\n\nWhat pumps. 動くもの。\n\n')
    assert "- `id` (integer, required, read-only, example `7`)\n" in pump
    assert "- `state` (string, one of `on`, `off`, `no`, `1.0`, default `on`)\n" in pump
    assert "- `parts` (array of [Part](#schemas-Part), maxItems `3`)\n" in pump
    assert (
        "- `notes` (array)\n  - **items** (object)\n    - `text` (string, maxLength `80`)" in pump
    )
    assert "- **additionalProperties** (`false`)" in pump
    assert "- **oneOf**\n  - [Pump](#schemas-Pump)\n  - string: Its name\n" in section(
        page(), "Part"
    )


def test_a_description_reaches_no_further_than_its_place():
    html = rendered(page())
    assert "send &lt;token&gt; with" in html
    assert "curl /pumps\n</code>" in html.replace("</pre>", "")
    assert "## Begin" in page()


def test_a_description_in_html_is_markdown():
    text = PUMPS.replace("description: What to install", "description: <p>What <b>to</b> do</p>")
    assert "\nWhat **to** do\n" in page(text)


SWAGGER = {
    "swagger": "2.0",
    "info": {"title": "Cans", "version": "2"},
    "host": "cans.example",
    "basePath": "/v0",
    "consumes": ["application/json"],
    "paths": {
        "/cans": {
            "post": {
                "parameters": [
                    {"name": "can", "in": "body", "schema": {"$ref": "#/definitions/Can"}},
                    {"name": "n", "in": "query", "type": "integer", "maximum": 9,
                     "collectionFormat": "csv"},
                ],
                "responses": {
                    "200": {
                        "description": "Filled",
                        "schema": {"type": "array", "items": {"$ref": "#/definitions/Can"}},
                        "examples": {"application/json": [{"oil": 3}]},
                    }
                },
            }
        }
    },
    "definitions": {"Can": {"type": "object", "properties": {"oil": {"type": "integer"}}}},
    "securityDefinitions": {"basic": {"type": "basic"}},
}  # fmt: skip


def test_swagger_has_its_bodies_parameters_and_definitions():
    markdown = page(json.dumps(SWAGGER))
    post = section(markdown, "POST /cans")
    assert "- `can` (body, [Can](#schemas-Can))\n" in post
    assert "- `n` (query, integer, maximum `9`, collectionFormat `csv`)\n" in post
    assert "- `200`: Filled\n  - **body**: array of [Can](#schemas-Can)\n" in post
    assert "response `200` (`application/json`):\n\n```json\n[\n  {" in post
    assert section(markdown, "Can").startswith("object\n\n- `oil` (integer)")
    assert "- **host**: `cans.example`\n- **basePath**: `/v0`\n" in markdown
    assert section(markdown, "Security schemes") == "- **basic**\n  - **type**: `basic`"


def test_webhooks_and_types_of_3_1():
    text = """\
openapi: 3.1.0
info: {title: Hooks, version: "1"}
webhooks:
  started:
    post:
      requestBody:
        content:
          application/json:
            schema: {type: [string, "null"], examples: [a, b], const: c, $comment: why}
"""
    hook = section(page(text), "POST started")
    assert "`application/json`: string or null, const `c`, example `a`, example `b`" in hook
    assert "- **$comment**: `why`" in hook


def test_schemas_and_callbacks_that_hold_themselves_end():
    ring = {"$ref": "#/components/callbacks/ring"}
    tree = {
        "openapi": "3.0.0",
        "paths": {"/a": {"get": {"callbacks": {"ring": ring}}}},
        "components": {
            "callbacks": {"ring": {"/b": {"post": {"callbacks": {"ring": ring}}}}},
            "schemas": {"A": {"$ref": "#/components/schemas/B"},
                        "B": {"$ref": "#/components/schemas/A"}},
            "responses": {"A": {"$ref": "#/components/responses/A"}},
        },
    }  # fmt: skip
    markdown = page(json.dumps(tree))
    assert section(markdown, "A").startswith("[B](#schemas-B)")
    assert len(markdown) < 5_000


NESTED = '{"openapi": "3.0.0", "x-a": ' + "[" * 5_000 + "]" * 5_000 + "}"
LAUGHS = "\n".join(
    ["openapi: 3.0.0", "a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
)


@pytest.mark.parametrize(
    ("path", "text", "said"),
    [
        ("a.json", NESTED, "nested more than 100 deep"),
        ("a.yaml", "openapi: 3.0.0\na:\n" + "- " * 300 + "x", "nested more than 100 deep"),
        ("a.yaml", "openapi: 3.0.0\na: &a [*a]", "nested more than 100 deep"),
        ("a.yaml", LAUGHS, "more than 50,000 values"),
        ("a.yaml", "openapi: 3.0.0\ninfo: [a\n", "is neither JSON nor YAML in line 3"),
        ("a.json", '{"dependencies": {"swagger": "2.0.0"}}', "describes no API"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_line(monkeypatch, path, text, said):
    monkeypatch.setattr(reading, "MAX_NODES", 50_000)
    with pytest.raises(SourceError, match=f"^{path}: .*{said}[^\n]*$"):
        convert(text.encode(), path=path)


def test_only_what_says_that_it_describes_an_api_is_read_as_such():
    kind = "application/vnd.oai.openapi"
    assert media_type("a/api.json", b'{"info": {}, "openapi": "3.1.0"}') == kind
    assert media_type("api.yml", b"# ours\n'swagger': '2.0'\n") == kind
    assert media_type("api.yml", b"nested:\n  swagger: 2.0\n") is None
    assert media_type("package.json", b'{"version": "3.0.0"}') is None
    assert media_type("api.txt", b"openapi: 3.0.0\n") == "text/plain"


def test_the_document_has_the_apis_title_and_its_encoding():
    found = convert("openapi: 3.0.0\ninfo: {title: 注文API}\n".encode("cp932"), path="a.yaml")
    assert (found.title, found.encoding) == ("注文API", "cp932")
