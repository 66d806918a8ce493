// Made by Scripts/embed-openapi of docs/api/openapi.json; a test compares.
// swift-format-ignore-file

/// The description of `/v1`, as it stands in docs/api/openapi.json.
enum OpenAPIDocument {
    static let bytes = Array(text.utf8)

    private static let text = #"""
{
  "openapi": "3.1.0",
  "info": {
    "title": "Landwaiter",
    "version": "1",
    "summary": "May this image run there? Asks, and reads what was decided.",
    "description": "Bodies and parameters are read strictly: unknown members and parameters are errors. Errors are RFC 9457 problem documents with a stable `code`. A plus sign in a query is a plus sign.",
    "license": {
      "name": "Apache-2.0",
      "identifier": "Apache-2.0"
    }
  },
  "servers": [
    {
      "url": "/"
    }
  ],
  "security": [
    {
      "certificate": []
    },
    {
      "token": []
    }
  ],
  "paths": {
    "/v1/verify": {
      "post": {
        "operationId": "verify",
        "summary": "Asks for a verdict.",
        "parameters": [
          {
            "name": "timeout",
            "in": "query",
            "required": false,
            "description": "How long the caller waits, as Go writes a duration: `10s`, `1m30s`.",
            "schema": {
              "type": "string",
              "minLength": 1,
              "maxLength": 1024
            }
          }
        ],
        "requestBody": {
          "required": true,
          "content": {
            "application/json": {
              "schema": {
                "$ref": "#/components/schemas/VerifyRequest"
              }
            }
          }
        },
        "responses": {
          "400": {
            "$ref": "#/components/responses/malformed"
          },
          "401": {
            "$ref": "#/components/responses/notKnown"
          },
          "403": {
            "$ref": "#/components/responses/notAllowed"
          },
          "200": {
            "description": "The verdict, whatever it is: admit, reject or undecided.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Answer"
                }
              }
            }
          },
          "413": {
            "$ref": "#/components/responses/malformed"
          },
          "415": {
            "$ref": "#/components/responses/malformed"
          },
          "503": {
            "$ref": "#/components/responses/unavailable"
          }
        }
      }
    },
    "/v1/verdicts": {
      "get": {
        "operationId": "listVerdicts",
        "summary": "What was decided, newest first.",
        "parameters": [
          {
            "name": "digest",
            "in": "query",
            "required": false,
            "description": "Of exactly this digest.",
            "schema": {
              "type": "string",
              "minLength": 1,
              "maxLength": 1024
            }
          },
          {
            "name": "image",
            "in": "query",
            "required": false,
            "description": "Asked for by exactly this text.",
            "schema": {
              "type": "string",
              "minLength": 1,
              "maxLength": 1024
            }
          },
          {
            "name": "repository",
            "in": "query",
            "required": false,
            "description": "Of exactly this repository.",
            "schema": {
              "type": "string",
              "minLength": 1,
              "maxLength": 1024
            }
          },
          {
            "name": "namespace",
            "in": "query",
            "required": false,
            "description": "In exactly this namespace.",
            "schema": {
              "type": "string",
              "minLength": 1,
              "maxLength": 1024
            }
          },
          {
            "name": "policy",
            "in": "query",
            "required": false,
            "description": "That this policy took part in.",
            "schema": {
              "type": "string",
              "minLength": 1,
              "maxLength": 1024
            }
          },
          {
            "name": "verdict",
            "in": "query",
            "required": false,
            "description": "What was found.",
            "schema": {
              "type": "string",
              "enum": [
                "admit",
                "reject",
                "undecided"
              ]
            }
          },
          {
            "name": "reason",
            "in": "query",
            "required": false,
            "description": "With this reason code as the headline.",
            "schema": {
              "type": "string",
              "minLength": 1,
              "maxLength": 1024
            }
          },
          {
            "name": "surface",
            "in": "query",
            "required": false,
            "description": "Asked for here.",
            "schema": {
              "type": "string",
              "enum": [
                "kubernetes-validate",
                "kubernetes-mutate",
                "gatekeeper",
                "containerd",
                "api",
                "notification",
                "command"
              ]
            }
          },
          {
            "name": "since",
            "in": "query",
            "required": false,
            "description": "Decided then or later.",
            "schema": {
              "type": "string",
              "format": "date-time"
            }
          },
          {
            "name": "until",
            "in": "query",
            "required": false,
            "description": "Decided before then.",
            "schema": {
              "type": "string",
              "format": "date-time"
            }
          },
          {
            "name": "limit",
            "in": "query",
            "required": false,
            "description": "The most verdicts of a page.",
            "schema": {
              "type": "integer",
              "minimum": 1,
              "maximum": 1000,
              "default": 100
            }
          },
          {
            "name": "after",
            "in": "query",
            "required": false,
            "description": "What `next` of the page before said.",
            "schema": {
              "type": "string",
              "minLength": 1,
              "maxLength": 1024
            }
          }
        ],
        "responses": {
          "400": {
            "$ref": "#/components/responses/malformed"
          },
          "401": {
            "$ref": "#/components/responses/notKnown"
          },
          "403": {
            "$ref": "#/components/responses/notAllowed"
          },
          "503": {
            "$ref": "#/components/responses/unavailable"
          },
          "200": {
            "description": "A page.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/VerdictPage"
                }
              }
            }
          }
        }
      }
    },
    "/v1/verdicts/{id}": {
      "get": {
        "operationId": "getVerdict",
        "summary": "One decision with its record.",
        "parameters": [
          {
            "name": "id",
            "in": "path",
            "required": true,
            "schema": {
              "$ref": "#/components/schemas/VerdictID"
            }
          }
        ],
        "responses": {
          "400": {
            "$ref": "#/components/responses/malformed"
          },
          "401": {
            "$ref": "#/components/responses/notKnown"
          },
          "403": {
            "$ref": "#/components/responses/notAllowed"
          },
          "503": {
            "$ref": "#/components/responses/unavailable"
          },
          "200": {
            "description": "The decision.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Verdict"
                }
              }
            }
          },
          "404": {
            "$ref": "#/components/responses/notFound"
          }
        }
      }
    },
    "/v1/artifacts/{digest}": {
      "get": {
        "operationId": "getArtifact",
        "summary": "What was decided of a digest, newest first.",
        "parameters": [
          {
            "name": "digest",
            "in": "path",
            "required": true,
            "schema": {
              "type": "string",
              "pattern": "^sha(256:[0-9a-f]{64}|512:[0-9a-f]{128})$"
            }
          },
          {
            "name": "namespace",
            "in": "query",
            "required": false,
            "description": "In exactly this namespace.",
            "schema": {
              "type": "string",
              "minLength": 1,
              "maxLength": 1024
            }
          },
          {
            "name": "policy",
            "in": "query",
            "required": false,
            "description": "That this policy took part in.",
            "schema": {
              "type": "string",
              "minLength": 1,
              "maxLength": 1024
            }
          },
          {
            "name": "limit",
            "in": "query",
            "required": false,
            "description": "The most verdicts of a page.",
            "schema": {
              "type": "integer",
              "minimum": 1,
              "maximum": 1000,
              "default": 100
            }
          },
          {
            "name": "after",
            "in": "query",
            "required": false,
            "description": "What `next` of the page before said.",
            "schema": {
              "type": "string",
              "minLength": 1,
              "maxLength": 1024
            }
          }
        ],
        "responses": {
          "400": {
            "$ref": "#/components/responses/malformed"
          },
          "401": {
            "$ref": "#/components/responses/notKnown"
          },
          "403": {
            "$ref": "#/components/responses/notAllowed"
          },
          "503": {
            "$ref": "#/components/responses/unavailable"
          },
          "200": {
            "description": "A page of its decisions.",
            "content": {
              "application/json": {
                "schema": {
                  "$ref": "#/components/schemas/Artifact"
                }
              }
            }
          },
          "404": {
            "$ref": "#/components/responses/notFound"
          }
        }
      }
    },
    "/v1/openapi.json": {
      "get": {
        "operationId": "getDescription",
        "summary": "This document.",
        "responses": {
          "400": {
            "$ref": "#/components/responses/malformed"
          },
          "401": {
            "$ref": "#/components/responses/notKnown"
          },
          "403": {
            "$ref": "#/components/responses/notAllowed"
          },
          "200": {
            "description": "This document.",
            "content": {
              "application/json": {
                "schema": {
                  "type": "object"
                }
              }
            }
          }
        }
      }
    }
  },
  "components": {
    "securitySchemes": {
      "certificate": {
        "type": "mutualTLS"
      },
      "token": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT"
      }
    },
    "responses": {
      "malformed": {
        "description": "The request is not as the route has it.",
        "content": {
          "application/problem+json": {
            "schema": {
              "$ref": "#/components/schemas/Problem"
            }
          }
        }
      },
      "notKnown": {
        "description": "Nothing shows who calls.",
        "content": {
          "application/problem+json": {
            "schema": {
              "$ref": "#/components/schemas/Problem"
            }
          }
        }
      },
      "notAllowed": {
        "description": "The caller may not call this.",
        "content": {
          "application/problem+json": {
            "schema": {
              "$ref": "#/components/schemas/Problem"
            }
          }
        }
      },
      "notFound": {
        "description": "Nothing is here.",
        "content": {
          "application/problem+json": {
            "schema": {
              "$ref": "#/components/schemas/Problem"
            }
          }
        }
      },
      "unavailable": {
        "description": "There is no answer now.",
        "content": {
          "application/problem+json": {
            "schema": {
              "$ref": "#/components/schemas/Problem"
            }
          }
        }
      }
    },
    "schemas": {
      "VerdictID": {
        "type": "string",
        "pattern": "^[0-7][0-9a-hjkmnp-tv-z]{25}$",
        "description": "Sortable by time."
      },
      "VerifyRequest": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "image"
        ],
        "properties": {
          "image": {
            "type": "string",
            "minLength": 1,
            "maxLength": 1024,
            "description": "A reference, with a tag or a digest."
          },
          "namespace": {
            "type": "string",
            "minLength": 1,
            "maxLength": 1024,
            "description": "Without one, only policies for namespace `**` match."
          },
          "dryRun": {
            "type": "boolean",
            "default": false,
            "description": "Records nothing."
          }
        }
      },
      "Answer": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "isBlocked",
          "isDurable",
          "record"
        ],
        "properties": {
          "id": {
            "$ref": "#/components/schemas/VerdictID"
          },
          "isBlocked": {
            "type": "boolean"
          },
          "isDurable": {
            "type": "boolean",
            "description": "Whether the record outlives the server's process already."
          },
          "pinned": {
            "type": "string",
            "description": "The reference with the digest that was judged."
          },
          "record": {
            "$ref": "#/components/schemas/AdmissionRecord"
          }
        }
      },
      "AdmissionRecord": {
        "type": "object",
        "required": [
          "schemaVersion",
          "verdict"
        ],
        "properties": {
          "schemaVersion": {},
          "verdict": {
            "type": "string",
            "enum": [
              "admit",
              "reject",
              "undecided"
            ]
          }
        },
        "description": "docs/admission-record.schema.json describes it."
      },
      "VerdictSummary": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "id",
          "decidedAt",
          "verdict",
          "isBlocked",
          "stage",
          "image",
          "surface",
          "policyDigest",
          "trustDigest"
        ],
        "properties": {
          "id": {
            "$ref": "#/components/schemas/VerdictID"
          },
          "decidedAt": {
            "type": "string",
            "format": "date-time"
          },
          "verdict": {
            "type": "string",
            "enum": [
              "admit",
              "reject",
              "undecided"
            ]
          },
          "isBlocked": {
            "type": "boolean",
            "description": "Whether the gate blocked: the stage decides what a verdict does."
          },
          "stage": {
            "type": "string",
            "enum": [
              "observe",
              "warn",
              "pilot",
              "enforce"
            ]
          },
          "image": {
            "type": "string",
            "description": "As it was asked for."
          },
          "repository": {
            "type": "string"
          },
          "digest": {
            "type": "string"
          },
          "namespace": {
            "type": "string"
          },
          "surface": {
            "type": "string",
            "enum": [
              "kubernetes-validate",
              "kubernetes-mutate",
              "gatekeeper",
              "containerd",
              "api",
              "notification",
              "command"
            ]
          },
          "askedBy": {
            "type": "string",
            "description": "The caller, as it was authenticated."
          },
          "user": {
            "type": "string"
          },
          "reason": {
            "type": "string",
            "description": "The reason code of the headline; docs/reasons.md lists them."
          },
          "policyDigest": {
            "type": "string"
          },
          "trustDigest": {
            "type": "string"
          }
        }
      },
      "Verdict": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "id",
          "decidedAt",
          "verdict",
          "isBlocked",
          "stage",
          "image",
          "surface",
          "policyDigest",
          "trustDigest",
          "policies",
          "evidence"
        ],
        "properties": {
          "id": {
            "$ref": "#/components/schemas/VerdictID"
          },
          "decidedAt": {
            "type": "string",
            "format": "date-time"
          },
          "verdict": {
            "type": "string",
            "enum": [
              "admit",
              "reject",
              "undecided"
            ]
          },
          "isBlocked": {
            "type": "boolean",
            "description": "Whether the gate blocked: the stage decides what a verdict does."
          },
          "stage": {
            "type": "string",
            "enum": [
              "observe",
              "warn",
              "pilot",
              "enforce"
            ]
          },
          "image": {
            "type": "string",
            "description": "As it was asked for."
          },
          "repository": {
            "type": "string"
          },
          "digest": {
            "type": "string"
          },
          "namespace": {
            "type": "string"
          },
          "surface": {
            "type": "string",
            "enum": [
              "kubernetes-validate",
              "kubernetes-mutate",
              "gatekeeper",
              "containerd",
              "api",
              "notification",
              "command"
            ]
          },
          "askedBy": {
            "type": "string",
            "description": "The caller, as it was authenticated."
          },
          "user": {
            "type": "string"
          },
          "reason": {
            "type": "string",
            "description": "The reason code of the headline; docs/reasons.md lists them."
          },
          "policyDigest": {
            "type": "string"
          },
          "trustDigest": {
            "type": "string"
          },
          "policies": {
            "type": "array",
            "items": {
              "type": "object",
              "additionalProperties": false,
              "required": [
                "name",
                "verdict",
                "stage",
                "isEnforced"
              ],
              "properties": {
                "name": {
                  "type": "string"
                },
                "verdict": {
                  "type": "string"
                },
                "stage": {
                  "type": "string"
                },
                "isEnforced": {
                  "type": "boolean"
                }
              }
            }
          },
          "evidence": {
            "type": "array",
            "items": {
              "type": "object",
              "additionalProperties": false,
              "required": [
                "digest",
                "facts"
              ],
              "properties": {
                "digest": {
                  "type": "string"
                },
                "facts": {
                  "type": "array",
                  "items": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": [
                      "kind",
                      "value"
                    ],
                    "properties": {
                      "kind": {
                        "type": "string"
                      },
                      "value": {
                        "type": "string"
                      }
                    }
                  }
                }
              }
            }
          },
          "record": {
            "$ref": "#/components/schemas/AdmissionRecord"
          }
        }
      },
      "VerdictPage": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "verdicts"
        ],
        "properties": {
          "verdicts": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/VerdictSummary"
            }
          },
          "next": {
            "type": "string",
            "description": "`after` of the next page; absent on the last."
          }
        }
      },
      "Artifact": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "digest",
          "verdicts"
        ],
        "properties": {
          "digest": {
            "type": "string"
          },
          "verdicts": {
            "type": "array",
            "items": {
              "$ref": "#/components/schemas/VerdictSummary"
            }
          },
          "next": {
            "type": "string"
          }
        }
      },
      "Problem": {
        "type": "object",
        "additionalProperties": false,
        "required": [
          "type",
          "title",
          "status",
          "code"
        ],
        "properties": {
          "type": {
            "type": "string",
            "format": "uri"
          },
          "title": {
            "type": "string"
          },
          "status": {
            "type": "integer"
          },
          "code": {
            "type": "string",
            "description": "Stable; for programs."
          },
          "detail": {
            "type": "string"
          }
        }
      }
    }
  }
}

"""#
}
