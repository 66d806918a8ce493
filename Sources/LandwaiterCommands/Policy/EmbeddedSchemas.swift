// Made by Scripts/embed-schemas of docs/*.schema.json; Scripts/check-schemas compares.
// swift-format-ignore-file

/// The JSON Schemas of docs/, as they stand there.
enum EmbeddedSchemas {
    /// Sorted by file.
    static let all: [EmbeddedSchema] = [
        EmbeddedSchema(file: "admission-batch.schema.json", kinds: ["AdmissionBatch"], text: admissionBatch),
        EmbeddedSchema(file: "admission-record.schema.json", kinds: ["AdmissionRecord"], text: admissionRecord),
        EmbeddedSchema(file: "evidence-document.schema.json", kinds: ["EvidenceDocument"], text: evidenceDocument),
        EmbeddedSchema(file: "explained-decision.schema.json", kinds: ["ExplainedDecision"], text: explainedDecision),
        EmbeddedSchema(file: "policy-check.schema.json", kinds: ["PolicyCheck"], text: policyCheck),
        EmbeddedSchema(file: "policy-diff.schema.json", kinds: ["PolicyDiff"], text: policyDiff),
        EmbeddedSchema(file: "policy-test-report.schema.json", kinds: ["PolicyTestReport"], text: policyTestReport),
        EmbeddedSchema(file: "policy-test.schema.json", kinds: ["PolicyTest"], text: policyTest),
        EmbeddedSchema(file: "policy.schema.json", kinds: ["AdmissionPolicy", "Guardrail", "Exception"], text: policy),
        EmbeddedSchema(file: "registry-doctor.schema.json", kinds: ["RegistryDoctor"], text: registryDoctor),
        EmbeddedSchema(file: "sbom-diff.schema.json", kinds: ["SBOMDiff"], text: sbomDiff),
        EmbeddedSchema(file: "sbom-list.schema.json", kinds: ["SBOMList"], text: sbomList),
        EmbeddedSchema(file: "sbom-show.schema.json", kinds: ["SBOMShow"], text: sbomShow),
        EmbeddedSchema(file: "server-configuration.schema.json", kinds: ["ServerConfiguration"], text: serverConfiguration),
        EmbeddedSchema(file: "trust-doctor.schema.json", kinds: ["TrustDoctor"], text: trustDoctor),
        EmbeddedSchema(file: "trust-show.schema.json", kinds: ["TrustShow"], text: trustShow),
    ]

    private static let admissionBatch = #"""
{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "$id": "https://landwaiter.dev/schemas/v1/admission-batch.schema.json",
  "title": "AdmissionBatch",
  "description": "What `landwaiter verify --images` and `--kubernetes` write with `--output json`: every record as it is alone, with the places that ask for the image.",
  "type": "object",
  "additionalProperties": false,
  "required": ["schemaVersion", "verdict", "counts", "decisions", "notes"],
  "properties": {
    "schemaVersion": {"const": 1},
    "verdict": {"description": "The worst of all: reject, then undecided, then admit.", "$ref": "#/$defs/verdict"},
    "counts": {
      "description": "How many images have which verdict.",
      "type": "object",
      "additionalProperties": false,
      "required": ["admit", "reject", "undecided"],
      "properties": {
        "admit": {"$ref": "#/$defs/count"},
        "reject": {"$ref": "#/$defs/count"},
        "undecided": {"$ref": "#/$defs/count"}
      }
    },
    "decisions": {
      "description": "In the order in which the images were asked for first; each image once per namespace and name.",
      "type": "array",
      "items": {
        "type": "object",
        "additionalProperties": false,
        "required": ["image", "mentions", "record"],
        "properties": {
          "image": {"description": "As it was asked for.", "type": "string"},
          "mentions": {"type": "array", "items": {"$ref": "#/$defs/mention"}},
          "record": {"description": "By admission-record.schema.json.", "type": "object"}
        }
      }
    },
    "notes": {"description": "What was passed over in the lists that were read.", "type": "array", "items": {"type": "string"}}
  },
  "$defs": {
    "verdict": {"enum": ["admit", "reject", "undecided"]},
    "count": {"type": "integer", "minimum": 0},
    "mention": {
      "description": "A place that names the image.",
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "file": {"description": "As it was named on the command line; not given for standard input.", "type": "string"},
        "line": {"type": "integer", "minimum": 1},
        "user": {"description": "Who runs it, like `Deployment finance/ledger, container app`.", "type": "string"},
        "pointer": {"description": "RFC 6901, in the document of the manifest.", "type": "string"}
      }
    }
  }
}

"""#

    private static let admissionRecord = #"""
{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "$id": "https://landwaiter.dev/schemas/v1/admission-record.schema.json",
  "title": "AdmissionRecord",
  "description": "What was decided on one image or plain file, on what, and why. Written in the canonical form of RFC 8785: the same inputs give the same bytes. It holds no paths, durations or host data. Within one schemaVersion members are only ever added.",
  "type": "object",
  "additionalProperties": false,
  "required": [
    "schemaVersion",
    "engine",
    "verdict",
    "enforcement",
    "hypothetical",
    "evaluatedAt",
    "request",
    "image",
    "headline",
    "findings",
    "policies",
    "evidence",
    "bases",
    "policyDigest",
    "trustDigest",
    "limits",
    "insecure",
    "guardrails",
    "exceptions",
    "exceptionsUsed",
    "breakGlass"
  ],
  "properties": {
    "schemaVersion": {
      "const": 1
    },
    "engine": {
      "type": "object",
      "additionalProperties": false,
      "required": [
        "name",
        "version"
      ],
      "properties": {
        "name": {
          "const": "landwaiter"
        },
        "version": {
          "type": "string",
          "pattern": "^[0-9]+\\.[0-9]+\\.[0-9]+$"
        }
      }
    },
    "verdict": {
      "description": "What is true of the image under the policies. Every gate treats `undecided` as `reject`.",
      "enum": [
        "admit",
        "reject",
        "undecided"
      ]
    },
    "enforcement": {
      "description": "What a gate that honours stages does about it: the strictest of the policies that do not admit.",
      "$ref": "#/$defs/enforcement"
    },
    "hypothetical": {
      "description": "The instant was chosen by the caller rather than read from the clock. Gates refuse such a record.",
      "type": "boolean"
    },
    "evaluatedAt": {
      "description": "The instant of the decision.",
      "$ref": "#/$defs/time"
    },
    "request": {
      "$ref": "#/$defs/request"
    },
    "image": {
      "$ref": "#/$defs/image"
    },
    "artifact": {
      "$ref": "#/$defs/artifact"
    },
    "headline": {
      "description": "The finding that a reader sees first; null for an admit.",
      "oneOf": [
        {
          "type": "null"
        },
        {
          "$ref": "#/$defs/finding"
        }
      ]
    },
    "findings": {
      "description": "Everything that decides or is worth saying, the headline among them; sorted, the most telling first.",
      "type": "array",
      "items": {
        "$ref": "#/$defs/finding"
      },
      "uniqueItems": true
    },
    "policies": {
      "description": "What each matching policy says; sorted by name.",
      "type": "array",
      "items": {
        "$ref": "#/$defs/policy"
      }
    },
    "evidence": {
      "type": "object",
      "additionalProperties": false,
      "required": [
        "verified",
        "refused"
      ],
      "properties": {
        "verified": {
          "description": "What counted; sorted by digest.",
          "type": "array",
          "items": {
            "$ref": "#/$defs/verified"
          }
        },
        "refused": {
          "description": "What did not count, and why. No rule ever saw it. Sorted.",
          "type": "array",
          "items": {
            "$ref": "#/$defs/refused"
          },
          "uniqueItems": true
        }
      }
    },
    "bases": {
      "description": "What the policies that `chain` names say of base images, also of those under them; sorted by digest, repository and policy.",
      "type": "array",
      "items": {
        "$ref": "#/$defs/base"
      }
    },
    "policyDigest": {
      "description": "Names every policy loaded.",
      "$ref": "#/$defs/digest"
    },
    "trustDigest": {
      "description": "Names every key, limit and `insecure…` flag in force.",
      "$ref": "#/$defs/digest"
    },
    "limits": {
      "description": "What was in force, by the names that `--limit` takes.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "base-depth",
        "candidates",
        "configuration-bytes",
        "envelope-bytes",
        "envelope-signatures",
        "evidence-items",
        "expanded-archive-bytes",
        "index-depth",
        "index-entries",
        "json-depth",
        "manifest-bytes",
        "signature-operations",
        "total-bytes"
      ],
      "properties": {
        "index-depth": {
          "description": "Not adjustable.",
          "const": 1
        },
        "base-depth": {
          "type": "integer",
          "minimum": 0
        },
        "candidates": {
          "type": "integer",
          "minimum": 0
        },
        "configuration-bytes": {
          "type": "integer",
          "minimum": 0
        },
        "envelope-bytes": {
          "type": "integer",
          "minimum": 0
        },
        "envelope-signatures": {
          "type": "integer",
          "minimum": 0
        },
        "evidence-items": {
          "type": "integer",
          "minimum": 0
        },
        "expanded-archive-bytes": {
          "type": "integer",
          "minimum": 0
        },
        "index-entries": {
          "type": "integer",
          "minimum": 0
        },
        "json-depth": {
          "type": "integer",
          "minimum": 0
        },
        "manifest-bytes": {
          "type": "integer",
          "minimum": 0
        },
        "signature-operations": {
          "type": "integer",
          "minimum": 0
        },
        "total-bytes": {
          "type": "integer",
          "minimum": 0
        },
        "artifact-bytes": {
          "description": "In force for plain files alone; absent from the record of an image.",
          "type": "integer",
          "minimum": 0
        }
      }
    },
    "insecure": {
      "description": "What weakened a check because somebody asked for it; sorted.",
      "type": "array",
      "items": {
        "type": "string",
        "pattern": "^insecure"
      },
      "uniqueItems": true
    },
    "guardrails": {
      "description": "What each matching guardrail says; sorted by name.",
      "type": "array",
      "items": {
        "$ref": "#/$defs/guardrail"
      }
    },
    "exceptions": {
      "description": "Exceptions that waived a rule, each for each subject; in the order of policies and rules.",
      "type": "array",
      "items": {
        "$ref": "#/$defs/usedException"
      },
      "uniqueItems": true
    },
    "exceptionsUsed": {
      "description": "How many exceptions waived anything.",
      "type": "integer",
      "minimum": 0
    },
    "breakGlass": {
      "description": "The break-glass pass that was presented with approvers' signatures, and what it waived; null where there was none.",
      "oneOf": [
        {
          "type": "null"
        },
        {
          "$ref": "#/$defs/breakGlass"
        }
      ]
    }
  },
  "allOf": [
    {
      "if": {
        "properties": {
          "verdict": {
            "const": "admit"
          }
        }
      },
      "then": {
        "description": "Nothing that decides stands beside an admit.",
        "properties": {
          "headline": {
            "type": "null"
          },
          "findings": {
            "items": {
              "properties": {
                "effect": {
                  "const": "note"
                }
              }
            }
          },
          "policies": {
            "minItems": 1,
            "items": {
              "properties": {
                "verdict": {
                  "const": "admit"
                }
              }
            }
          }
        },
        "anyOf": [
          {
            "properties": {
              "image": {
                "required": [
                  "digest"
                ]
              }
            }
          },
          {
            "required": [
              "artifact"
            ],
            "properties": {
              "artifact": {
                "required": [
                  "digest"
                ]
              }
            }
          }
        ]
      },
      "else": {
        "description": "Nothing is refused without a reason.",
        "properties": {
          "headline": {
            "type": "object",
            "properties": {
              "effect": {
                "enum": [
                  "reject",
                  "undecided"
                ]
              }
            }
          },
          "findings": {
            "minItems": 1
          }
        }
      }
    },
    {
      "if": {
        "properties": {
          "verdict": {
            "const": "reject"
          }
        }
      },
      "then": {
        "properties": {
          "headline": {
            "properties": {
              "effect": {
                "const": "reject"
              }
            }
          }
        }
      }
    },
    {
      "if": {
        "properties": {
          "verdict": {
            "const": "admit"
          }
        }
      },
      "then": {
        "description": "Nothing that decides stands beside an admit.",
        "properties": {
          "headline": {
            "type": "null"
          },
          "findings": {
            "items": {
              "properties": {
                "effect": {
                  "const": "note"
                }
              }
            }
          },
          "policies": {
            "minItems": 1,
            "items": {
              "properties": {
                "verdict": {
                  "const": "admit"
                }
              }
            }
          },
          "guardrails": {
            "items": {
              "properties": {
                "verdict": {
                  "const": "admit"
                }
              }
            }
          }
        },
        "anyOf": [
          {
            "properties": {
              "image": {
                "required": [
                  "digest",
                  "mediaType",
                  "platforms"
                ]
              }
            }
          },
          {
            "required": [
              "artifact"
            ],
            "properties": {
              "artifact": {
                "required": [
                  "digest"
                ]
              }
            }
          }
        ]
      },
      "else": {
        "description": "Nothing is refused without a reason.",
        "properties": {
          "headline": {
            "type": "object",
            "properties": {
              "effect": {
                "enum": [
                  "reject",
                  "undecided"
                ]
              }
            }
          },
          "findings": {
            "minItems": 1
          }
        }
      }
    },
    {
      "if": {
        "required": [
          "artifact"
        ]
      },
      "then": {
        "description": "A file is no image, and what bounds files is in force.",
        "properties": {
          "image": {
            "maxProperties": 0
          },
          "bases": {
            "maxItems": 0
          },
          "request": {
            "properties": {
              "transport": {
                "enum": [
                  "file",
                  "digest"
                ]
              }
            }
          },
          "limits": {
            "required": [
              "artifact-bytes"
            ]
          }
        }
      },
      "else": {
        "properties": {
          "request": {
            "properties": {
              "transport": {
                "not": {
                  "enum": [
                    "file",
                    "digest"
                  ]
                }
              }
            }
          },
          "limits": {
            "not": {
              "required": [
                "artifact-bytes"
              ]
            }
          }
        }
      }
    }
  ],
  "$defs": {
    "digest": {
      "type": "string",
      "pattern": "^(sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})$",
      "description": "SHA-384 only of a plain file."
    },
    "time": {
      "description": "RFC 3339, in UTC, to the second.",
      "type": "string",
      "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"
    },
    "code": {
      "description": "`family.cause`; docs/reasons.md lists them. A name never changes.",
      "type": "string",
      "pattern": "^[a-z]+(-[a-z0-9]+)*\\.[a-z0-9]+(-[a-z0-9]+)*$"
    },
    "line": {
      "type": "string",
      "minLength": 1,
      "pattern": "^[^\\u0000-\\u001f\\u007f]*$"
    },
    "platform": {
      "description": "`os/architecture` or `os/architecture/variant`.",
      "type": "string",
      "pattern": "^[^/]*/[^/]*(/[^/]*)?$"
    },
    "name": {
      "type": "string",
      "pattern": "^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$"
    },
    "policyName": {
      "description": "`source/name`.",
      "type": "string",
      "pattern": "^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?/[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$"
    },
    "rule": {
      "description": "`source/policy#rule`, or `source/policy` where the policy as a whole says it.",
      "type": "string",
      "pattern": "^[a-z0-9._-]+/[a-z0-9._-]+(#[a-z0-9._-]+(/[a-z0-9._-]+){0,2})?$"
    },
    "origin": {
      "description": "How evidence came to be a candidate.",
      "enum": [
        "referrer",
        "fallback-tag",
        "cosign-signature-tag",
        "cosign-attestation-tag",
        "cosign-sbom-tag",
        "cosign-save",
        "beside-image",
        "inside-index",
        "supplied"
      ]
    },
    "enforcement": {
      "type": "object",
      "additionalProperties": false,
      "required": [
        "stage",
        "enforced"
      ],
      "properties": {
        "stage": {
          "enum": [
            "observe",
            "warn",
            "pilot",
            "enforce"
          ]
        },
        "enforced": {
          "description": "Whether a gate that honours stages blocks.",
          "type": "boolean"
        }
      },
      "allOf": [
        {
          "if": {
            "properties": {
              "stage": {
                "const": "enforce"
              }
            }
          },
          "then": {
            "properties": {
              "enforced": {
                "const": true
              }
            }
          }
        },
        {
          "if": {
            "properties": {
              "stage": {
                "enum": [
                  "observe",
                  "warn"
                ]
              }
            }
          },
          "then": {
            "properties": {
              "enforced": {
                "const": false
              }
            }
          }
        }
      ]
    },
    "finding": {
      "description": "One coded statement of why. Texts that others wrote are quoted in backticks, escaped and cut to length.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "code",
        "effect",
        "message",
        "mend"
      ],
      "properties": {
        "code": {
          "$ref": "#/$defs/code"
        },
        "effect": {
          "description": "What the code does to the verdict where it decides.",
          "enum": [
            "reject",
            "undecided",
            "note"
          ]
        },
        "message": {
          "description": "One line for people, lower case.",
          "$ref": "#/$defs/line"
        },
        "expected": {
          "$ref": "#/$defs/line"
        },
        "found": {
          "$ref": "#/$defs/line"
        },
        "evidence": {
          "description": "The bytes that the finding is about.",
          "$ref": "#/$defs/digest"
        },
        "rule": {
          "$ref": "#/$defs/rule"
        },
        "platform": {
          "$ref": "#/$defs/platform"
        },
        "mend": {
          "description": "What would mend it.",
          "$ref": "#/$defs/line"
        }
      }
    },
    "request": {
      "description": "What was asked.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "transport"
      ],
      "properties": {
        "transport": {
          "description": "Where the image was read from, as skopeo spells it; of a plain file whether the file itself was given or its digest alone.",
          "enum": [
            "oci",
            "oci-archive",
            "dir",
            "docker-archive",
            "docker",
            "file",
            "digest"
          ]
        },
        "namespace": {
          "description": "Absent where the caller named none.",
          "type": "string"
        },
        "reference": {
          "description": "The name under which the image was judged; absent where none was stated.",
          "type": "object",
          "additionalProperties": false,
          "required": [
            "text",
            "statedBy"
          ],
          "properties": {
            "text": {
              "type": "string",
              "minLength": 1
            },
            "statedBy": {
              "const": "caller"
            }
          }
        }
      }
    },
    "image": {
      "description": "What the reference was resolved to; empty if nothing is known or if a plain file was judged, a digest alone if the image was refused.",
      "type": "object",
      "additionalProperties": false,
      "required": [],
      "properties": {
        "digest": {
          "description": "Of the index, or of the only manifest. The digest that was verified is the digest that is admitted.",
          "$ref": "#/$defs/digest"
        },
        "mediaType": {
          "type": "string",
          "pattern": "^[^/\\s]+/[^/\\s]+$"
        },
        "tag": {
          "description": "By which the store found the image, if by one.",
          "type": "string",
          "minLength": 1
        },
        "platforms": {
          "description": "The runnable images; sorted by digest.",
          "type": "array",
          "items": {
            "type": "object",
            "additionalProperties": false,
            "required": [
              "digest"
            ],
            "properties": {
              "digest": {
                "$ref": "#/$defs/digest"
              },
              "platform": {
                "description": "As the index lists it.",
                "$ref": "#/$defs/platform"
              }
            }
          },
          "minItems": 1
        }
      },
      "dependentRequired": {
        "mediaType": [
          "digest",
          "platforms"
        ],
        "platforms": [
          "mediaType"
        ],
        "tag": [
          "mediaType"
        ]
      }
    },
    "artifact": {
      "description": "The plain file that was judged; absent from the record of an image. Without `digest` if it could not be read.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "digests"
      ],
      "properties": {
        "digest": {
          "description": "SHA-256, unless only another is known. The digest that was verified is the digest that is admitted.",
          "$ref": "#/$defs/digest"
        },
        "digests": {
          "description": "All that are known, each of another algorithm.",
          "type": "array",
          "items": {
            "$ref": "#/$defs/digest"
          },
          "uniqueItems": true
        },
        "size": {
          "description": "Bytes; absent where only a digest was given.",
          "type": "integer",
          "minimum": 0
        }
      },
      "dependentRequired": {
        "size": [
          "digest"
        ]
      }
    },
    "policy": {
      "type": "object",
      "additionalProperties": false,
      "required": [
        "policy",
        "verdict",
        "enforcement",
        "rules"
      ],
      "properties": {
        "policy": {
          "$ref": "#/$defs/policyName"
        },
        "verdict": {
          "enum": [
            "admit",
            "reject",
            "undecided"
          ]
        },
        "enforcement": {
          "$ref": "#/$defs/enforcement"
        },
        "rules": {
          "description": "In the order of the document, requirements first.",
          "type": "array",
          "items": {
            "$ref": "#/$defs/ruleResult"
          },
          "minItems": 1
        }
      }
    },
    "ruleResult": {
      "type": "object",
      "additionalProperties": false,
      "required": [
        "rule",
        "kind",
        "on",
        "outcome",
        "satisfiedBy",
        "codes"
      ],
      "properties": {
        "rule": {
          "description": "The rule's id.",
          "$ref": "#/$defs/name"
        },
        "kind": {
          "enum": [
            "require",
            "deny"
          ]
        },
        "on": {
          "description": "`image`, `each-platform`, or a platform.",
          "type": "string",
          "pattern": "^(image|each-platform|[^/]*/[^/]*(/[^/]*)?)$"
        },
        "subject": {
          "description": "The image, or one platform of it. Left out where the rule asks nothing of the image but its name, and the image was not read (`image.not-read`).",
          "$ref": "#/$defs/digest"
        },
        "platform": {
          "$ref": "#/$defs/platform"
        },
        "outcome": {
          "description": "Of a denial `holds` means that it does not apply.",
          "enum": [
            "holds",
            "fails",
            "undecided",
            "waived"
          ]
        },
        "summary": {
          "description": "What was shown, where it holds.",
          "$ref": "#/$defs/line"
        },
        "satisfiedBy": {
          "description": "Verified evidence by which it holds; sorted.",
          "type": "array",
          "items": {
            "$ref": "#/$defs/digest"
          },
          "uniqueItems": true
        },
        "codes": {
          "description": "Why it does not hold.",
          "type": "array",
          "items": {
            "$ref": "#/$defs/code"
          }
        },
        "waivedBy": {
          "description": "With `waived`: which exception, or the break-glass pass. Such a rule does not hold; `codes` says why.",
          "type": "string",
          "pattern": "^(exception [a-z0-9._-]+/[a-z0-9._-]+|break-glass)$"
        }
      },
      "allOf": [
        {
          "if": {
            "properties": {
              "outcome": {
                "const": "holds"
              }
            }
          },
          "then": {
            "properties": {
              "codes": {
                "maxItems": 0
              }
            }
          },
          "else": {
            "properties": {
              "codes": {
                "minItems": 1
              },
              "satisfiedBy": {
                "maxItems": 0
              }
            }
          }
        }
      ]
    },
    "signers": {
      "description": "Who signed, proven; at least one, sorted.",
      "type": "array",
      "items": {
        "oneOf": [
          {
            "$ref": "#/$defs/keySigner"
          },
          {
            "$ref": "#/$defs/cloudBuildSigner"
          },
          {
            "$ref": "#/$defs/certificateSigner"
          }
        ]
      },
      "minItems": 1,
      "uniqueItems": true
    },
    "cloudBuildSigner": {
      "description": "A key of Google Cloud Build's, whose signature is over the payload alone, without its type.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "insecureCloudBuildKey"
      ],
      "properties": {
        "insecureCloudBuildKey": {
          "description": "Fingerprint of the public key.",
          "type": "string",
          "pattern": "^sha256:[0-9a-f]{64}$"
        }
      }
    },
    "keySigner": {
      "type": "object",
      "additionalProperties": false,
      "required": [
        "key",
        "scheme"
      ],
      "properties": {
        "key": {
          "description": "Fingerprint: the SHA-256 of the public key's SubjectPublicKeyInfo.",
          "type": "string",
          "pattern": "^sha256:[0-9a-f]{64}$"
        },
        "scheme": {
          "enum": [
            "ecdsa-sha256",
            "ecdsa-sha384",
            "ecdsa-sha512",
            "ed25519",
            "rsa-pkcs1-sha256",
            "rsa-pkcs1-sha384",
            "rsa-pkcs1-sha512",
            "rsa-pss-sha256",
            "rsa-pss-sha384",
            "rsa-pss-sha512"
          ]
        }
      }
    },
    "certificateSigner": {
      "type": "object",
      "additionalProperties": false,
      "required": [
        "certificate"
      ],
      "properties": {
        "certificate": {
          "$ref": "#/$defs/certificateHolder"
        }
      }
    },
    "certificateHolder": {
      "description": "For whom a certificate was issued, proven under a Sigstore trusted root or an organisation's own authorities.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "names"
      ],
      "properties": {
        "root": {
          "description": "Name of the trusted root.",
          "type": "string",
          "minLength": 1
        },
        "issuer": {
          "description": "The provider that identified the holder.",
          "type": "string",
          "minLength": 1
        },
        "authorities": {
          "$ref": "#/$defs/digest",
          "description": "Digest of the organisation's own authorities, what their certificates are for and when they have to hold."
        },
        "names": {
          "description": "Of the certificate; one under a trusted root.",
          "type": "array",
          "minItems": 1,
          "items": {
            "$ref": "#/$defs/certificateName"
          }
        },
        "claims": {
          "description": "What the certificate says of the build, by the names of Fulcio's oid-info.md.",
          "type": "object",
          "propertyNames": {
            "enum": [
              "githubWorkflowTrigger",
              "githubWorkflowSHA",
              "githubWorkflowName",
              "githubWorkflowRepository",
              "githubWorkflowRef",
              "buildSignerURI",
              "buildSignerDigest",
              "runnerEnvironment",
              "sourceRepositoryURI",
              "sourceRepositoryDigest",
              "sourceRepositoryRef",
              "sourceRepositoryIdentifier",
              "sourceRepositoryOwnerURI",
              "sourceRepositoryOwnerIdentifier",
              "buildConfigURI",
              "buildConfigDigest",
              "buildTrigger",
              "runInvocationURI",
              "sourceRepositoryVisibilityAtSigning",
              "deploymentEnvironment",
              "tokenSubject"
            ]
          },
          "additionalProperties": {
            "type": "string"
          }
        }
      },
      "oneOf": [
        {
          "required": [
            "root",
            "issuer"
          ]
        },
        {
          "required": [
            "authorities"
          ]
        }
      ],
      "if": {
        "required": [
          "authorities"
        ]
      },
      "then": {
        "properties": {
          "root": false,
          "issuer": false,
          "claims": false
        }
      },
      "else": {
        "properties": {
          "names": {
            "maxItems": 1
          }
        }
      }
    },
    "certificateName": {
      "description": "One name.",
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "uri": {
          "type": "string",
          "minLength": 1
        },
        "email": {
          "type": "string",
          "minLength": 1
        },
        "username": {
          "type": "string",
          "minLength": 1
        },
        "dns": {
          "type": "string",
          "minLength": 1
        }
      },
      "minProperties": 1,
      "maxProperties": 1
    },
    "subjects": {
      "description": "The digests of this image that were signed; sorted.",
      "type": "array",
      "items": {
        "$ref": "#/$defs/digest"
      },
      "minItems": 1,
      "uniqueItems": true
    },
    "verified": {
      "description": "A verified signature bound to this image.",
      "oneOf": [
        {
          "$ref": "#/$defs/signature"
        },
        {
          "$ref": "#/$defs/attestation"
        }
      ]
    },
    "signature": {
      "type": "object",
      "additionalProperties": false,
      "required": [
        "evidence",
        "origin",
        "kind",
        "signers",
        "subjects"
      ],
      "properties": {
        "evidence": {
          "$ref": "#/$defs/digest"
        },
        "origin": {
          "$ref": "#/$defs/origin"
        },
        "kind": {
          "const": "signature"
        },
        "signers": {
          "$ref": "#/$defs/signers"
        },
        "subjects": {
          "$ref": "#/$defs/subjects"
        },
        "dockerReference": {
          "description": "The name that was signed; absent where the form carries none.",
          "type": "string"
        }
      }
    },
    "attestation": {
      "type": "object",
      "additionalProperties": false,
      "required": [
        "evidence",
        "origin",
        "kind",
        "predicateType",
        "signers",
        "subjects"
      ],
      "properties": {
        "evidence": {
          "$ref": "#/$defs/digest"
        },
        "origin": {
          "$ref": "#/$defs/origin"
        },
        "kind": {
          "const": "attestation"
        },
        "predicateType": {
          "type": "string",
          "minLength": 1
        },
        "signers": {
          "$ref": "#/$defs/signers"
        },
        "subjects": {
          "$ref": "#/$defs/subjects"
        },
        "underIndexSignature": {
          "description": "Not signed itself: said by the signers of the index that holds it.",
          "const": true
        },
        "provenance": {
          "$ref": "#/$defs/provenance"
        },
        "sbom": {
          "$ref": "#/$defs/sbom"
        },
        "scan": {
          "$ref": "#/$defs/scan"
        }
      }
    },
    "provenance": {
      "description": "What rules saw of it: claims of whoever signed.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "builder",
        "buildType",
        "materials"
      ],
      "properties": {
        "builder": {
          "type": "string"
        },
        "buildType": {
          "type": "string"
        },
        "sourceRepository": {
          "type": "string"
        },
        "sourceRef": {
          "type": "string"
        },
        "sourceCommit": {
          "type": "string"
        },
        "entryPoint": {
          "type": "string"
        },
        "invocation": {
          "type": "string"
        },
        "finishedOn": {
          "$ref": "#/$defs/time"
        },
        "materials": {
          "description": "How many there are.",
          "type": "integer",
          "minimum": 0
        }
      }
    },
    "sbom": {
      "description": "What the statement says as an SBOM, where a rule asked and it can be read. The document itself is the evidence.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "format",
        "specVersion",
        "components"
      ],
      "properties": {
        "format": {
          "enum": [
            "SPDX",
            "CycloneDX",
            "Syft"
          ]
        },
        "specVersion": {
          "type": "string"
        },
        "created": {
          "$ref": "#/$defs/time"
        },
        "components": {
          "description": "How many it lists.",
          "type": "integer",
          "minimum": 0
        }
      }
    },
    "scan": {
      "description": "What the statement says as a scan, where a rule asked and it can be read.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "findings"
      ],
      "properties": {
        "scanner": {
          "type": "string"
        },
        "finishedOn": {
          "$ref": "#/$defs/time"
        },
        "findings": {
          "description": "How many there are, those that VEX clears included.",
          "type": "integer",
          "minimum": 0
        }
      }
    },
    "refused": {
      "type": "object",
      "additionalProperties": false,
      "required": [
        "origin",
        "finding"
      ],
      "properties": {
        "evidence": {
          "description": "Absent where it was passed over before it was read.",
          "$ref": "#/$defs/digest"
        },
        "origin": {
          "$ref": "#/$defs/origin"
        },
        "finding": {
          "$ref": "#/$defs/finding"
        }
      }
    },
    "base": {
      "description": "A base image, judged from its own evidence by the policy that a rule's `chain` names.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "digest",
        "repository",
        "policy",
        "verdict",
        "headline",
        "evidence"
      ],
      "properties": {
        "digest": {
          "$ref": "#/$defs/digest"
        },
        "repository": {
          "description": "As the rule names it.",
          "type": "string"
        },
        "policy": {
          "$ref": "#/$defs/policyName"
        },
        "verdict": {
          "enum": [
            "admit",
            "reject",
            "undecided"
          ]
        },
        "headline": {
          "description": "Why the base is not admitted; null for an admit.",
          "oneOf": [
            {
              "type": "null"
            },
            {
              "$ref": "#/$defs/finding"
            }
          ]
        },
        "evidence": {
          "description": "The base's own evidence by which it is admitted; sorted.",
          "type": "array",
          "items": {
            "$ref": "#/$defs/digest"
          }
        }
      }
    },
    "guardrail": {
      "type": "object",
      "additionalProperties": false,
      "required": [
        "policy",
        "verdict",
        "enforcement",
        "rules"
      ],
      "properties": {
        "policy": {
          "$ref": "#/$defs/policyName"
        },
        "verdict": {
          "enum": [
            "admit",
            "reject",
            "undecided"
          ]
        },
        "enforcement": {
          "$ref": "#/$defs/enforcement"
        },
        "rules": {
          "description": "In the order of the document, requirements first; none where the guardrail only caps.",
          "type": "array",
          "items": {
            "$ref": "#/$defs/ruleResult"
          }
        }
      }
    },
    "usedException": {
      "type": "object",
      "additionalProperties": false,
      "required": [
        "name",
        "policy",
        "rule",
        "expires",
        "subject"
      ],
      "properties": {
        "name": {
          "$ref": "#/$defs/policyName"
        },
        "policy": {
          "$ref": "#/$defs/policyName"
        },
        "rule": {
          "$ref": "#/$defs/name"
        },
        "owner": {
          "$ref": "#/$defs/line"
        },
        "reason": {
          "$ref": "#/$defs/line"
        },
        "ticket": {
          "$ref": "#/$defs/line"
        },
        "expires": {
          "$ref": "#/$defs/time"
        },
        "subject": {
          "$ref": "#/$defs/digest"
        },
        "platform": {
          "$ref": "#/$defs/platform"
        }
      }
    },
    "breakGlass": {
      "type": "object",
      "additionalProperties": false,
      "required": [
        "pass",
        "id",
        "image",
        "namespace",
        "notBefore",
        "expires",
        "reason",
        "hasEffect",
        "approvers",
        "signers",
        "waived"
      ],
      "properties": {
        "pass": {
          "$ref": "#/$defs/digest",
          "description": "Of the signed bytes."
        },
        "id": {
          "$ref": "#/$defs/line"
        },
        "image": {
          "$ref": "#/$defs/digest"
        },
        "namespace": {
          "$ref": "#/$defs/line"
        },
        "notBefore": {
          "$ref": "#/$defs/time"
        },
        "expires": {
          "$ref": "#/$defs/time"
        },
        "reason": {
          "$ref": "#/$defs/line"
        },
        "ticket": {
          "$ref": "#/$defs/line"
        },
        "hasEffect": {
          "description": "Whether every guardrail that matches permits it here and now.",
          "type": "boolean"
        },
        "approvers": {
          "description": "The guardrails' names for those who approved it; sorted.",
          "type": "array",
          "items": {
            "$ref": "#/$defs/name"
          },
          "uniqueItems": true
        },
        "signers": {
          "$ref": "#/$defs/signers"
        },
        "waived": {
          "description": "The rules that it waived; sorted.",
          "type": "array",
          "items": {
            "$ref": "#/$defs/rule"
          },
          "uniqueItems": true
        }
      }
    }
  }
}

"""#

    private static let evidenceDocument = #"""
{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "$id": "https://landwaiter.dev/schemas/v1/evidence-document.schema.json",
  "title": "EvidenceDocument",
  "description": "Everything that a rule may see of one image or plain file. Reading it verifies nothing: it decides tests of policies, never the admission of an image.",
  "type": "object",
  "additionalProperties": false,
  "required": [
    "image"
  ],
  "properties": {
    "image": {
      "$ref": "#/$defs/image"
    },
    "request": {
      "$ref": "#/$defs/request"
    },
    "signatures": {
      "type": "array",
      "items": {
        "$ref": "#/$defs/signature"
      }
    },
    "attestations": {
      "type": "array",
      "items": {
        "$ref": "#/$defs/attestation"
      }
    },
    "bases": {
      "description": "With distinct digests.",
      "type": "array",
      "items": {
        "$ref": "#/$defs/base"
      }
    },
    "judgedBases": {
      "description": "What the policies that `chain` names say of base images; each base and policy once.",
      "type": "array",
      "items": {
        "$ref": "#/$defs/judgedBase"
      }
    },
    "breakGlass": {
      "$ref": "#/$defs/breakGlass"
    }
  },
  "$defs": {
    "digest": {
      "type": "string",
      "pattern": "^(sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})$",
      "description": "SHA-384 only of a plain file."
    },
    "platform": {
      "description": "`os/architecture` or `os/architecture/variant`.",
      "type": "string",
      "pattern": "^[^/]+/[^/]+(/[^/]+)?$"
    },
    "time": {
      "description": "A time of RFC 3339.",
      "type": "string",
      "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})$"
    },
    "digests": {
      "type": "array",
      "items": {
        "$ref": "#/$defs/digest"
      }
    },
    "times": {
      "description": "When a trusted timestamp or log proves the signature to have been there.",
      "type": "array",
      "items": {
        "$ref": "#/$defs/time"
      }
    },
    "request": {
      "description": "What is asked. A policy test states it instead.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "at"
      ],
      "properties": {
        "at": {
          "$ref": "#/$defs/time",
          "description": "The decision's instant."
        },
        "namespace": {
          "type": "string"
        },
        "reference": {
          "description": "`registry/repository`, then `:tag` or `@digest` or both.",
          "type": "string"
        }
      }
    },
    "image": {
      "description": "The image, pinned; or a plain file.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "digest"
      ],
      "properties": {
        "digest": {
          "$ref": "#/$defs/digest",
          "description": "Of the index, or of the only manifest."
        },
        "isArtifact": {
          "description": "A plain file: without platforms, configuration and base.",
          "type": "boolean"
        },
        "isIndex": {
          "type": "boolean"
        },
        "platforms": {
          "description": "The runnable images: the children of the index, or the image itself.",
          "type": "array",
          "items": {
            "$ref": "#/$defs/platformImage"
          }
        },
        "otherDigests": {
          "$ref": "#/$defs/digests",
          "description": "Of the very same bytes, of the image and its platforms, in other algorithms: for denials only."
        }
      },
      "if": {
        "required": [
          "isArtifact"
        ],
        "properties": {
          "isArtifact": {
            "const": true
          }
        }
      },
      "then": {
        "not": {
          "anyOf": [
            {
              "required": [
                "isIndex"
              ]
            },
            {
              "required": [
                "platforms"
              ]
            }
          ]
        }
      },
      "else": {
        "required": [
          "isIndex",
          "platforms"
        ]
      }
    },
    "platformImage": {
      "description": "One runnable image.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "digest"
      ],
      "properties": {
        "digest": {
          "$ref": "#/$defs/digest"
        },
        "platform": {
          "$ref": "#/$defs/platform"
        },
        "configuration": {
          "description": "An image configuration as image-spec has it.",
          "type": "object"
        },
        "unread": {
          "$ref": "#/$defs/unread",
          "description": "Why the configuration could not be read."
        }
      },
      "not": {
        "required": [
          "configuration",
          "unread"
        ]
      }
    },
    "unread": {
      "description": "Why content could not be had.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "code",
        "message"
      ],
      "properties": {
        "code": {
          "description": "A reason code; docs/reasons.md lists them.",
          "type": "string"
        },
        "message": {
          "type": "string"
        }
      }
    },
    "signer": {
      "description": "Who signed: a key, or the holder of a certificate.",
      "oneOf": [
        {
          "$ref": "#/$defs/keySigner"
        },
        {
          "$ref": "#/$defs/cloudBuildSigner"
        },
        {
          "$ref": "#/$defs/certificateSigner"
        }
      ]
    },
    "cloudBuildSigner": {
      "description": "A key of Google Cloud Build's, whose signature is over the payload alone, without its type.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "insecureCloudBuildKey"
      ],
      "properties": {
        "insecureCloudBuildKey": {
          "description": "Fingerprint of the public key.",
          "type": "string",
          "pattern": "^sha256:[0-9a-f]{64}$"
        }
      }
    },
    "keySigner": {
      "description": "A key.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "key",
        "scheme"
      ],
      "properties": {
        "key": {
          "$ref": "#/$defs/digest",
          "description": "Fingerprint of the public key, as `landwaiter key show` prints it."
        },
        "scheme": {
          "enum": [
            "ecdsa-sha256",
            "ecdsa-sha384",
            "ecdsa-sha512",
            "ed25519",
            "rsa-pkcs1-sha256",
            "rsa-pkcs1-sha384",
            "rsa-pkcs1-sha512",
            "rsa-pss-sha256",
            "rsa-pss-sha384",
            "rsa-pss-sha512"
          ]
        }
      }
    },
    "certificateSigner": {
      "type": "object",
      "additionalProperties": false,
      "required": [
        "certificate"
      ],
      "properties": {
        "certificate": {
          "$ref": "#/$defs/certificateHolder"
        }
      }
    },
    "certificateHolder": {
      "description": "For whom a certificate was issued, proven under a Sigstore trusted root or an organisation's own authorities.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "names"
      ],
      "properties": {
        "root": {
          "description": "Name of the trusted root.",
          "type": "string",
          "minLength": 1
        },
        "issuer": {
          "description": "The provider that identified the holder.",
          "type": "string",
          "minLength": 1
        },
        "authorities": {
          "$ref": "#/$defs/digest",
          "description": "Digest of the organisation's own authorities, what their certificates are for and when they have to hold."
        },
        "names": {
          "description": "Of the certificate; one under a trusted root.",
          "type": "array",
          "minItems": 1,
          "items": {
            "$ref": "#/$defs/certificateName"
          }
        },
        "claims": {
          "description": "What the certificate says of the build, by the names of Fulcio's oid-info.md.",
          "type": "object",
          "propertyNames": {
            "enum": [
              "githubWorkflowTrigger",
              "githubWorkflowSHA",
              "githubWorkflowName",
              "githubWorkflowRepository",
              "githubWorkflowRef",
              "buildSignerURI",
              "buildSignerDigest",
              "runnerEnvironment",
              "sourceRepositoryURI",
              "sourceRepositoryDigest",
              "sourceRepositoryRef",
              "sourceRepositoryIdentifier",
              "sourceRepositoryOwnerURI",
              "sourceRepositoryOwnerIdentifier",
              "buildConfigURI",
              "buildConfigDigest",
              "buildTrigger",
              "runInvocationURI",
              "sourceRepositoryVisibilityAtSigning",
              "deploymentEnvironment",
              "tokenSubject"
            ]
          },
          "additionalProperties": {
            "type": "string"
          }
        }
      },
      "oneOf": [
        {
          "required": [
            "root",
            "issuer"
          ]
        },
        {
          "required": [
            "authorities"
          ]
        }
      ],
      "if": {
        "required": [
          "authorities"
        ]
      },
      "then": {
        "properties": {
          "root": false,
          "issuer": false,
          "claims": false
        }
      },
      "else": {
        "properties": {
          "names": {
            "maxItems": 1
          }
        }
      }
    },
    "certificateName": {
      "description": "One name.",
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "uri": {
          "type": "string",
          "minLength": 1
        },
        "email": {
          "type": "string",
          "minLength": 1
        },
        "username": {
          "type": "string",
          "minLength": 1
        },
        "dns": {
          "type": "string",
          "minLength": 1
        }
      },
      "minProperties": 1,
      "maxProperties": 1
    },
    "signers": {
      "type": "array",
      "items": {
        "$ref": "#/$defs/signer"
      }
    },
    "signature": {
      "description": "A verified signature of the image.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "evidence",
        "signers",
        "subjects"
      ],
      "properties": {
        "evidence": {
          "$ref": "#/$defs/digest",
          "description": "Of the evidence as it was received."
        },
        "signers": {
          "$ref": "#/$defs/signers"
        },
        "subjects": {
          "$ref": "#/$defs/digests",
          "description": "The digests of this image that were signed."
        },
        "dockerReference": {
          "description": "The name in a simple-signing signature.",
          "type": "string"
        },
        "verifiedTimes": {
          "$ref": "#/$defs/times"
        }
      }
    },
    "attestation": {
      "description": "A verified attestation about the image.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "evidence",
        "statement",
        "signers",
        "subjects",
        "predicateType"
      ],
      "properties": {
        "evidence": {
          "$ref": "#/$defs/digest",
          "description": "Of the evidence as it was received."
        },
        "statement": {
          "$ref": "#/$defs/digest",
          "description": "Of the statement as it was signed; copies of one statement are one."
        },
        "signers": {
          "$ref": "#/$defs/signers"
        },
        "subjects": {
          "$ref": "#/$defs/digests",
          "description": "The digests of this image that the statement names."
        },
        "predicateType": {
          "type": "string"
        },
        "predicate": {
          "description": "What the statement says, as it was signed."
        },
        "provenance": {
          "$ref": "#/$defs/provenance"
        },
        "underIndexSignature": {
          "description": "Not signed itself, but held by an index that is.",
          "type": "boolean"
        },
        "verifiedTimes": {
          "$ref": "#/$defs/times"
        }
      }
    },
    "provenance": {
      "description": "SLSA provenance of any version in one form.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "version",
        "builder",
        "buildType"
      ],
      "properties": {
        "version": {
          "enum": [
            "0.1",
            "0.2",
            "1"
          ]
        },
        "builder": {
          "type": "string"
        },
        "buildType": {
          "type": "string"
        },
        "sourceRepository": {
          "description": "URI without `git+` and ref.",
          "type": "string"
        },
        "sourceRef": {
          "description": "Full git ref.",
          "type": "string"
        },
        "sourceCommit": {
          "type": "string"
        },
        "entryPoint": {
          "type": "string"
        },
        "externalParameters": {
          "type": "array",
          "items": {
            "$ref": "#/$defs/externalParameter"
          }
        },
        "materials": {
          "type": "array",
          "items": {
            "$ref": "#/$defs/material"
          }
        },
        "invocation": {
          "type": "string"
        },
        "startedOn": {
          "$ref": "#/$defs/time"
        },
        "finishedOn": {
          "$ref": "#/$defs/time"
        },
        "workflow": {
          "$ref": "#/$defs/workflow"
        },
        "triggerEvent": {
          "description": "What set the build off, by the platform's word.",
          "type": "string"
        },
        "runnerEnvironment": {
          "description": "`github-hosted` or `self-hosted`.",
          "type": "string"
        }
      }
    },
    "workflow": {
      "description": "Where the definition of a build was read from.",
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "repository": {
          "type": "string"
        },
        "ref": {
          "type": "string"
        },
        "path": {
          "type": "string"
        },
        "commit": {
          "type": "string"
        }
      }
    },
    "externalParameter": {
      "description": "A parameter from outside.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "name",
        "value"
      ],
      "properties": {
        "name": {
          "type": "string"
        },
        "value": {
          "type": "string"
        }
      }
    },
    "material": {
      "description": "What the build used.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "uri"
      ],
      "properties": {
        "uri": {
          "type": "string"
        },
        "digests": {
          "description": "Algorithm to hexadecimal digits.",
          "type": "object",
          "additionalProperties": {
            "type": "string"
          }
        }
      }
    },
    "base": {
      "description": "An approved base image.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "digest"
      ],
      "properties": {
        "digest": {
          "$ref": "#/$defs/digest",
          "description": "As the policy names it."
        },
        "platforms": {
          "type": "array",
          "items": {
            "$ref": "#/$defs/basePlatform"
          }
        },
        "unread": {
          "$ref": "#/$defs/unread"
        }
      },
      "oneOf": [
        {
          "required": [
            "platforms"
          ]
        },
        {
          "required": [
            "unread"
          ]
        }
      ]
    },
    "basePlatform": {
      "description": "One platform of a base image.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "digest",
        "platform",
        "diffIDs",
        "nonEmptyLayers"
      ],
      "properties": {
        "digest": {
          "$ref": "#/$defs/digest"
        },
        "platform": {
          "$ref": "#/$defs/platform"
        },
        "diffIDs": {
          "$ref": "#/$defs/digests",
          "description": "`rootfs.diff_ids`, lowest first."
        },
        "nonEmptyLayers": {
          "type": "integer",
          "minimum": 0
        }
      }
    },
    "judgedBase": {
      "description": "What one policy says of one base image.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "digest",
        "repository",
        "policy",
        "verdict"
      ],
      "properties": {
        "digest": {
          "$ref": "#/$defs/digest",
          "description": "As the rule names it."
        },
        "repository": {
          "description": "As the rule names it.",
          "type": "string"
        },
        "policy": {
          "description": "`source/name`.",
          "type": "string",
          "pattern": "^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?/[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$"
        },
        "verdict": {
          "enum": [
            "admit",
            "reject",
            "undecided"
          ]
        },
        "headline": {
          "$ref": "#/$defs/unread",
          "description": "Why it is not admitted; exactly where it is not."
        },
        "created": {
          "description": "When each platform was made, as signed content says.",
          "type": "array",
          "items": {
            "$ref": "#/$defs/creationTime"
          }
        },
        "evidence": {
          "$ref": "#/$defs/digests",
          "description": "By which it is admitted."
        }
      },
      "if": {
        "properties": {
          "verdict": {
            "const": "admit"
          }
        }
      },
      "then": {
        "properties": {
          "headline": false
        }
      },
      "else": {
        "required": [
          "headline"
        ]
      }
    },
    "creationTime": {
      "description": "When one platform of a base image was made.",
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "platform": {
          "$ref": "#/$defs/platform"
        },
        "at": {
          "$ref": "#/$defs/time",
          "description": "Left out where nothing signed says."
        }
      }
    },
    "breakGlass": {
      "description": "A break-glass pass with verified signatures.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "pass",
        "id",
        "image",
        "namespace",
        "notBefore",
        "expires",
        "reason",
        "signers"
      ],
      "properties": {
        "pass": {
          "$ref": "#/$defs/digest",
          "description": "Of the signed bytes."
        },
        "id": {
          "type": "string",
          "minLength": 1
        },
        "image": {
          "$ref": "#/$defs/digest"
        },
        "namespace": {
          "type": "string",
          "minLength": 1
        },
        "notBefore": {
          "$ref": "#/$defs/time"
        },
        "expires": {
          "$ref": "#/$defs/time"
        },
        "reason": {
          "type": "string",
          "minLength": 1
        },
        "ticket": {
          "type": "string",
          "minLength": 1
        },
        "signers": {
          "$ref": "#/$defs/signers"
        }
      }
    }
  }
}

"""#

    private static let explainedDecision = #"""
{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "$id": "https://landwaiter.dev/schemas/v1/explained-decision.schema.json",
  "title": "ExplainedDecision",
  "description": "What `landwaiter verify --explain --output json` writes: the record, as `--output json` alone writes it, and beside it every rule against every piece of evidence.",
  "type": "object",
  "additionalProperties": false,
  "required": ["record", "explanation"],
  "properties": {
    "record": {"description": "By admission-record.schema.json.", "type": "object"},
    "explanation": {
      "type": "object",
      "additionalProperties": false,
      "required": ["schemaVersion", "rules", "refused"],
      "properties": {
        "schemaVersion": {"const": 1},
        "rules": {
          "description": "In the order of the record's rules; the alternatives of `anyOf` follow their rule. Empty where the image could not be judged.",
          "type": "array",
          "items": {"$ref": "#/$defs/rule"}
        },
        "refused": {
          "description": "Evidence that was refused before any rule saw it.",
          "type": "array",
          "items": {"$ref": "#/$defs/refused"}
        }
      }
    }
  },
  "$defs": {
    "digest": {"type": "string", "pattern": "^sha(256|384|512):[0-9a-f]+$"},
    "code": {"type": "string", "pattern": "^[a-z0-9-]+[.][a-z0-9-]+$"},
    "texts": {"type": "array", "items": {"type": "string"}},
    "rule": {
      "type": "object",
      "additionalProperties": false,
      "required": ["policy", "rule", "kind", "on", "subject", "outcome", "findings", "candidates"],
      "properties": {
        "policy": {"type": "string", "description": "`source/name`"},
        "rule": {
          "type": "string",
          "description": "The rule's id; for a rule of an alternative, `rule/alternative` or `rule/alternative/part`."
        },
        "kind": {"enum": ["require", "deny"]},
        "on": {"type": "string"},
        "subject": {"$ref": "#/$defs/digest"},
        "platform": {"type": "string"},
        "outcome": {"enum": ["holds", "fails", "undecided", "waived"]},
        "summary": {"type": "string", "description": "What was shown, where it holds."},
        "findings": {
          "type": "array",
          "items": {
            "type": "object",
            "additionalProperties": false,
            "required": ["code", "message"],
            "properties": {"code": {"$ref": "#/$defs/code"}, "message": {"type": "string"}}
          }
        },
        "mend": {"type": "string", "description": "The smallest change that would make the rule hold."},
        "candidates": {
          "description": "Every piece of verified evidence of the kind that the rule asks about, the closest first.",
          "type": "array",
          "items": {"$ref": "#/$defs/candidate"}
        }
      }
    },
    "candidate": {
      "type": "object",
      "additionalProperties": false,
      "required": ["evidence", "what", "signers", "matched", "misses"],
      "properties": {
        "evidence": {
          "description": "Copies of one statement are one candidate.",
          "type": "array",
          "minItems": 1,
          "items": {"$ref": "#/$defs/digest"}
        },
        "what": {"type": "string", "description": "`signature`, or the predicate type."},
        "signers": {"$ref": "#/$defs/texts"},
        "matched": {"$ref": "#/$defs/texts", "description": "The conditions that it meets."},
        "misses": {
          "description": "The conditions that it does not meet.",
          "type": "array",
          "items": {
            "type": "object",
            "additionalProperties": false,
            "required": ["code", "message", "mend"],
            "properties": {
              "code": {"$ref": "#/$defs/code"},
              "message": {"type": "string"},
              "mend": {"type": "string"}
            }
          }
        },
        "note": {"type": "string", "description": "What keeps it from being enough although it misses nothing."}
      }
    },
    "refused": {
      "type": "object",
      "additionalProperties": false,
      "required": ["origin", "why", "code", "message", "mend"],
      "properties": {
        "evidence": {"$ref": "#/$defs/digest"},
        "origin": {"type": "string"},
        "why": {
          "enum": [
            "wrong-subject", "wrong-signer", "unsigned", "unsupported", "absent", "beyond-limit", "unrelated", "malformed"
          ]
        },
        "code": {"$ref": "#/$defs/code"},
        "message": {"type": "string"},
        "mend": {"type": "string"}
      }
    }
  }
}

"""#

    private static let policyCheck = #"""
{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "$id": "https://landwaiter.dev/schemas/v1/policy-check.schema.json",
  "title": "PolicyCheck",
  "description": "What `landwaiter policy check --output json` writes about policies that load.",
  "type": "object",
  "additionalProperties": false,
  "required": ["schemaVersion", "warnings", "policies", "guardrails", "exceptions", "policyDigest"],
  "properties": {
    "schemaVersion": {"const": 1},
    "warnings": {
      "description": "Sorted by file, line and column.",
      "type": "array",
      "items": {
        "type": "object",
        "additionalProperties": false,
        "required": ["code", "file", "line", "column", "message", "mend"],
        "properties": {
          "code": {"type": "string", "pattern": "^lint\\.[a-z-]+$"},
          "file": {"type": "string"},
          "line": {"type": "integer", "minimum": 1},
          "column": {"type": "integer", "minimum": 1},
          "message": {"type": "string"},
          "mend": {"type": "string"}
        }
      }
    },
    "policies": {"description": "`source/name` of each, sorted.", "type": "array", "items": {"type": "string"}},
    "guardrails": {"description": "`source/name` of each, sorted.", "type": "array", "items": {"type": "string"}},
    "exceptions": {"description": "`source/name` of each, sorted.", "type": "array", "items": {"type": "string"}},
    "policyDigest": {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"}
  }
}

"""#

    private static let policyDiff = #"""
{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "$id": "https://landwaiter.dev/schemas/v1/policy-diff.schema.json",
  "title": "PolicyDiff",
  "description": "What `landwaiter policy diff --output json` writes: the decisions that two sets of policies take differently.",
  "type": "object",
  "additionalProperties": false,
  "required": ["schemaVersion", "oldPolicyDigest", "newPolicyDigest", "decided", "changes", "undecidable"],
  "properties": {
    "schemaVersion": {"const": 1},
    "oldPolicyDigest": {"$ref": "#/$defs/digest"},
    "newPolicyDigest": {"$ref": "#/$defs/digest"},
    "decided": {"description": "How many requests both have decided.", "type": "integer", "minimum": 0},
    "changes": {
      "description": "In the order of the list of images or records.",
      "type": "array",
      "items": {"$ref": "#/$defs/change"}
    },
    "undecidable": {
      "description": "Requests whose image could not be had.",
      "type": "array",
      "items": {
        "type": "object",
        "additionalProperties": false,
        "required": ["subject", "code", "message"],
        "properties": {
          "subject": {"type": "string"},
          "namespace": {"type": "string"},
          "code": {"$ref": "#/$defs/code"},
          "message": {"type": "string"}
        }
      }
    }
  },
  "$defs": {
    "digest": {"type": "string", "pattern": "^sha(256|384|512):[0-9a-f]{64,128}$"},
    "code": {"description": "A reason code.", "type": "string", "pattern": "^[a-z-]+\\.[a-z0-9-]+$"},
    "change": {
      "type": "object",
      "additionalProperties": false,
      "required": ["subject", "at", "teams", "old", "new"],
      "properties": {
        "subject": {"description": "The image as it was asked for.", "type": "string"},
        "reference": {"type": "string"},
        "namespace": {"type": "string"},
        "at": {"type": "string", "format": "date-time"},
        "digest": {"$ref": "#/$defs/digest"},
        "teams": {
          "description": "The sources of the policies that object now, or that did before where nothing does any more.",
          "type": "array",
          "items": {"type": "string"}
        },
        "old": {"$ref": "#/$defs/decision"},
        "new": {"$ref": "#/$defs/decision"}
      }
    },
    "decision": {
      "type": "object",
      "additionalProperties": false,
      "required": ["verdict", "blocked", "stage", "policies"],
      "properties": {
        "verdict": {"enum": ["admit", "reject", "undecided"]},
        "blocked": {"description": "What a gate that follows stages does.", "type": "boolean"},
        "stage": {"enum": ["observe", "warn", "pilot", "enforce"]},
        "code": {"$ref": "#/$defs/code"},
        "message": {"type": "string"},
        "expected": {"type": "string"},
        "found": {"type": "string"},
        "rule": {"description": "`source/policy#rule`", "type": "string"},
        "policies": {
          "description": "`source/name` of those that do not admit, sorted.",
          "type": "array",
          "items": {"type": "string"}
        }
      }
    }
  }
}

"""#

    private static let policyTestReport = #"""
{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "$id": "https://landwaiter.dev/schemas/v1/policy-test-report.schema.json",
  "title": "PolicyTestReport",
  "description": "What `landwaiter policy test --output json` writes. docs/policy.md explains what coverage counts.",
  "type": "object",
  "additionalProperties": false,
  "required": ["schemaVersion", "cases", "passed", "failed"],
  "properties": {
    "schemaVersion": {"const": 1},
    "cases": {
      "description": "In the order in which they ran.",
      "type": "array",
      "items": {"$ref": "#/$defs/case"}
    },
    "passed": {"$ref": "#/$defs/count"},
    "failed": {"$ref": "#/$defs/count"},
    "coverage": {"$ref": "#/$defs/coverage"}
  },
  "$defs": {
    "count": {"type": "integer", "minimum": 0},
    "texts": {"type": "array", "items": {"type": "string"}},
    "verdict": {"enum": ["admit", "reject", "undecided"]},
    "case": {
      "type": "object",
      "additionalProperties": false,
      "required": ["test", "case", "file", "line", "passed", "expected", "verdict", "codes", "differences"],
      "properties": {
        "test": {"type": "string"},
        "case": {"type": "string"},
        "file": {"type": "string"},
        "line": {"$ref": "#/$defs/count"},
        "passed": {"type": "boolean"},
        "expected": {"$ref": "#/$defs/verdict"},
        "verdict": {"$ref": "#/$defs/verdict"},
        "codes": {"$ref": "#/$defs/texts", "description": "Reason codes that were found, sorted."},
        "differences": {"$ref": "#/$defs/texts", "description": "One line for each expectation that was not met."}
      }
    },
    "coverage": {
      "description": "With `--coverage` or `--require-coverage`.",
      "type": "object",
      "additionalProperties": false,
      "required": ["rules", "covered", "total", "percent"],
      "properties": {
        "rules": {
          "description": "Sorted by file and place.",
          "type": "array",
          "items": {"$ref": "#/$defs/rule"}
        },
        "covered": {"$ref": "#/$defs/count"},
        "total": {"$ref": "#/$defs/count"},
        "percent": {"type": "integer", "minimum": 0, "maximum": 100}
      }
    },
    "rule": {
      "type": "object",
      "additionalProperties": false,
      "required": [
        "file", "line", "documentKind", "document", "rule", "kind", "passing", "failing", "uncounted", "covered"
      ],
      "properties": {
        "file": {"type": "string"},
        "line": {"$ref": "#/$defs/count"},
        "documentKind": {"enum": ["AdmissionPolicy", "Guardrail"]},
        "document": {"type": "string", "description": "The document's name."},
        "rule": {"type": "string", "description": "The rule's id; for an alternative of `anyOf`, `rule/alternative`."},
        "kind": {"enum": ["require", "deny"]},
        "passing": {"$ref": "#/$defs/texts", "description": "`test: case`"},
        "failing": {"$ref": "#/$defs/texts", "description": "`test: case`"},
        "uncounted": {
          "$ref": "#/$defs/texts",
          "description": "Cases in which it fails that don't count as failing cases, each with why."
        },
        "covered": {"type": "boolean"}
      }
    }
  }
}

"""#

    private static let policyTest = #"""
{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "$id": "https://landwaiter.dev/schemas/v1/policy-test.schema.json",
  "title": "PolicyTest",
  "description": "A test of policies: images or evidence, and what the policies have to say of them. docs/policy.md explains each field.",
  "type": "object",
  "additionalProperties": false,
  "required": [
    "apiVersion",
    "kind",
    "metadata",
    "spec"
  ],
  "properties": {
    "apiVersion": {
      "const": "landwaiter.dev/v1"
    },
    "kind": {
      "const": "PolicyTest"
    },
    "metadata": {
      "$ref": "#/$defs/testMetadata"
    },
    "spec": {
      "$ref": "#/$defs/testSpec"
    }
  },
  "$defs": {
    "name": {
      "description": "1 to 63 lower-case letters, digits, `-`, `_` and `.`; the first and last a letter or digit.",
      "type": "string",
      "pattern": "^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$"
    },
    "text": {
      "description": "Text on one line.",
      "type": "string",
      "minLength": 1,
      "pattern": "^[^\\u0000-\\u001f\\u007f]+$"
    },
    "time": {
      "description": "A time of RFC 3339.",
      "type": "string",
      "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})$"
    },
    "testMetadata": {
      "description": "Which test this is.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "name"
      ],
      "properties": {
        "name": {
          "$ref": "#/$defs/name"
        },
        "owner": {
          "$ref": "#/$defs/text",
          "description": "For people."
        }
      }
    },
    "testSpec": {
      "description": "The policies and what they have to say.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "policies",
        "cases"
      ],
      "properties": {
        "policies": {
          "description": "Files or directories with the policies and exceptions under test.",
          "type": "array",
          "minItems": 1,
          "maxItems": 1000,
          "items": {
            "$ref": "#/$defs/testSourceOrPath"
          },
          "uniqueItems": true
        },
        "cases": {
          "description": "With distinct names.",
          "type": "array",
          "minItems": 1,
          "maxItems": 1000,
          "items": {
            "$ref": "#/$defs/testCase"
          }
        },
        "guardrails": {
          "description": "Files or directories with guardrails, which no other source may carry. Unnamed, the source is `guardrails`.",
          "type": "array",
          "minItems": 1,
          "maxItems": 1000,
          "items": {
            "$ref": "#/$defs/testSourceOrPath"
          },
          "uniqueItems": true
        }
      }
    },
    "testCase": {
      "description": "One image, plain file or evidence document, and the expected outcome.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "name",
        "at",
        "expect"
      ],
      "properties": {
        "name": {
          "$ref": "#/$defs/text"
        },
        "at": {
          "$ref": "#/$defs/time",
          "description": "The decision's instant."
        },
        "expect": {
          "$ref": "#/$defs/expectation"
        },
        "as": {
          "$ref": "#/$defs/text",
          "description": "The name and tag under which the image or file is judged."
        },
        "namespace": {
          "$ref": "#/$defs/text",
          "description": "Left out: a request without a namespace."
        },
        "evidenceFiles": {
          "description": "Files or directories with evidence beside the image's own, or about the file; not with `evidence`.",
          "type": "array",
          "minItems": 1,
          "maxItems": 1000,
          "items": {
            "$ref": "#/$defs/text"
          },
          "uniqueItems": true
        },
        "base": {
          "description": "Images in which approved bases are found; with `image` only.",
          "type": "array",
          "minItems": 1,
          "maxItems": 1000,
          "items": {
            "$ref": "#/$defs/text"
          },
          "uniqueItems": true
        },
        "trustedRoots": {
          "description": "Files whose certificates, logs and timestamps are believed, as `verify --trusted-root` takes them; with `image` or `artifact` only.",
          "type": "array",
          "minItems": 1,
          "maxItems": 1000,
          "items": {
            "$ref": "#/$defs/text"
          },
          "uniqueItems": true
        },
        "image": {
          "$ref": "#/$defs/text",
          "description": "Transport and path, relative to this file: `oci:images/ledger:v1`."
        },
        "artifact": {
          "$ref": "#/$defs/text",
          "description": "A plain file, relative to this file, or its digest: `sha256:…`."
        },
        "evidence": {
          "$ref": "#/$defs/text",
          "description": "A file with an evidence document (docs/evidence-document.schema.json), relative to this file."
        }
      },
      "oneOf": [
        {
          "required": [
            "image"
          ]
        },
        {
          "required": [
            "artifact"
          ]
        },
        {
          "required": [
            "evidence"
          ]
        }
      ],
      "if": {
        "required": [
          "image"
        ]
      },
      "else": {
        "properties": {
          "base": false
        },
        "if": {
          "required": [
            "evidence"
          ]
        },
        "then": {
          "properties": {
            "evidenceFiles": false,
            "trustedRoots": false
          }
        }
      }
    },
    "expectation": {
      "description": "The expected outcome.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "verdict"
      ],
      "properties": {
        "verdict": {
          "enum": [
            "admit",
            "reject",
            "undecided"
          ]
        },
        "reasons": {
          "description": "Reason codes that have to be among the findings; not with `admit`.",
          "type": "array",
          "minItems": 1,
          "maxItems": 1000,
          "items": {
            "type": "string",
            "pattern": "^[a-z0-9-]+\\.[a-z0-9-]+$"
          },
          "uniqueItems": true
        },
        "rules": {
          "description": "Rules that must not hold: `rule`, `policy#rule` or `source/policy#rule`; not with `admit`.",
          "type": "array",
          "minItems": 1,
          "maxItems": 1000,
          "items": {
            "$ref": "#/$defs/text"
          },
          "uniqueItems": true
        }
      },
      "if": {
        "properties": {
          "verdict": {
            "const": "admit"
          }
        }
      },
      "then": {
        "properties": {
          "reasons": false,
          "rules": false
        }
      }
    },
    "testSourceOrPath": {
      "oneOf": [
        {
          "$ref": "#/$defs/text"
        },
        {
          "$ref": "#/$defs/testSource"
        }
      ]
    },
    "testSource": {
      "description": "A file or directory under the name of a source.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "source",
        "path"
      ],
      "properties": {
        "source": {
          "$ref": "#/$defs/name"
        },
        "path": {
          "$ref": "#/$defs/text"
        }
      }
    }
  }
}

"""#

    private static let policy = #"""
{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "$id": "https://landwaiter.dev/schemas/v1/policy.schema.json",
  "title": "AdmissionPolicy, Guardrail, Exception",
  "description": "The documents of a policy file. A team's policy says for which namespaces and images it speaks, whom it trusts, what has to hold and what is denied; a guardrail bounds policies; an exception waives one rule for a time. docs/policy.md explains each field.",
  "type": "object",
  "additionalProperties": false,
  "required": [
    "apiVersion",
    "kind",
    "metadata",
    "spec"
  ],
  "properties": {
    "apiVersion": {
      "const": "landwaiter.dev/v1"
    },
    "kind": {
      "enum": [
        "AdmissionPolicy",
        "Guardrail",
        "Exception"
      ]
    },
    "metadata": {
      "type": "object"
    },
    "spec": {
      "type": "object"
    }
  },
  "oneOf": [
    {
      "$ref": "#/$defs/asAdmissionPolicy"
    },
    {
      "$ref": "#/$defs/asGuardrail"
    },
    {
      "$ref": "#/$defs/asException"
    }
  ],
  "$defs": {
    "name": {
      "description": "1 to 63 lower-case letters, digits, `-`, `_` and `.`; the first and last a letter or digit.",
      "type": "string",
      "pattern": "^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$"
    },
    "text": {
      "description": "Text on one line.",
      "type": "string",
      "minLength": 1,
      "pattern": "^[^\\u0000-\\u001f\\u007f]+$"
    },
    "glob": {
      "description": "A pattern over the whole text: `*` within a component, `**` for whole components, `?` for one character. No regular expression.",
      "type": "string",
      "minLength": 1,
      "maxLength": 1024,
      "pattern": "^[^\\[\\]{}\\\\^$()|\\u0000-\\u001f]+$"
    },
    "globs": {
      "description": "Alternatives: one of them has to match.",
      "type": "array",
      "minItems": 1,
      "maxItems": 1000,
      "items": {
        "$ref": "#/$defs/glob"
      },
      "uniqueItems": true
    },
    "digest": {
      "type": "string",
      "pattern": "^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$"
    },
    "platform": {
      "description": "`os/architecture` or `os/architecture/variant`.",
      "type": "string",
      "pattern": "^[a-z0-9._-]+/[a-z0-9._-]+(/[a-z0-9._-]+)?$"
    },
    "duration": {
      "description": "A whole number above 0 and `s`, `m`, `h` or `d`: `90m`, `30d`.",
      "type": "string",
      "pattern": "^(?=.*[1-9])[0-9]{1,9}[smhd]$"
    },
    "time": {
      "description": "A time of RFC 3339.",
      "type": "string",
      "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})$"
    },
    "metadata": {
      "description": "Who the policy is.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "name",
        "owner"
      ],
      "properties": {
        "name": {
          "$ref": "#/$defs/name"
        },
        "owner": {
          "$ref": "#/$defs/text",
          "description": "For people; grants nothing."
        }
      }
    },
    "spec": {
      "description": "What the policy says.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "enforcement",
        "scope",
        "require"
      ],
      "properties": {
        "enforcement": {
          "$ref": "#/$defs/enforcement"
        },
        "scope": {
          "$ref": "#/$defs/scope"
        },
        "require": {
          "description": "Every one has to hold. Ids are unique within the policy.",
          "type": "array",
          "minItems": 1,
          "maxItems": 200,
          "items": {
            "$ref": "#/$defs/requirement"
          }
        },
        "signers": {
          "description": "Those whose signatures count, under the names that rules use.",
          "type": "object",
          "minProperties": 1,
          "maxProperties": 200,
          "propertyNames": {
            "$ref": "#/$defs/name"
          },
          "additionalProperties": {
            "$ref": "#/$defs/signer"
          }
        },
        "deny": {
          "description": "One that matches, or can't be judged, rejects.",
          "type": "array",
          "minItems": 1,
          "maxItems": 200,
          "items": {
            "$ref": "#/$defs/denial"
          }
        }
      }
    },
    "enforcement": {
      "description": "What a gate does about a verdict other than admit.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "stage"
      ],
      "properties": {
        "stage": {
          "enum": [
            "observe",
            "warn",
            "pilot",
            "enforce"
          ]
        },
        "percent": {
          "description": "Of namespaces; with `pilot` only.",
          "type": "integer",
          "minimum": 1,
          "maximum": 100
        }
      },
      "if": {
        "properties": {
          "stage": {
            "const": "pilot"
          }
        }
      },
      "then": {
        "required": [
          "percent"
        ]
      },
      "else": {
        "properties": {
          "percent": false
        }
      }
    },
    "scope": {
      "description": "Which requests the policy speaks about.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "namespaces",
        "images"
      ],
      "properties": {
        "namespaces": {
          "description": "One has to match.",
          "type": "array",
          "minItems": 1,
          "maxItems": 1000,
          "items": {
            "$ref": "#/$defs/glob",
            "description": "A namespace, which holds no `/`; `**` also means requests without one."
          },
          "uniqueItems": true
        },
        "images": {
          "description": "One has to match.",
          "type": "array",
          "minItems": 1,
          "maxItems": 1000,
          "items": {
            "$ref": "#/$defs/glob",
            "description": "Over `registry/repository`, without tag and digest; `**` also means images without a stated name.",
            "pattern": "^([^@:]|:(?=[^@:]*/))+$"
          },
          "uniqueItems": true
        }
      }
    },
    "signer": {
      "description": "Someone whose signatures count. Exactly one kind.",
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "reference": {
          "description": "How the name in a simple-signing signature is compared with the request; not compared without it.",
          "enum": [
            "exact",
            "repository"
          ]
        },
        "key": {
          "$ref": "#/$defs/keySigner"
        },
        "github": {
          "$ref": "#/$defs/githubSigner"
        },
        "gitlab": {
          "$ref": "#/$defs/gitlabSigner"
        },
        "google": {
          "$ref": "#/$defs/googleSigner"
        },
        "spiffe": {
          "$ref": "#/$defs/spiffeSigner"
        },
        "email": {
          "$ref": "#/$defs/emailSigner"
        },
        "uri": {
          "$ref": "#/$defs/uriSigner"
        },
        "x509": {
          "$ref": "#/$defs/x509Signer"
        }
      },
      "oneOf": [
        {
          "required": [
            "key"
          ]
        },
        {
          "required": [
            "github"
          ]
        },
        {
          "required": [
            "gitlab"
          ]
        },
        {
          "required": [
            "google"
          ]
        },
        {
          "required": [
            "spiffe"
          ]
        },
        {
          "required": [
            "email"
          ]
        },
        {
          "required": [
            "uri"
          ]
        },
        {
          "required": [
            "x509"
          ]
        }
      ]
    },
    "keySigner": {
      "description": "A public key; or the keys of one signer, one after the other; or a directory of keys, each a signer for thresholds.",
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "file": {
          "$ref": "#/$defs/text",
          "description": "A PEM file, relative to the policy file, below the directory from which the policy is loaded."
        },
        "schemes": {
          "description": "Under which signatures of this key count; the usual ones of its kind without it.",
          "type": "array",
          "minItems": 1,
          "maxItems": 1000,
          "items": {
            "enum": [
              "ecdsa-sha256",
              "ecdsa-sha384",
              "ecdsa-sha512",
              "ed25519",
              "rsa-pkcs1-sha256",
              "rsa-pkcs1-sha384",
              "rsa-pkcs1-sha512",
              "rsa-pss-sha256",
              "rsa-pss-sha384",
              "rsa-pss-sha512"
            ]
          },
          "uniqueItems": true
        },
        "validFrom": {
          "$ref": "#/$defs/time",
          "description": "First second in which signatures count."
        },
        "validUntil": {
          "$ref": "#/$defs/time",
          "description": "Last second in which signatures count."
        },
        "compromisedAt": {
          "$ref": "#/$defs/time",
          "description": "From then on signatures may be somebody else's: without a verified time none counts."
        },
        "insecureCloudBuildLocation": {
          "$ref": "#/$defs/cloudBuildLocation"
        },
        "rotation": {
          "description": "One signer, whichever of these keys signed.",
          "type": "array",
          "minItems": 1,
          "maxItems": 200,
          "items": {
            "$ref": "#/$defs/rotatedKey"
          }
        },
        "directory": {
          "$ref": "#/$defs/text",
          "description": "Every `.pub` and `.pem` file in it, not below it. Each key counts as a signer of its own."
        }
      },
      "oneOf": [
        {
          "required": [
            "file"
          ]
        },
        {
          "required": [
            "rotation"
          ]
        },
        {
          "required": [
            "directory"
          ]
        }
      ],
      "dependentRequired": {
        "schemes": [
          "file"
        ],
        "validFrom": [
          "file"
        ],
        "validUntil": [
          "file"
        ],
        "compromisedAt": [
          "file"
        ],
        "insecureCloudBuildLocation": [
          "file"
        ]
      }
    },
    "rotatedKey": {
      "description": "A key of a rotation.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "file"
      ],
      "properties": {
        "file": {
          "$ref": "#/$defs/text",
          "description": "A PEM file, relative to the policy file, below the directory from which the policy is loaded."
        },
        "schemes": {
          "description": "Under which signatures of this key count; the usual ones of its kind without it.",
          "type": "array",
          "minItems": 1,
          "maxItems": 1000,
          "items": {
            "enum": [
              "ecdsa-sha256",
              "ecdsa-sha384",
              "ecdsa-sha512",
              "ed25519",
              "rsa-pkcs1-sha256",
              "rsa-pkcs1-sha384",
              "rsa-pkcs1-sha512",
              "rsa-pss-sha256",
              "rsa-pss-sha384",
              "rsa-pss-sha512"
            ]
          },
          "uniqueItems": true
        },
        "validFrom": {
          "$ref": "#/$defs/time",
          "description": "First second in which signatures count."
        },
        "validUntil": {
          "$ref": "#/$defs/time",
          "description": "Last second in which signatures count."
        },
        "compromisedAt": {
          "$ref": "#/$defs/time",
          "description": "From then on signatures may be somebody else's: without a verified time none counts."
        },
        "insecureCloudBuildLocation": {
          "$ref": "#/$defs/cloudBuildLocation"
        }
      }
    },
    "cloudBuildLocation": {
      "description": "The location of Google Cloud whose key of Cloud Build this is. Its signatures are over the payload alone, without its type: insecure, so guardrails have to permit it.",
      "type": "string",
      "pattern": "^[a-z0-9-]{1,63}$"
    },
    "githubSigner": {
      "description": "A GitHub Actions workflow. Every field that is given has to hold.",
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "repository": {
          "$ref": "#/$defs/pathPattern",
          "description": "`owner/name` of the repository whose run signed."
        },
        "repositoryId": {
          "$ref": "#/$defs/pathPattern",
          "description": "Its number, which stays when it is renamed."
        },
        "owner": {
          "$ref": "#/$defs/pathPattern",
          "description": "The account or organisation that the repository belongs to."
        },
        "ownerId": {
          "$ref": "#/$defs/pathPattern",
          "description": "Its number."
        },
        "workflow": {
          "$ref": "#/$defs/pathPattern",
          "description": "The file whose instructions signed, with its repository: `owner/name/.github/workflows/build.yml`. With a reusable workflow this one, not its caller."
        },
        "workflowRef": {
          "$ref": "#/$defs/pathPattern",
          "description": "The full ref at which that file was taken: `refs/tags/v1`; a commit, where the caller names one."
        },
        "workflowCommit": {
          "$ref": "#/$defs/pathPattern",
          "description": "Its commit."
        },
        "callerWorkflow": {
          "$ref": "#/$defs/pathPattern",
          "description": "The file of the run's top-level workflow."
        },
        "callerWorkflowRef": {
          "$ref": "#/$defs/pathPattern",
          "description": "The full ref of that file."
        },
        "trigger": {
          "$ref": "#/$defs/pathPattern",
          "description": "The event that started the run: `push`."
        },
        "runner": {
          "$ref": "#/$defs/pathPattern",
          "description": "`github-hosted` or `self-hosted`."
        },
        "environment": {
          "$ref": "#/$defs/identityPattern",
          "description": "The deployment environment of the job."
        },
        "visibility": {
          "$ref": "#/$defs/pathPattern",
          "description": "Of the repository when it signed: `public`, `private` or `internal`."
        },
        "enterprise": {
          "description": "Short name of the enterprise that has an issuer of its own.",
          "type": "string",
          "pattern": "^[A-Za-z0-9-]{1,63}$"
        },
        "tenant": {
          "description": "Subdomain of ghe.com, of an enterprise with data residency.",
          "type": "string",
          "pattern": "^[A-Za-z0-9-]{1,63}$"
        },
        "trustedRoot": {
          "$ref": "#/$defs/text",
          "description": "Name of the only Sigstore trusted root under which the certificate counts."
        }
      },
      "anyOf": [
        {
          "required": [
            "repository"
          ]
        },
        {
          "required": [
            "repositoryId"
          ]
        },
        {
          "required": [
            "owner"
          ]
        },
        {
          "required": [
            "ownerId"
          ]
        }
      ],
      "not": {
        "required": [
          "enterprise",
          "tenant"
        ]
      }
    },
    "gitlabSigner": {
      "description": "A GitLab CI/CD pipeline. Every field that is given has to hold.",
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "project": {
          "$ref": "#/$defs/pathPattern",
          "description": "`group/project` whose job signed."
        },
        "projectId": {
          "$ref": "#/$defs/pathPattern",
          "description": "Its number."
        },
        "namespace": {
          "$ref": "#/$defs/pathPattern",
          "description": "The group or user that the project belongs to."
        },
        "namespaceId": {
          "$ref": "#/$defs/pathPattern",
          "description": "Its number."
        },
        "config": {
          "$ref": "#/$defs/pathPattern",
          "description": "The pipeline's definition, with its project: `group/project//.gitlab-ci.yml`."
        },
        "configRef": {
          "$ref": "#/$defs/pathPattern",
          "description": "The full ref at which it was taken."
        },
        "configCommit": {
          "$ref": "#/$defs/pathPattern",
          "description": "Its commit."
        },
        "trigger": {
          "$ref": "#/$defs/pathPattern",
          "description": "What started the pipeline: `push`."
        },
        "runner": {
          "$ref": "#/$defs/pathPattern",
          "description": "`gitlab-hosted` or `self-hosted`."
        },
        "environment": {
          "$ref": "#/$defs/identityPattern",
          "description": "The deployment environment of the job."
        },
        "visibility": {
          "$ref": "#/$defs/pathPattern",
          "description": "Of the project when it signed: `public`, `private` or `internal`."
        },
        "server": {
          "description": "Origin of the instance; gitlab.com without it.",
          "type": "string",
          "pattern": "^https://[a-z0-9.:-]+$"
        },
        "trustedRoot": {
          "$ref": "#/$defs/text",
          "description": "Name of the only Sigstore trusted root under which the certificate counts."
        }
      },
      "anyOf": [
        {
          "required": [
            "project"
          ]
        },
        {
          "required": [
            "projectId"
          ]
        },
        {
          "required": [
            "namespace"
          ]
        },
        {
          "required": [
            "namespaceId"
          ]
        }
      ]
    },
    "googleSigner": {
      "description": "A person's or a service account of Google.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "account"
      ],
      "properties": {
        "account": {
          "$ref": "#/$defs/identityPattern",
          "description": "Its e-mail address."
        },
        "trustedRoot": {
          "$ref": "#/$defs/text",
          "description": "Name of the only Sigstore trusted root under which the certificate counts."
        }
      }
    },
    "emailSigner": {
      "description": "A person, by e-mail address.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "address",
        "issuer"
      ],
      "properties": {
        "address": {
          "$ref": "#/$defs/identityPattern",
          "description": "The address that the provider has confirmed."
        },
        "issuer": {
          "$ref": "#/$defs/text",
          "description": "The provider that identified the holder, as the certificate has it, byte for byte.",
          "pattern": "^(https?://|(?![Hh][Tt][Tt][Pp][Ss]?://))[^\\u0000-\\u0020\\u007f*]+$"
        },
        "trustedRoot": {
          "$ref": "#/$defs/text",
          "description": "Name of the only Sigstore trusted root under which the certificate counts."
        }
      }
    },
    "uriSigner": {
      "description": "A workload or service, by the URI of its certificate.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "uri",
        "issuer"
      ],
      "properties": {
        "uri": {
          "$ref": "#/$defs/identityPattern",
          "description": "The certificate's only name."
        },
        "issuer": {
          "$ref": "#/$defs/text",
          "description": "The provider that identified the holder, as the certificate has it, byte for byte.",
          "pattern": "^(https?://|(?![Hh][Tt][Tt][Pp][Ss]?://))[^\\u0000-\\u0020\\u007f*]+$"
        },
        "trustedRoot": {
          "$ref": "#/$defs/text",
          "description": "Name of the only Sigstore trusted root under which the certificate counts."
        }
      }
    },
    "spiffeSigner": {
      "description": "A SPIFFE workload (X509-SVID), by an organisation's own authorities.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "id",
        "validAt"
      ],
      "properties": {
        "id": {
          "description": "The certificate's only URI, in a trust domain that is written out.",
          "anyOf": [
            {
              "$ref": "#/$defs/spiffePattern"
            },
            {
              "type": "array",
              "minItems": 1,
              "maxItems": 1000,
              "items": {
                "$ref": "#/$defs/spiffePattern"
              },
              "uniqueItems": true
            },
            {
              "$ref": "#/$defs/regexPattern"
            }
          ]
        },
        "roots": {
          "description": "PEM files of certificates of authorities, relative to the policy file. Each is an anchor by itself.",
          "type": "array",
          "minItems": 1,
          "maxItems": 1000,
          "items": {
            "$ref": "#/$defs/text"
          },
          "uniqueItems": true
        },
        "trustBundles": {
          "description": "SPIFFE trust bundles of the trust domains that `id` names, today's and earlier ones. Each counts in its own time.",
          "type": "array",
          "minItems": 1,
          "maxItems": 200,
          "items": {
            "$ref": "#/$defs/trustBundle"
          },
          "uniqueItems": true
        },
        "validAt": {
          "description": "When the chain has to hold: at every time that is proven of the signature, at least one; or when the decision is made.",
          "enum": [
            "signing",
            "now"
          ]
        },
        "crls": {
          "description": "Files of revocation lists (PEM or DER), relative to the policy file. Where there are any, every certificate below an authority that is given needs one that says nothing of it.",
          "type": "array",
          "minItems": 1,
          "maxItems": 1000,
          "items": {
            "$ref": "#/$defs/text"
          },
          "uniqueItems": true
        },
        "insecureLeafRevocationOnly": {
          "description": "Whether the signer's own certificate alone needs a list, and no authority between it and the one that is given.",
          "type": "boolean"
        }
      },
      "dependentRequired": {
        "insecureLeafRevocationOnly": [
          "crls"
        ]
      },
      "oneOf": [
        {
          "required": [
            "roots"
          ]
        },
        {
          "required": [
            "trustBundles"
          ]
        }
      ]
    },
    "trustBundle": {
      "description": "A trust bundle, and when it counts, both ends included.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "trustDomain",
        "file"
      ],
      "properties": {
        "trustDomain": {
          "description": "Whose it is: a bundle does not say so.",
          "type": "string",
          "pattern": "^[a-z0-9._-]{1,255}$"
        },
        "file": {
          "description": "A JWK set (`.json`) or certificates (`.pem`), relative to the policy file.",
          "type": "string",
          "pattern": "\\.(json|pem)$"
        },
        "from": {
          "$ref": "#/$defs/time",
          "description": "First second in which it counts; from ever, if left out."
        },
        "until": {
          "$ref": "#/$defs/time",
          "description": "Last second in which it counts; without end, if left out."
        }
      }
    },
    "x509Signer": {
      "description": "A holder of a certificate of an organisation's own authorities. Every name that is given has to be there.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "roots",
        "usage",
        "validAt"
      ],
      "properties": {
        "roots": {
          "description": "PEM files of certificates of authorities, relative to the policy file. Each is an anchor by itself.",
          "type": "array",
          "minItems": 1,
          "maxItems": 1000,
          "items": {
            "$ref": "#/$defs/text"
          },
          "uniqueItems": true
        },
        "usage": {
          "description": "The extended key usage that the certificate has to name.",
          "type": "string",
          "pattern": "^(code-signing|client-auth|server-auth|(0|[1-9][0-9]*)(\\.(0|[1-9][0-9]*)){2,30})$"
        },
        "validAt": {
          "description": "When the chain has to hold: at every time that is proven of the signature, at least one; or when the decision is made.",
          "enum": [
            "signing",
            "now"
          ]
        },
        "uri": {
          "$ref": "#/$defs/identityPattern",
          "description": "One of its URIs."
        },
        "email": {
          "$ref": "#/$defs/identityPattern",
          "description": "One of its e-mail addresses."
        },
        "dns": {
          "$ref": "#/$defs/identityPattern",
          "description": "One of its DNS names."
        },
        "crls": {
          "description": "Files of revocation lists (PEM or DER), relative to the policy file. Where there are any, every certificate below an authority that is given needs one that says nothing of it.",
          "type": "array",
          "minItems": 1,
          "maxItems": 1000,
          "items": {
            "$ref": "#/$defs/text"
          },
          "uniqueItems": true
        },
        "insecureLeafRevocationOnly": {
          "description": "Whether the signer's own certificate alone needs a list, and no authority between it and the one that is given.",
          "type": "boolean"
        }
      },
      "dependentRequired": {
        "insecureLeafRevocationOnly": [
          "crls"
        ]
      },
      "anyOf": [
        {
          "required": [
            "uri"
          ]
        },
        {
          "required": [
            "email"
          ]
        },
        {
          "required": [
            "dns"
          ]
        }
      ]
    },
    "identityPattern": {
      "description": "A glob over the whole field, or a list of them of which one has to match, or a regular expression that is called insecure.",
      "anyOf": [
        {
          "$ref": "#/$defs/glob"
        },
        {
          "$ref": "#/$defs/globs"
        },
        {
          "$ref": "#/$defs/regexPattern"
        }
      ]
    },
    "pathPattern": {
      "description": "The same, without the server's address.",
      "anyOf": [
        {
          "$ref": "#/$defs/glob",
          "not": {
            "pattern": "://"
          }
        },
        {
          "$ref": "#/$defs/globs",
          "items": {
            "$ref": "#/$defs/glob",
            "not": {
              "pattern": "://"
            }
          }
        },
        {
          "$ref": "#/$defs/regexPattern"
        }
      ]
    },
    "spiffePattern": {
      "$ref": "#/$defs/glob",
      "pattern": "^spiffe://[^/*?]+(/.*)?$"
    },
    "regexPattern": {
      "description": "Anchored at both ends; every guardrail has to permit it.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "insecureRegex"
      ],
      "properties": {
        "insecureRegex": {
          "$ref": "#/$defs/text",
          "maxLength": 512
        }
      }
    },
    "on": {
      "description": "What the rule is about.",
      "oneOf": [
        {
          "enum": [
            "image",
            "each-platform"
          ]
        },
        {
          "$ref": "#/$defs/platformTarget"
        }
      ]
    },
    "platformTarget": {
      "description": "The runnable children of one platform.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "platform"
      ],
      "properties": {
        "platform": {
          "$ref": "#/$defs/platform"
        }
      }
    },
    "requirement": {
      "description": "One thing that has to hold. Exactly one kind of rule.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "id",
        "on"
      ],
      "properties": {
        "id": {
          "$ref": "#/$defs/name"
        },
        "on": {
          "$ref": "#/$defs/on"
        },
        "signature": {
          "$ref": "#/$defs/signatureRule"
        },
        "provenance": {
          "$ref": "#/$defs/provenanceRule"
        },
        "attestation": {
          "$ref": "#/$defs/attestationRule"
        },
        "baseImage": {
          "$ref": "#/$defs/baseImageRule"
        },
        "sbom": {
          "$ref": "#/$defs/sbomRule"
        },
        "components": {
          "$ref": "#/$defs/componentRule"
        },
        "licenses": {
          "$ref": "#/$defs/licenseRule"
        },
        "vulnerabilities": {
          "$ref": "#/$defs/vulnerabilityRule"
        },
        "image": {
          "$ref": "#/$defs/imageRule"
        },
        "anyOf": {
          "description": "Alternatives: one of them has to hold. Their ids are distinct.",
          "type": "array",
          "minItems": 2,
          "maxItems": 200,
          "items": {
            "$ref": "#/$defs/alternative"
          }
        }
      },
      "oneOf": [
        {
          "required": [
            "signature"
          ]
        },
        {
          "required": [
            "provenance"
          ]
        },
        {
          "required": [
            "attestation"
          ]
        },
        {
          "required": [
            "baseImage"
          ]
        },
        {
          "required": [
            "sbom"
          ]
        },
        {
          "required": [
            "components"
          ]
        },
        {
          "required": [
            "licenses"
          ]
        },
        {
          "required": [
            "vulnerabilities"
          ]
        },
        {
          "required": [
            "image"
          ]
        },
        {
          "required": [
            "anyOf"
          ]
        }
      ]
    },
    "alternative": {
      "description": "One way in which a requirement may hold: one rule, or several that all have to hold.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "id"
      ],
      "properties": {
        "id": {
          "$ref": "#/$defs/name"
        },
        "signature": {
          "$ref": "#/$defs/signatureRule"
        },
        "provenance": {
          "$ref": "#/$defs/provenanceRule"
        },
        "attestation": {
          "$ref": "#/$defs/attestationRule"
        },
        "baseImage": {
          "$ref": "#/$defs/baseImageRule"
        },
        "sbom": {
          "$ref": "#/$defs/sbomRule"
        },
        "components": {
          "$ref": "#/$defs/componentRule"
        },
        "licenses": {
          "$ref": "#/$defs/licenseRule"
        },
        "vulnerabilities": {
          "$ref": "#/$defs/vulnerabilityRule"
        },
        "image": {
          "$ref": "#/$defs/imageRule"
        },
        "allOf": {
          "description": "Every one has to hold. Ids are distinct.",
          "type": "array",
          "minItems": 1,
          "maxItems": 200,
          "items": {
            "$ref": "#/$defs/alternativePart"
          }
        }
      },
      "oneOf": [
        {
          "required": [
            "signature"
          ]
        },
        {
          "required": [
            "provenance"
          ]
        },
        {
          "required": [
            "attestation"
          ]
        },
        {
          "required": [
            "baseImage"
          ]
        },
        {
          "required": [
            "sbom"
          ]
        },
        {
          "required": [
            "components"
          ]
        },
        {
          "required": [
            "licenses"
          ]
        },
        {
          "required": [
            "vulnerabilities"
          ]
        },
        {
          "required": [
            "image"
          ]
        },
        {
          "required": [
            "allOf"
          ]
        }
      ]
    },
    "alternativePart": {
      "description": "One rule of an alternative.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "id"
      ],
      "properties": {
        "id": {
          "$ref": "#/$defs/name"
        },
        "signature": {
          "$ref": "#/$defs/signatureRule"
        },
        "provenance": {
          "$ref": "#/$defs/provenanceRule"
        },
        "attestation": {
          "$ref": "#/$defs/attestationRule"
        },
        "baseImage": {
          "$ref": "#/$defs/baseImageRule"
        },
        "sbom": {
          "$ref": "#/$defs/sbomRule"
        },
        "components": {
          "$ref": "#/$defs/componentRule"
        },
        "licenses": {
          "$ref": "#/$defs/licenseRule"
        },
        "vulnerabilities": {
          "$ref": "#/$defs/vulnerabilityRule"
        },
        "image": {
          "$ref": "#/$defs/imageRule"
        }
      },
      "oneOf": [
        {
          "required": [
            "signature"
          ]
        },
        {
          "required": [
            "provenance"
          ]
        },
        {
          "required": [
            "attestation"
          ]
        },
        {
          "required": [
            "baseImage"
          ]
        },
        {
          "required": [
            "sbom"
          ]
        },
        {
          "required": [
            "components"
          ]
        },
        {
          "required": [
            "licenses"
          ]
        },
        {
          "required": [
            "vulnerabilities"
          ]
        },
        {
          "required": [
            "image"
          ]
        }
      ]
    },
    "denial": {
      "description": "One thing that must not be. Beats everything. Exactly one kind.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "id"
      ],
      "properties": {
        "id": {
          "$ref": "#/$defs/name"
        },
        "on": {
          "$ref": "#/$defs/on",
          "description": "What the conditions are about; with `image` only, and required with it."
        },
        "image": {
          "$ref": "#/$defs/imageRule"
        },
        "digest": {
          "$ref": "#/$defs/digestDenial"
        },
        "builder": {
          "$ref": "#/$defs/textCondition",
          "description": "Any provenance of a trusted signer names such a builder."
        }
      },
      "oneOf": [
        {
          "required": [
            "image"
          ]
        },
        {
          "required": [
            "digest"
          ]
        },
        {
          "required": [
            "builder"
          ]
        }
      ],
      "dependentRequired": {
        "image": [
          "on"
        ],
        "on": [
          "image"
        ]
      }
    },
    "digestDenial": {
      "description": "The image or any of its platforms is one of these.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "in"
      ],
      "properties": {
        "in": {
          "type": "array",
          "minItems": 1,
          "maxItems": 1000,
          "items": {
            "$ref": "#/$defs/digest"
          },
          "uniqueItems": true
        }
      }
    },
    "threshold": {
      "description": "How many distinct keys have to have signed, and whose count.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "atLeast",
        "of"
      ],
      "properties": {
        "atLeast": {
          "description": "At most the number of distinct keys in `of`.",
          "type": "integer",
          "minimum": 1,
          "maximum": 1000
        },
        "of": {
          "description": "Names under `signers`.",
          "type": "array",
          "minItems": 1,
          "maxItems": 1000,
          "items": {
            "$ref": "#/$defs/name"
          },
          "uniqueItems": true
        }
      }
    },
    "signatureRule": {
      "description": "The image itself is signed.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "by"
      ],
      "properties": {
        "by": {
          "$ref": "#/$defs/threshold"
        }
      }
    },
    "provenanceRule": {
      "description": "The image was built as stated, by the statement of someone trusted.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "by",
        "match",
        "builder",
        "source"
      ],
      "properties": {
        "by": {
          "$ref": "#/$defs/threshold"
        },
        "match": {
          "description": "Which of the allowed signers' statements have to match.",
          "enum": [
            "any",
            "all",
            "latest",
            "exactly-one"
          ]
        },
        "builder": {
          "$ref": "#/$defs/globs",
          "description": "`builder.id`"
        },
        "source": {
          "$ref": "#/$defs/source"
        },
        "newestAge": {
          "$ref": "#/$defs/duration",
          "description": "Between the signed end of the build and the decision. Required with `latest`."
        },
        "buildType": {
          "$ref": "#/$defs/globs",
          "description": "`buildType`"
        },
        "entryPoint": {
          "$ref": "#/$defs/globs",
          "description": "Where the build starts in the source."
        },
        "externalParameters": {
          "description": "Those that may occur; any other rejects.",
          "type": "array",
          "minItems": 1,
          "maxItems": 1000,
          "items": {
            "$ref": "#/$defs/externalParameter"
          }
        },
        "level": {
          "description": "The SLSA Build level that builder and signer together have to reach by the builder table.",
          "type": "integer",
          "minimum": 1,
          "maximum": 3
        }
      },
      "if": {
        "properties": {
          "match": {
            "const": "latest"
          }
        }
      },
      "then": {
        "required": [
          "newestAge"
        ]
      }
    },
    "source": {
      "description": "Where the source came from. Both have to be stated in the provenance.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "repository",
        "ref"
      ],
      "properties": {
        "repository": {
          "$ref": "#/$defs/globs",
          "description": "URI without `git+` and ref."
        },
        "ref": {
          "$ref": "#/$defs/globs",
          "description": "Full git ref, such as `refs/heads/main`."
        }
      }
    },
    "externalParameter": {
      "description": "A parameter from outside that may occur.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "name",
        "values"
      ],
      "properties": {
        "name": {
          "$ref": "#/$defs/glob"
        },
        "values": {
          "$ref": "#/$defs/globs"
        }
      }
    },
    "attestationRule": {
      "description": "Someone trusted has attested what the conditions ask for.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "by",
        "type",
        "match"
      ],
      "properties": {
        "by": {
          "$ref": "#/$defs/threshold"
        },
        "type": {
          "description": "Predicate types, byte for byte.",
          "type": "array",
          "minItems": 1,
          "maxItems": 1000,
          "items": {
            "$ref": "#/$defs/text"
          },
          "uniqueItems": true
        },
        "match": {
          "description": "Which of the allowed signers' statements have to match.",
          "enum": [
            "any",
            "all",
            "latest",
            "exactly-one"
          ]
        },
        "time": {
          "$ref": "#/$defs/fieldPath",
          "description": "Where the statement says when it was made, in RFC 3339; with `newestAge` only."
        },
        "newestAge": {
          "$ref": "#/$defs/duration",
          "description": "Between that time and the decision. Required with `latest`."
        },
        "where": {
          "description": "Every condition has to hold.",
          "type": "array",
          "minItems": 1,
          "maxItems": 200,
          "items": {
            "$ref": "#/$defs/fieldCondition"
          }
        }
      },
      "dependentRequired": {
        "time": [
          "newestAge"
        ],
        "newestAge": [
          "time"
        ]
      },
      "if": {
        "properties": {
          "match": {
            "const": "latest"
          }
        }
      },
      "then": {
        "required": [
          "newestAge"
        ]
      }
    },
    "fieldPath": {
      "description": "A field of the predicate: dotted, or a list of names where one holds a dot. `*` is every element of an array or member of an object.",
      "oneOf": [
        {
          "type": "string",
          "minLength": 1,
          "pattern": "^[^.\\u0000-\\u001f]+([.][^.\\u0000-\\u001f]+){0,15}$"
        },
        {
          "type": "array",
          "minItems": 1,
          "maxItems": 16,
          "items": {
            "$ref": "#/$defs/text"
          }
        }
      ]
    },
    "fieldCondition": {
      "description": "A condition on a field of the predicate. Exactly one test. A field that is absent satisfies `exists: false` only.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "field"
      ],
      "properties": {
        "field": {
          "$ref": "#/$defs/fieldPath"
        },
        "equals": {
          "$ref": "#/$defs/fieldValue"
        },
        "in": {
          "description": "Equal to one of these.",
          "type": "array",
          "minItems": 1,
          "maxItems": 1000,
          "items": {
            "$ref": "#/$defs/fieldValue"
          },
          "uniqueItems": true
        },
        "glob": {
          "$ref": "#/$defs/globs"
        },
        "atLeast": {
          "type": "number"
        },
        "atMost": {
          "type": "number"
        },
        "above": {
          "type": "number"
        },
        "below": {
          "type": "number"
        },
        "before": {
          "$ref": "#/$defs/time"
        },
        "after": {
          "$ref": "#/$defs/time"
        },
        "newestAge": {
          "$ref": "#/$defs/duration",
          "description": "A time at most so long before the decision, and not after it."
        },
        "exists": {
          "description": "Whether there is a value.",
          "type": "boolean"
        },
        "insecureRegex": {
          "description": "A regular expression over the whole text, of the subset that docs/policy.md lists. Stands in every record, and guardrails have to permit it.",
          "type": "string",
          "minLength": 1,
          "maxLength": 512
        }
      },
      "oneOf": [
        {
          "required": [
            "equals"
          ]
        },
        {
          "required": [
            "in"
          ]
        },
        {
          "required": [
            "glob"
          ]
        },
        {
          "required": [
            "atLeast"
          ]
        },
        {
          "required": [
            "atMost"
          ]
        },
        {
          "required": [
            "above"
          ]
        },
        {
          "required": [
            "below"
          ]
        },
        {
          "required": [
            "before"
          ]
        },
        {
          "required": [
            "after"
          ]
        },
        {
          "required": [
            "newestAge"
          ]
        },
        {
          "required": [
            "exists"
          ]
        },
        {
          "required": [
            "insecureRegex"
          ]
        }
      ]
    },
    "fieldValue": {
      "description": "Text is compared byte for byte, a number by its value.",
      "oneOf": [
        {
          "$ref": "#/$defs/text"
        },
        {
          "type": "number"
        },
        {
          "type": "boolean"
        }
      ]
    },
    "baseImageRule": {
      "description": "The image is built on an approved base.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "proof",
        "approved"
      ],
      "properties": {
        "proof": {
          "description": "Every one has to hold.",
          "type": "array",
          "minItems": 1,
          "maxItems": 1000,
          "items": {
            "enum": [
              "materials",
              "layers"
            ]
          },
          "uniqueItems": true
        },
        "approved": {
          "description": "Approved bases.",
          "type": "array",
          "minItems": 1,
          "maxItems": 1000,
          "items": {
            "$ref": "#/$defs/approvedBase"
          }
        },
        "by": {
          "$ref": "#/$defs/threshold",
          "description": "Whose provenance counts; with the proof `materials` only, and required with it."
        },
        "buildTools": {
          "description": "Images that a build may use without becoming part of the result; with the proof `materials` only.",
          "type": "array",
          "minItems": 1,
          "maxItems": 1000,
          "items": {
            "$ref": "#/$defs/buildTool"
          }
        },
        "newestAllowedAge": {
          "$ref": "#/$defs/duration",
          "description": "Between the making of the base and the decision. The signed time counts if there is a `chain` that gives one, else `listed`."
        },
        "chain": {
          "$ref": "#/$defs/chain"
        }
      },
      "allOf": [
        {
          "if": {
            "properties": {
              "proof": {
                "contains": {
                  "const": "materials"
                }
              }
            }
          },
          "then": {
            "required": [
              "by"
            ]
          },
          "else": {
            "properties": {
              "by": false,
              "buildTools": false
            }
          }
        },
        {
          "if": {
            "required": [
              "newestAllowedAge"
            ]
          },
          "else": {
            "properties": {
              "approved": {
                "items": {
                  "properties": {
                    "listed": false
                  }
                }
              }
            }
          }
        },
        {
          "if": {
            "required": [
              "newestAllowedAge"
            ],
            "not": {
              "required": [
                "chain"
              ]
            }
          },
          "then": {
            "properties": {
              "approved": {
                "items": {
                  "required": [
                    "listed"
                  ]
                }
              }
            }
          }
        }
      ]
    },
    "approvedBase": {
      "description": "A base by its digests. The digest decides; the repository says where it is read.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "repository",
        "digests"
      ],
      "properties": {
        "repository": {
          "$ref": "#/$defs/text",
          "description": "`registry/repository`, without tag and digest."
        },
        "digests": {
          "description": "Each an index's or a manifest's.",
          "type": "array",
          "minItems": 1,
          "maxItems": 1000,
          "items": {
            "$ref": "#/$defs/digest"
          },
          "uniqueItems": true
        },
        "listed": {
          "$ref": "#/$defs/time",
          "description": "Since when the base is listed. With `newestAllowedAge` only; counts where nothing signed says when the base was made."
        }
      }
    },
    "buildTool": {
      "description": "An image by its digests. The digest decides; the repository says where it is read.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "repository",
        "digests"
      ],
      "properties": {
        "repository": {
          "$ref": "#/$defs/text",
          "description": "`registry/repository`, without tag and digest."
        },
        "digests": {
          "description": "Each an index's or a manifest's.",
          "type": "array",
          "minItems": 1,
          "maxItems": 1000,
          "items": {
            "$ref": "#/$defs/digest"
          },
          "uniqueItems": true
        }
      }
    },
    "chain": {
      "description": "The policy by which a base that proved itself is judged, from its own evidence.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "policy"
      ],
      "properties": {
        "policy": {
          "description": "`SOURCE/NAME`, or `NAME` for a policy of the same source.",
          "type": "string",
          "pattern": "^([a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?/)?[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$"
        }
      }
    },
    "imageRule": {
      "description": "What the image is and says of itself. Every condition that is given has to hold.",
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "labels": {
          "description": "Conditions on labels of the configuration, by key.",
          "type": "object",
          "minProperties": 1,
          "maxProperties": 1000,
          "propertyNames": {
            "minLength": 1
          },
          "additionalProperties": {
            "$ref": "#/$defs/textCondition"
          }
        },
        "user": {
          "$ref": "#/$defs/userCondition"
        },
        "tag": {
          "$ref": "#/$defs/textCondition",
          "description": "The tag under which the image is to run; `latest` where neither tag nor digest is given."
        },
        "name": {
          "$ref": "#/$defs/textCondition",
          "description": "`registry/repository` under which the image is to run."
        },
        "platform": {
          "$ref": "#/$defs/platformCondition"
        }
      },
      "anyOf": [
        {
          "required": [
            "labels"
          ]
        },
        {
          "required": [
            "user"
          ]
        },
        {
          "required": [
            "tag"
          ]
        },
        {
          "required": [
            "name"
          ]
        },
        {
          "required": [
            "platform"
          ]
        }
      ]
    },
    "textCondition": {
      "description": "A text is one of these, or matches one of these.",
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "in": {
          "description": "Byte for byte.",
          "type": "array",
          "minItems": 1,
          "maxItems": 1000,
          "items": {
            "$ref": "#/$defs/text"
          },
          "uniqueItems": true
        },
        "glob": {
          "$ref": "#/$defs/globs"
        }
      },
      "oneOf": [
        {
          "required": [
            "in"
          ]
        },
        {
          "required": [
            "glob"
          ]
        }
      ]
    },
    "userCondition": {
      "description": "On `config.User`.",
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "nonRoot": {
          "description": "A numeric user other than 0.",
          "const": true
        },
        "in": {
          "description": "Byte for byte.",
          "type": "array",
          "minItems": 1,
          "maxItems": 1000,
          "items": {
            "$ref": "#/$defs/text"
          },
          "uniqueItems": true
        },
        "glob": {
          "$ref": "#/$defs/globs"
        }
      },
      "oneOf": [
        {
          "required": [
            "nonRoot"
          ]
        },
        {
          "required": [
            "in"
          ]
        },
        {
          "required": [
            "glob"
          ]
        }
      ]
    },
    "platformCondition": {
      "description": "On the platform that the configuration states.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "in"
      ],
      "properties": {
        "in": {
          "description": "One of these.",
          "type": "array",
          "minItems": 1,
          "maxItems": 1000,
          "items": {
            "$ref": "#/$defs/platform"
          },
          "uniqueItems": true
        }
      }
    },
    "asAdmissionPolicy": {
      "properties": {
        "kind": {
          "const": "AdmissionPolicy"
        },
        "metadata": {
          "$ref": "#/$defs/metadata"
        },
        "spec": {
          "$ref": "#/$defs/spec"
        }
      }
    },
    "asGuardrail": {
      "properties": {
        "kind": {
          "const": "Guardrail"
        },
        "metadata": {
          "$ref": "#/$defs/metadata"
        },
        "spec": {
          "$ref": "#/$defs/guardrailSpec"
        }
      }
    },
    "asException": {
      "properties": {
        "kind": {
          "const": "Exception"
        },
        "metadata": {
          "$ref": "#/$defs/exceptionMetadata"
        },
        "spec": {
          "$ref": "#/$defs/exceptionSpec"
        }
      }
    },
    "guardrailSpec": {
      "description": "What holds everywhere in the scope, and the caps within which teams speak for themselves.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "scope"
      ],
      "anyOf": [
        {
          "required": [
            "require"
          ]
        },
        {
          "required": [
            "deny"
          ]
        },
        {
          "required": [
            "delegate"
          ]
        },
        {
          "required": [
            "exceptions"
          ]
        },
        {
          "required": [
            "breakGlass"
          ]
        },
        {
          "required": [
            "insecure"
          ]
        },
        {
          "required": [
            "withoutPolicy"
          ]
        },
        {
          "required": [
            "builders"
          ]
        }
      ],
      "if": {
        "required": [
          "require"
        ]
      },
      "then": {
        "required": [
          "enforcement"
        ]
      },
      "else": {
        "not": {
          "required": [
            "enforcement"
          ]
        }
      },
      "properties": {
        "scope": {
          "$ref": "#/$defs/scope"
        },
        "signers": {
          "description": "Those whose signatures count, under the names that rules use.",
          "type": "object",
          "minProperties": 1,
          "maxProperties": 200,
          "propertyNames": {
            "$ref": "#/$defs/name"
          },
          "additionalProperties": {
            "$ref": "#/$defs/signer"
          }
        },
        "enforcement": {
          "$ref": "#/$defs/enforcement",
          "description": "The stage of `require`; with it only, and then required. Denials are never staged."
        },
        "require": {
          "description": "Every one has to hold. Ids are unique within the policy.",
          "type": "array",
          "minItems": 1,
          "maxItems": 200,
          "items": {
            "$ref": "#/$defs/requirement"
          }
        },
        "deny": {
          "description": "One that matches, or can't be judged, rejects.",
          "type": "array",
          "minItems": 1,
          "maxItems": 200,
          "items": {
            "$ref": "#/$defs/guardrailDenial"
          }
        },
        "delegate": {
          "description": "Which teams speak for which namespaces. Left out: no cap on who speaks.",
          "type": "array",
          "minItems": 1,
          "maxItems": 1000,
          "items": {
            "$ref": "#/$defs/delegation"
          },
          "uniqueItems": true
        },
        "exceptions": {
          "$ref": "#/$defs/exceptionCap"
        },
        "breakGlass": {
          "$ref": "#/$defs/breakGlassCap"
        },
        "insecure": {
          "$ref": "#/$defs/insecureCap"
        },
        "withoutPolicy": {
          "$ref": "#/$defs/enforcement",
          "description": "What a gate does about an image that no policy speaks about. Left out: it blocks."
        },
        "builders": {
          "description": "Rows that are added to the builder table, docs/slsa.md.",
          "type": "array",
          "minItems": 1,
          "maxItems": 200,
          "items": {
            "$ref": "#/$defs/builderRow"
          },
          "uniqueItems": true
        }
      }
    },
    "delegation": {
      "description": "A team that speaks for namespaces.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "team",
        "namespaces",
        "lowestStage"
      ],
      "properties": {
        "team": {
          "$ref": "#/$defs/name",
          "description": "The name of the source from which the team's policies are loaded."
        },
        "namespaces": {
          "$ref": "#/$defs/globs",
          "description": "`**` also covers requests without a namespace."
        },
        "lowestStage": {
          "description": "The lowest stage of its policies. The strictest of those that cover a namespace counts.",
          "enum": [
            "observe",
            "warn",
            "pilot",
            "enforce"
          ]
        }
      }
    },
    "waivable": {
      "description": "One requirement of one policy.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "policy",
        "rule"
      ],
      "properties": {
        "policy": {
          "description": "`source/name`",
          "type": "string",
          "pattern": "^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?/[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$"
        },
        "rule": {
          "$ref": "#/$defs/name"
        }
      }
    },
    "exceptionCap": {
      "description": "Which exceptions have effect. Left out: none.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "from",
        "mayWaive",
        "longest"
      ],
      "properties": {
        "from": {
          "description": "Names of the sources whose exceptions are honoured.",
          "type": "array",
          "minItems": 1,
          "maxItems": 1000,
          "items": {
            "$ref": "#/$defs/name"
          },
          "uniqueItems": true
        },
        "mayWaive": {
          "type": "array",
          "minItems": 1,
          "maxItems": 1000,
          "items": {
            "$ref": "#/$defs/waivable"
          },
          "uniqueItems": true
        },
        "longest": {
          "$ref": "#/$defs/duration",
          "description": "Between an exception's `from` and `expires`, at the most."
        },
        "require": {
          "description": "What an exception has to state.",
          "type": "array",
          "minItems": 1,
          "maxItems": 1000,
          "items": {
            "enum": [
              "owner",
              "reason",
              "ticket"
            ]
          },
          "uniqueItems": true
        }
      }
    },
    "breakGlassCap": {
      "description": "Which break-glass passes have effect. Left out: none.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "approvers",
        "longest"
      ],
      "properties": {
        "approvers": {
          "$ref": "#/$defs/threshold",
          "description": "`atLeast` 2 or more."
        },
        "longest": {
          "$ref": "#/$defs/duration",
          "description": "Between a pass's `notBefore` and `expires`, at the most."
        }
      }
    },
    "insecureCap": {
      "description": "What policies may use that weakens a check. Left out: nothing.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "permit"
      ],
      "properties": {
        "permit": {
          "description": "`none`, or a list.",
          "oneOf": [
            {
              "const": "none"
            },
            {
              "type": "array",
              "minItems": 1,
              "maxItems": 1000,
              "items": {
                "enum": [
                  "insecureRegex",
                  "insecureCloudBuildLocation",
                  "insecureLeafRevocationOnly"
                ]
              },
              "uniqueItems": true
            }
          ]
        }
      }
    },
    "exceptionMetadata": {
      "description": "Which exception this is, and who answers for it.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "name"
      ],
      "properties": {
        "name": {
          "$ref": "#/$defs/name"
        },
        "owner": {
          "$ref": "#/$defs/text",
          "description": "A guardrail may demand it."
        }
      }
    },
    "exceptionSpec": {
      "description": "What is waived, where, and until when.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "waives",
        "scope",
        "from",
        "expires"
      ],
      "properties": {
        "waives": {
          "$ref": "#/$defs/waivable"
        },
        "scope": {
          "$ref": "#/$defs/exceptionScope"
        },
        "from": {
          "$ref": "#/$defs/time",
          "description": "The first instant at which it has effect."
        },
        "expires": {
          "$ref": "#/$defs/time",
          "description": "The first instant at which it has none any more."
        },
        "reason": {
          "$ref": "#/$defs/text"
        },
        "ticket": {
          "$ref": "#/$defs/text"
        }
      }
    },
    "exceptionScope": {
      "description": "For which namespaces and images; no patterns.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "namespaces",
        "images"
      ],
      "properties": {
        "namespaces": {
          "type": "array",
          "minItems": 1,
          "maxItems": 1000,
          "items": {
            "type": "string",
            "minLength": 1,
            "maxLength": 1024,
            "pattern": "^[^*?/\\u0000-\\u001f]+$"
          },
          "uniqueItems": true
        },
        "images": {
          "type": "array",
          "minItems": 1,
          "maxItems": 1000,
          "items": {
            "description": "`registry/repository@sha256:…`",
            "type": "string",
            "pattern": "^[^@]+@(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$"
          },
          "uniqueItems": true
        }
      }
    },
    "guardrailDenial": {
      "description": "One thing that must not be, of a guardrail: that of a policy, or a signer or key of which nothing counts. Beats everything. Exactly one kind.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "id"
      ],
      "properties": {
        "id": {
          "$ref": "#/$defs/name"
        },
        "on": {
          "$ref": "#/$defs/on",
          "description": "What the conditions are about; with `image` only, and required with it."
        },
        "image": {
          "$ref": "#/$defs/imageRule"
        },
        "digest": {
          "$ref": "#/$defs/digestDenial"
        },
        "builder": {
          "$ref": "#/$defs/textCondition",
          "description": "Any provenance of a trusted signer names such a builder."
        },
        "signer": {
          "$ref": "#/$defs/signerDenial"
        },
        "key": {
          "$ref": "#/$defs/keyDenial"
        }
      },
      "oneOf": [
        {
          "required": [
            "image"
          ]
        },
        {
          "required": [
            "digest"
          ]
        },
        {
          "required": [
            "builder"
          ]
        },
        {
          "required": [
            "signer"
          ]
        },
        {
          "required": [
            "key"
          ]
        }
      ],
      "dependentRequired": {
        "image": [
          "on"
        ],
        "on": [
          "image"
        ]
      }
    },
    "signerDenial": {
      "description": "Nothing that these signers of the guardrail sign counts, for any document.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "of"
      ],
      "properties": {
        "of": {
          "description": "Names under `signers`.",
          "type": "array",
          "minItems": 1,
          "maxItems": 1000,
          "items": {
            "$ref": "#/$defs/name"
          },
          "uniqueItems": true
        }
      }
    },
    "keyDenial": {
      "description": "Nothing that these keys sign counts, for any document.",
      "type": "object",
      "additionalProperties": false,
      "oneOf": [
        {
          "required": [
            "fingerprints"
          ]
        },
        {
          "required": [
            "files"
          ]
        }
      ],
      "properties": {
        "fingerprints": {
          "type": "array",
          "minItems": 1,
          "maxItems": 1000,
          "items": {
            "type": "string",
            "pattern": "^sha256:[0-9a-f]{64}$"
          },
          "uniqueItems": true
        },
        "files": {
          "type": "array",
          "minItems": 1,
          "maxItems": 1000,
          "items": {
            "$ref": "#/$defs/text"
          },
          "uniqueItems": true
        }
      }
    },
    "builderRow": {
      "description": "Which level a builder reaches under whose signature.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "name",
        "builder",
        "signer",
        "level",
        "why"
      ],
      "properties": {
        "name": {
          "$ref": "#/$defs/name"
        },
        "builder": {
          "$ref": "#/$defs/glob"
        },
        "signer": {
          "$ref": "#/$defs/builderSigner"
        },
        "level": {
          "type": "integer",
          "minimum": 1,
          "maximum": 3
        },
        "why": {
          "$ref": "#/$defs/text",
          "description": "For people: why this level."
        },
        "buildTypes": {
          "$ref": "#/$defs/globs"
        },
        "externalParameters": {
          "description": "Dotted paths that are known for what they do. Left out: none.",
          "type": "array",
          "minItems": 1,
          "maxItems": 1000,
          "items": {
            "$ref": "#/$defs/text"
          },
          "uniqueItems": true
        },
        "raises": {
          "description": "Built-in rows that this one outranks.",
          "type": "array",
          "minItems": 1,
          "maxItems": 1000,
          "items": {
            "$ref": "#/$defs/text"
          },
          "uniqueItems": true
        }
      }
    },
    "builderSigner": {
      "type": "object",
      "additionalProperties": false,
      "oneOf": [
        {
          "required": [
            "key"
          ]
        },
        {
          "required": [
            "github"
          ]
        }
      ],
      "properties": {
        "key": {
          "$ref": "#/$defs/builderKey"
        },
        "github": {
          "$ref": "#/$defs/builderGitHub"
        }
      }
    },
    "builderKey": {
      "type": "object",
      "additionalProperties": false,
      "required": [
        "file"
      ],
      "properties": {
        "file": {
          "$ref": "#/$defs/text"
        }
      }
    },
    "builderGitHub": {
      "description": "A workflow that GitHub certifies: `builder.id` is its address with the ref, byte for byte.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "workflow",
        "workflowRef"
      ],
      "properties": {
        "workflow": {
          "description": "OWNER/NAME/.github/workflows/FILE, the owner without wildcards.",
          "oneOf": [
            {
              "$ref": "#/$defs/glob"
            },
            {
              "$ref": "#/$defs/globs"
            }
          ]
        },
        "workflowRef": {
          "description": "The full ref at which the workflow was taken: refs/tags/v*.",
          "oneOf": [
            {
              "$ref": "#/$defs/glob"
            },
            {
              "$ref": "#/$defs/globs"
            }
          ]
        },
        "delegates": {
          "description": "The workflow runs tools of others and signs for them: `builder.id` names the tool. Left out: false.",
          "type": "boolean"
        },
        "runner": {
          "description": "The kind of machine that the certificate has to state for more than level 1. Left out: github-hosted.",
          "enum": [
            "github-hosted",
            "self-hosted"
          ]
        },
        "enterprise": {
          "$ref": "#/$defs/text",
          "description": "The enterprise whose own issuer certifies."
        }
      }
    },
    "sbomRule": {
      "description": "Someone trusted has said what the image is made of.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "by",
        "match"
      ],
      "properties": {
        "by": {
          "$ref": "#/$defs/threshold"
        },
        "match": {
          "description": "Which of the allowed signers' SBOMs have to be so.",
          "enum": [
            "any",
            "all",
            "latest",
            "exactly-one"
          ]
        },
        "formats": {
          "description": "Formats, or versions of them. Left out, any that is read.",
          "type": "array",
          "minItems": 1,
          "maxItems": 1000,
          "uniqueItems": true,
          "items": {
            "enum": [
              "spdx-2.2",
              "spdx-2.3",
              "spdx-3.0",
              "cyclonedx-1.0",
              "cyclonedx-1.1",
              "cyclonedx-1.2",
              "cyclonedx-1.3",
              "cyclonedx-1.4",
              "cyclonedx-1.5",
              "cyclonedx-1.6",
              "cyclonedx-1.7",
              "spdx",
              "cyclonedx",
              "syft"
            ]
          }
        },
        "newestAge": {
          "$ref": "#/$defs/duration",
          "description": "Between the time at which the SBOM says that it was made and the decision. Required with `latest`."
        },
        "describesImage": {
          "description": "The SBOM itself has to state the digest of what it describes. One that states another is never about the image.",
          "const": true
        },
        "minimumElements": {
          "$ref": "#/$defs/minimumElements"
        },
        "generationContext": {
          "description": "The stages from which the data of the SBOM may have been taken. It has to state one, and no other.",
          "type": "array",
          "minItems": 1,
          "maxItems": 1000,
          "uniqueItems": true,
          "items": {
            "enum": [
              "design",
              "pre-build",
              "build",
              "post-build",
              "operations",
              "discovery",
              "decommission"
            ]
          }
        },
        "components": {
          "$ref": "#/$defs/componentCount"
        }
      },
      "if": {
        "properties": {
          "match": {
            "const": "latest"
          }
        }
      },
      "then": {
        "required": [
          "newestAge"
        ]
      }
    },
    "componentCount": {
      "description": "How many components the SBOM lists.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "atLeast"
      ],
      "properties": {
        "atLeast": {
          "type": "integer",
          "minimum": 1,
          "maximum": 1000000
        }
      }
    },
    "minimumElements": {
      "description": "Elements that the SBOM states at least.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "profile",
        "coverage"
      ],
      "properties": {
        "profile": {
          "description": "Whose list it is.",
          "enum": [
            "ntia",
            "cisa"
          ]
        },
        "coverage": {
          "description": "Of how many of the components each element is stated at least.",
          "type": "string",
          "pattern": "^(100|[1-9][0-9]?)%$"
        }
      }
    },
    "componentRule": {
      "description": "The SBOM lists nothing that is denied, only what is allowed, and all that is required.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "by",
        "match"
      ],
      "properties": {
        "by": {
          "$ref": "#/$defs/threshold"
        },
        "match": {
          "description": "Which of the allowed signers' SBOMs have to be so.",
          "enum": [
            "any",
            "all",
            "latest",
            "exactly-one"
          ]
        },
        "formats": {
          "description": "Formats, or versions of them. Left out, any that is read.",
          "type": "array",
          "minItems": 1,
          "maxItems": 1000,
          "uniqueItems": true,
          "items": {
            "enum": [
              "spdx-2.2",
              "spdx-2.3",
              "spdx-3.0",
              "cyclonedx-1.0",
              "cyclonedx-1.1",
              "cyclonedx-1.2",
              "cyclonedx-1.3",
              "cyclonedx-1.4",
              "cyclonedx-1.5",
              "cyclonedx-1.6",
              "cyclonedx-1.7",
              "spdx",
              "cyclonedx",
              "syft"
            ]
          }
        },
        "newestAge": {
          "$ref": "#/$defs/duration",
          "description": "Between the time at which the SBOM says that it was made and the decision. Required with `latest`."
        },
        "describesImage": {
          "description": "The SBOM itself has to state the digest of what it describes. One that states another is never about the image.",
          "const": true
        },
        "deny": {
          "description": "No component may be one of these.",
          "type": "array",
          "minItems": 1,
          "maxItems": 1000,
          "uniqueItems": true,
          "items": {
            "$ref": "#/$defs/componentPattern"
          }
        },
        "denyFile": {
          "description": "A file beside the policy with more of these: on each line a package URL without version, its versions, and why behind ` # `.",
          "$ref": "#/$defs/text"
        },
        "allow": {
          "description": "Every component has to be one of these.",
          "type": "array",
          "minItems": 1,
          "maxItems": 1000,
          "uniqueItems": true,
          "items": {
            "$ref": "#/$defs/componentPattern"
          }
        },
        "require": {
          "description": "Each of these has to be there.",
          "type": "array",
          "minItems": 1,
          "maxItems": 1000,
          "uniqueItems": true,
          "items": {
            "$ref": "#/$defs/componentPattern"
          }
        },
        "unidentified": {
          "description": "What becomes of a component without a package URL that can be read. Required where packages are denied, and only there.",
          "enum": [
            "reject",
            "allow"
          ]
        }
      },
      "anyOf": [
        {
          "required": [
            "deny"
          ]
        },
        {
          "required": [
            "denyFile"
          ]
        },
        {
          "required": [
            "allow"
          ]
        },
        {
          "required": [
            "require"
          ]
        }
      ],
      "if": {
        "properties": {
          "match": {
            "const": "latest"
          }
        }
      },
      "then": {
        "required": [
          "newestAge"
        ]
      }
    },
    "componentPattern": {
      "description": "Which components are meant.",
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "package": {
          "description": "A package URL without version; `*` within a part, `**` for whole parts.",
          "type": "string",
          "pattern": "^pkg:[^\\u0000-\\u001f]+$"
        },
        "name": {
          "$ref": "#/$defs/glob"
        },
        "supplier": {
          "$ref": "#/$defs/glob"
        },
        "versions": {
          "description": "Which versions are meant, in the notation of VERS: `vers:maven/>=2.0.0|<2.17.1`. Left out, all.",
          "type": "string",
          "pattern": "^vers:[a-z]+/[!-~]+$"
        },
        "reason": {
          "$ref": "#/$defs/text",
          "description": "For people."
        }
      },
      "oneOf": [
        {
          "required": [
            "package"
          ]
        },
        {
          "required": [
            "name"
          ]
        },
        {
          "required": [
            "supplier"
          ]
        }
      ]
    },
    "licensePattern": {
      "description": "An identifier of the SPDX list, `LicenseRef-…`, or either with `*` for any characters; `WITH` and an exception behind it.",
      "type": "string",
      "minLength": 1,
      "pattern": "^[^\\u0000-\\u001f()]+$"
    },
    "licenseRule": {
      "description": "The licences that the SBOM states are permitted ones.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "by",
        "match",
        "which",
        "unknown"
      ],
      "properties": {
        "by": {
          "$ref": "#/$defs/threshold"
        },
        "match": {
          "description": "Which of the allowed signers' SBOMs have to be so.",
          "enum": [
            "any",
            "all",
            "latest",
            "exactly-one"
          ]
        },
        "formats": {
          "description": "Formats, or versions of them. Left out, any that is read.",
          "type": "array",
          "minItems": 1,
          "maxItems": 1000,
          "uniqueItems": true,
          "items": {
            "enum": [
              "spdx-2.2",
              "spdx-2.3",
              "spdx-3.0",
              "cyclonedx-1.0",
              "cyclonedx-1.1",
              "cyclonedx-1.2",
              "cyclonedx-1.3",
              "cyclonedx-1.4",
              "cyclonedx-1.5",
              "cyclonedx-1.6",
              "cyclonedx-1.7",
              "spdx",
              "cyclonedx",
              "syft"
            ]
          }
        },
        "newestAge": {
          "$ref": "#/$defs/duration",
          "description": "Between the time at which the SBOM says that it was made and the decision. Required with `latest`."
        },
        "describesImage": {
          "description": "The SBOM itself has to state the digest of what it describes. One that states another is never about the image.",
          "const": true
        },
        "which": {
          "description": "Which of a component's licences are judged; `either`: those of both that are stated.",
          "enum": [
            "declared",
            "concluded",
            "either"
          ]
        },
        "observed": {
          "description": "What licences have to be that a tool saw in a component (CycloneDX's `evidence.licenses`) and nobody states. Left out, they don't matter.",
          "enum": [
            "not-denied",
            "permitted"
          ]
        },
        "deny": {
          "description": "No component may be had under these only.",
          "type": "array",
          "minItems": 1,
          "maxItems": 1000,
          "uniqueItems": true,
          "items": {
            "$ref": "#/$defs/licensePattern"
          }
        },
        "allow": {
          "description": "Every component has to be had under these. Left out, every listed licence that is not denied.",
          "type": "array",
          "minItems": 1,
          "maxItems": 1000,
          "uniqueItems": true,
          "items": {
            "$ref": "#/$defs/licensePattern"
          }
        },
        "unknown": {
          "description": "What becomes of components whose licence is not stated, or in words that are no expression of listed licences.",
          "enum": [
            "reject",
            "allow"
          ]
        },
        "exceptions": {
          "description": "Components of which more licences are permitted, also denied ones.",
          "type": "array",
          "minItems": 1,
          "maxItems": 1000,
          "items": {
            "$ref": "#/$defs/licenseException"
          }
        }
      },
      "anyOf": [
        {
          "required": [
            "deny"
          ]
        },
        {
          "required": [
            "allow"
          ]
        }
      ],
      "if": {
        "properties": {
          "match": {
            "const": "latest"
          }
        }
      },
      "then": {
        "required": [
          "newestAge"
        ]
      },
      "allOf": [
        {
          "if": {
            "properties": {
              "observed": {
                "const": "not-denied"
              }
            },
            "required": [
              "observed"
            ]
          },
          "then": {
            "required": [
              "deny"
            ]
          }
        }
      ]
    },
    "licenseException": {
      "description": "A component, and the licences that are permitted of it besides.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "licenses"
      ],
      "properties": {
        "package": {
          "description": "A package URL without version; `*` within a part, `**` for whole parts.",
          "type": "string",
          "pattern": "^pkg:[^\\u0000-\\u001f]+$"
        },
        "name": {
          "$ref": "#/$defs/glob"
        },
        "supplier": {
          "$ref": "#/$defs/glob"
        },
        "versions": {
          "description": "Which versions are meant, in the notation of VERS: `vers:maven/>=2.0.0|<2.17.1`. Left out, all.",
          "type": "string",
          "pattern": "^vers:[a-z]+/[!-~]+$"
        },
        "reason": {
          "$ref": "#/$defs/text",
          "description": "For people."
        },
        "licenses": {
          "description": "Permitted of these components.",
          "type": "array",
          "minItems": 1,
          "maxItems": 1000,
          "uniqueItems": true,
          "items": {
            "$ref": "#/$defs/licensePattern"
          }
        }
      },
      "oneOf": [
        {
          "required": [
            "package"
          ]
        },
        {
          "required": [
            "name"
          ]
        },
        {
          "required": [
            "supplier"
          ]
        }
      ]
    },
    "vulnerabilityRule": {
      "description": "Someone trusted has scanned the image lately, and what was found is within the bounds.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "by",
        "match",
        "scannedWithin"
      ],
      "properties": {
        "by": {
          "$ref": "#/$defs/threshold"
        },
        "match": {
          "description": "Which of the allowed signers' scans have to be so.",
          "enum": [
            "any",
            "all",
            "latest",
            "exactly-one"
          ]
        },
        "scanners": {
          "$ref": "#/$defs/globs",
          "description": "Names of scanners, or the URIs that stand for them. Left out, any."
        },
        "scannedWithin": {
          "$ref": "#/$defs/duration",
          "description": "Between the end of the scan, by its own word, and the decision."
        },
        "severity": {
          "$ref": "#/$defs/severityLimits"
        },
        "fixAvailable": {
          "$ref": "#/$defs/fixAvailable"
        },
        "epss": {
          "$ref": "#/$defs/exploitProbability"
        },
        "kev": {
          "description": "Vulnerabilities that the scan says are known to be exploited are refused.",
          "const": "reject"
        },
        "deny": {
          "description": "Names of vulnerabilities, byte for byte.",
          "type": "array",
          "minItems": 1,
          "maxItems": 1000,
          "uniqueItems": true,
          "items": {
            "$ref": "#/$defs/text"
          }
        },
        "vex": {
          "$ref": "#/$defs/vexAuthors"
        }
      },
      "anyOf": [
        {
          "required": [
            "severity"
          ]
        },
        {
          "required": [
            "fixAvailable"
          ]
        },
        {
          "required": [
            "epss"
          ]
        },
        {
          "required": [
            "kev"
          ]
        },
        {
          "required": [
            "deny"
          ]
        }
      ]
    },
    "severityLimits": {
      "description": "How many vulnerabilities of a severity or a worse one there may be.",
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "critical": {
          "type": "integer",
          "minimum": 0,
          "maximum": 100000
        },
        "high": {
          "type": "integer",
          "minimum": 0,
          "maximum": 100000
        },
        "medium": {
          "type": "integer",
          "minimum": 0,
          "maximum": 100000
        },
        "low": {
          "type": "integer",
          "minimum": 0,
          "maximum": 100000
        },
        "unrated": {
          "type": "integer",
          "minimum": 0,
          "maximum": 100000,
          "description": "Of those without a severity. Left out, they count as critical."
        }
      },
      "anyOf": [
        {
          "required": [
            "critical"
          ]
        },
        {
          "required": [
            "high"
          ]
        },
        {
          "required": [
            "medium"
          ]
        },
        {
          "required": [
            "low"
          ]
        }
      ]
    },
    "fixAvailable": {
      "description": "A vulnerability for which there is a fix may have been public for so long.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "leeway"
      ],
      "properties": {
        "leeway": {
          "$ref": "#/$defs/duration"
        }
      }
    },
    "exploitProbability": {
      "description": "The probability of exploitation, where the scan states one.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "atMost"
      ],
      "properties": {
        "atMost": {
          "type": "number",
          "minimum": 0,
          "maximum": 1
        }
      }
    },
    "vexAuthors": {
      "description": "Whose VEX clears findings.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "by"
      ],
      "properties": {
        "by": {
          "$ref": "#/$defs/threshold"
        },
        "newestAge": {
          "$ref": "#/$defs/duration",
          "description": "Between the time that a statement states and the decision: an older one clears nothing."
        }
      }
    }
  }
}

"""#

    private static let registryDoctor = #"""
{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "$id": "https://landwaiter.dev/schemas/v1/registry-doctor.schema.json",
  "title": "RegistryDoctor",
  "description": "What `landwaiter registry doctor --output json` writes: what a registry, and a repository of it, support.",
  "type": "object",
  "additionalProperties": false,
  "required": ["schemaVersion", "registry", "readable", "features"],
  "properties": {
    "schemaVersion": {"const": 1},
    "registry": {"description": "Host and port.", "type": "string"},
    "repository": {"description": "Absent where none was asked about.", "type": "string"},
    "readable": {"description": "False if something says that images can't be read there. The exit status is 0 if and only if it is true.", "type": "boolean"},
    "features": {
      "description": "In a fixed order. Features of a repository are there only where one was asked about, those of writing only with `--write`.",
      "type": "array",
      "items": {"$ref": "#/$defs/feature"}
    }
  },
  "$defs": {
    "feature": {
      "type": "object",
      "additionalProperties": false,
      "required": ["name", "answer", "detail"],
      "properties": {
        "name": {
          "enum": [
            "reachable", "tls", "authentication", "credentials", "pull", "referrers", "referrers-filter", "fallback-tag",
            "upload", "chunked-upload", "mount", "subject", "referrer-listed", "delete-manifest", "delete-blob"
          ]
        },
        "answer": {"enum": ["yes", "no", "unknown"]},
        "detail": {"description": "One line for people.", "type": "string"}
      }
    }
  }
}

"""#

    private static let sbomDiff = #"""
{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "$id": "https://landwaiter.dev/schemas/v1/sbom-diff.schema.json",
  "title": "SBOMDiff",
  "description": "What `landwaiter sbom diff --output json` writes: the packages that two SBOMs differ in.",
  "type": "object",
  "additionalProperties": false,
  "required": ["schemaVersion", "verified", "summary", "changes"],
  "properties": {
    "schemaVersion": {"const": 1},
    "verified": {"description": "True only of two images and with `--key` or `--policy`: signatures over both SBOMs were checked.", "type": "boolean"},
    "summary": {
      "description": "How many changes there are of each kind.",
      "type": "object",
      "additionalProperties": false,
      "required": ["added", "removed", "version", "licenses"],
      "properties": {
        "added": {"type": "integer", "minimum": 0},
        "removed": {"type": "integer", "minimum": 0},
        "version": {"type": "integer", "minimum": 0},
        "licenses": {"type": "integer", "minimum": 0}
      }
    },
    "changes": {
      "description": "By kind, then by package. A package of which versions and licences differ is there twice.",
      "type": "array",
      "items": {
        "type": "object",
        "additionalProperties": false,
        "required": ["kind", "package", "versionsBefore", "versionsAfter", "licensesBefore", "licensesAfter"],
        "properties": {
          "kind": {"enum": ["added", "removed", "version", "licenses"]},
          "package": {"description": "A package URL without version, qualifiers and subpath; a name where there is none.", "type": "string"},
          "versionsBefore": {"$ref": "#/$defs/texts"},
          "versionsAfter": {"$ref": "#/$defs/texts"},
          "licensesBefore": {"description": "Declared or concluded, normalised.", "$ref": "#/$defs/texts"},
          "licensesAfter": {"description": "Declared or concluded, normalised.", "$ref": "#/$defs/texts"}
        }
      }
    }
  },
  "$defs": {
    "texts": {"description": "Sorted.", "type": "array", "items": {"type": "string"}, "uniqueItems": true}
  }
}

"""#

    private static let sbomList = #"""
{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "$id": "https://landwaiter.dev/schemas/v1/sbom-list.schema.json",
  "title": "SBOMList",
  "description": "What `landwaiter sbom list --output json` writes: the SBOMs that lie with an image.",
  "type": "object",
  "additionalProperties": false,
  "required": ["schemaVersion", "image", "sboms", "refused", "findings"],
  "properties": {
    "schemaVersion": {"const": 1},
    "image": {"description": "Digest of the image or index.", "type": "string"},
    "tag": {"type": "string"},
    "sboms": {"description": "About the image itself first, then about its platforms.", "type": "array", "items": {"$ref": "#/$defs/sbom"}},
    "refused": {"description": "What lies with the image and is not among these, with why; other evidence among it.", "type": "array", "items": {"$ref": "#/$defs/refused"}},
    "findings": {"description": "Why not everything could be listed or read, so that there may be more; empty if it could.", "type": "array", "items": {"$ref": "#/$defs/finding"}}
  },
  "$defs": {
    "sbom": {
      "type": "object",
      "additionalProperties": false,
      "required": ["evidence", "origin", "subjects", "platforms", "claimedSigners", "signers", "verified"],
      "properties": {
        "evidence": {"description": "Digest of the bytes that carry it; chooses it with `--evidence`.", "type": "string"},
        "origin": {"description": "How it is tied to the image.", "type": "string"},
        "predicateType": {"description": "Of the statement; absent for a document that no statement wraps.", "type": "string"},
        "subjects": {"description": "Which of the image's digests it is tied to.", "type": "array", "items": {"type": "string"}},
        "platforms": {"description": "Which of the index's platforms it covers; empty for an image that stands alone.", "type": "array", "items": {"type": "string"}},
        "claimedSigners": {"description": "Hints at signers, which anybody can write.", "type": "array", "items": {"type": "string"}},
        "signers": {"description": "Who is proven to have signed it; empty where nothing was verified.", "type": "array", "items": {"type": "string"}},
        "verified": {"description": "True only with `--key` or `--policy`.", "type": "boolean"},
        "created": {"description": "As written.", "type": "string"},
        "summary": {
          "type": "object",
          "additionalProperties": false,
          "required": ["format", "specVersion", "components", "relationships", "packageURLs"],
          "properties": {
            "format": {"enum": ["SPDX", "CycloneDX", "Syft"]},
            "specVersion": {"type": "string"},
            "components": {"type": "integer", "minimum": 0},
            "relationships": {"type": "integer", "minimum": 0},
            "packageURLs": {"description": "Distinct ones.", "type": "integer", "minimum": 0}
          }
        },
        "unread": {"description": "Instead of `summary`: why it can't be read.", "$ref": "#/$defs/finding"}
      }
    },
    "refused": {
      "type": "object",
      "additionalProperties": false,
      "required": ["code", "message", "origin"],
      "properties": {
        "evidence": {"type": "string"},
        "origin": {"type": "string"},
        "code": {"type": "string"},
        "message": {"type": "string"}
      }
    },
    "finding": {
      "type": "object",
      "additionalProperties": false,
      "required": ["code", "message"],
      "properties": {"code": {"type": "string"}, "message": {"type": "string"}}
    }
  }
}

"""#

    private static let sbomShow = #"""
{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "$id": "https://landwaiter.dev/schemas/v1/sbom-show.schema.json",
  "title": "SBOMShow",
  "description": "What `landwaiter sbom show` and `sbom query` write with `--output json`: what an SBOM says, of a file or of an image.",
  "type": "object",
  "additionalProperties": false,
  "required": ["schemaVersion", "verified", "form", "syntax", "summary", "describes", "generationContext", "components"],
  "properties": {
    "schemaVersion": {"const": 1},
    "verified": {"description": "True only of an image and with `--key` or `--policy`: a signature over it was checked, and what was signed names the image. What the SBOM says is the signer's word all the same, and no rule was applied. False of every file.", "type": "boolean"},
    "attachment": {"description": "Of an image: how the SBOM lies with it.", "$ref": "#/$defs/attachment"},
    "form": {"description": "What it is: an SBOM, an in-toto statement of one, or a DSSE envelope or bundle.", "enum": ["document", "statement", "signed"]},
    "syntax": {"enum": ["json", "xml", "yaml", "tag-value"]},
    "name": {"description": "Of the document, where it has one.", "type": "string"},
    "identifier": {"description": "Serial number, namespace or identifier of the document.", "type": "string"},
    "created": {"description": "As written.", "type": "string"},
    "summary": {
      "description": "Of the whole document, counted as it lists them; also where a query found a part.",
      "type": "object",
      "additionalProperties": false,
      "required": ["format", "specVersion", "components", "relationships", "packageURLs"],
      "properties": {
        "format": {"enum": ["SPDX", "CycloneDX", "Syft"]},
        "specVersion": {"type": "string"},
        "components": {"type": "integer", "minimum": 0},
        "relationships": {"type": "integer", "minimum": 0},
        "packageURLs": {"description": "Distinct ones.", "type": "integer", "minimum": 0}
      }
    },
    "describes": {
      "description": "What the document says it describes.",
      "type": "array",
      "items": {
        "type": "object",
        "additionalProperties": false,
        "required": ["name", "packageURLs"],
        "properties": {
          "name": {"type": "string"},
          "version": {"type": "string"},
          "packageURLs": {"type": "array", "items": {"type": "string"}}
        }
      }
    },
    "generationContext": {
      "description": "From which stages the document says that its data was taken; empty where it does not say, as in SPDX 2 and Syft.",
      "type": "array",
      "items": {
        "type": "object",
        "additionalProperties": false,
        "required": ["text", "place"],
        "properties": {
          "phase": {"description": "In CycloneDX's words; absent for a phase that only the document names.", "enum": ["design", "pre-build", "build", "post-build", "operations", "discovery", "decommission"]},
          "text": {"description": "As written.", "type": "string"},
          "place": {"description": "A JSON Pointer, or `line N`.", "type": "string"}
        }
      }
    },
    "services": {"description": "What the document says the software calls; none of them is a component. Not with `query`.", "type": "array", "items": {"$ref": "#/$defs/service"}},
    "found": {"description": "With `query`: how many components meet every condition.", "type": "integer", "minimum": 0},
    "unordered": {"description": "With `query`: components that meet the other conditions, and whose version can't be compared with the range.", "type": "integer", "minimum": 0},
    "components": {"description": "In the order of the document; with `query` those found.", "type": "array", "items": {"$ref": "#/$defs/component"}}
  },
  "$defs": {
    "attachment": {
      "type": "object",
      "additionalProperties": false,
      "required": ["image", "evidence", "origin", "subjects", "platforms", "claimedSigners", "signers", "verified"],
      "properties": {
        "image": {"description": "Digest of the image or index.", "type": "string"},
        "tag": {"type": "string"},
        "evidence": {"description": "Digest of the bytes that carry it.", "type": "string"},
        "origin": {"description": "How it is tied to the image.", "type": "string"},
        "predicateType": {"description": "Of the statement; absent for a document that no statement wraps.", "type": "string"},
        "subjects": {"description": "Which of the image's digests it is tied to.", "type": "array", "items": {"type": "string"}},
        "platforms": {"description": "Which of the index's platforms it covers; empty for an image that stands alone.", "type": "array", "items": {"type": "string"}},
        "claimedSigners": {"description": "Hints at signers, which anybody can write.", "type": "array", "items": {"type": "string"}},
        "signers": {"description": "Who is proven to have signed it; empty where nothing was verified.", "type": "array", "items": {"type": "string"}},
        "verified": {"type": "boolean"}
      }
    },
    "component": {
      "type": "object",
      "additionalProperties": false,
      "required": ["name", "packageURLs", "declaredLicenses", "concludedLicenses", "place"],
      "properties": {
        "name": {"type": "string"},
        "group": {"type": "string"},
        "version": {"type": "string"},
        "packageURLs": {"description": "As written.", "type": "array", "items": {"type": "string"}},
        "supplier": {"type": "string"},
        "declaredLicenses": {"description": "As written, none twice.", "type": "array", "items": {"type": "string"}, "uniqueItems": true},
        "concludedLicenses": {"description": "As written, none twice.", "type": "array", "items": {"type": "string"}, "uniqueItems": true},
        "observedLicenses": {"description": "What a tool saw in it, as written, none twice; absent where there are none. Nobody says that the component is under them.", "type": "array", "items": {"type": "string"}, "uniqueItems": true, "minItems": 1},
        "place": {"description": "A JSON Pointer, or `line N`.", "type": "string"}
      }
    },
    "service": {
      "type": "object",
      "additionalProperties": false,
      "required": ["name", "endpoints", "declaredLicenses", "concludedLicenses", "place"],
      "properties": {
        "name": {"type": "string"},
        "group": {"type": "string"},
        "version": {"type": "string"},
        "provider": {"type": "string"},
        "endpoints": {"description": "As written.", "type": "array", "items": {"type": "string"}},
        "authenticated": {"description": "Whether it asks who calls; absent where that is not said.", "type": "boolean"},
        "declaredLicenses": {"description": "As written, none twice.", "type": "array", "items": {"type": "string"}, "uniqueItems": true},
        "concludedLicenses": {"description": "As written, none twice.", "type": "array", "items": {"type": "string"}, "uniqueItems": true},
        "place": {"description": "A JSON Pointer, or `line N`.", "type": "string"}
      }
    }
  }
}

"""#

    private static let serverConfiguration = #"""
{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "$id": "https://landwaiter.dev/schemas/v1/server-configuration.schema.json",
  "title": "ServerConfiguration",
  "description": "Everything that `landwaiter serve` serves, and from what. docs/server.md explains each field.",
  "type": "object",
  "additionalProperties": false,
  "required": [
    "apiVersion",
    "kind",
    "metadata",
    "spec"
  ],
  "properties": {
    "apiVersion": {
      "description": "The version of this document.",
      "const": "landwaiter.dev/v1"
    },
    "kind": {
      "description": "The kind of this document.",
      "const": "ServerConfiguration"
    },
    "metadata": {
      "description": "What it is called.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "name"
      ],
      "properties": {
        "name": {
          "description": "Stands in logs.",
          "$ref": "#/$defs/name"
        },
        "owner": {
          "description": "Whom to ask; grants nothing.",
          "type": "string",
          "minLength": 1
        }
      }
    },
    "spec": {
      "description": "What is served.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "listeners",
        "policies",
        "registries",
        "store",
        "spool"
      ],
      "properties": {
        "listeners": {
          "description": "Where is listened, and what is answered there.",
          "type": "array",
          "minItems": 1,
          "items": {
            "type": "object",
            "additionalProperties": false,
            "required": [
              "name",
              "surfaces"
            ],
            "properties": {
              "name": {
                "description": "For logs and metrics.",
                "$ref": "#/$defs/name"
              },
              "address": {
                "description": "`0.0.0.0:8443`, `[::1]:8443`. On `127.0.0.1` the port 0 is any that is free.",
                "type": "string",
                "minLength": 1
              },
              "socket": {
                "description": "A Unix socket. Its mode and its directory say who may connect.",
                "$ref": "#/$defs/path"
              },
              "mode": {
                "description": "Of the socket: for its owner, or for its group besides.",
                "enum": [
                  "0600",
                  "0660"
                ]
              },
              "surfaces": {
                "description": "What is answered there: `kubernetes-validate`, `kubernetes-mutate`, `gatekeeper`, `containerd`, `notification`, `api`, `health`, `metrics`.",
                "type": "array",
                "minItems": 1,
                "items": {
                  "enum": [
                    "kubernetes-validate",
                    "kubernetes-mutate",
                    "gatekeeper",
                    "containerd",
                    "notification",
                    "api",
                    "health",
                    "metrics"
                  ]
                },
                "uniqueItems": true
              },
              "tls": {
                "description": "Needed on an address for every surface but `health` and `metrics`.",
                "type": "object",
                "additionalProperties": false,
                "required": [
                  "certificate",
                  "key"
                ],
                "properties": {
                  "certificate": {
                    "description": "PEM: the certificate, then those between it and a root. Read again when it changes.",
                    "$ref": "#/$defs/path"
                  },
                  "key": {
                    "description": "PEM, not encrypted. Read again when it changes.",
                    "$ref": "#/$defs/path"
                  },
                  "clients": {
                    "description": "Whose client certificates count; needed where callers show certificates.",
                    "type": "object",
                    "additionalProperties": false,
                    "properties": {
                      "authorities": {
                        "description": "PEM; for clients known by a DNS name.",
                        "type": "array",
                        "minItems": 1,
                        "items": {
                          "$ref": "#/$defs/path"
                        },
                        "uniqueItems": true
                      },
                      "bundles": {
                        "description": "For clients known by a SPIFFE ID: each bundle vouches for its own trust domain alone.",
                        "type": "array",
                        "minItems": 1,
                        "items": {
                          "type": "object",
                          "additionalProperties": false,
                          "required": [
                            "trustDomain",
                            "file"
                          ],
                          "properties": {
                            "trustDomain": {
                              "description": "As in `spiffe://NAME/…`.",
                              "type": "string",
                              "minLength": 1
                            },
                            "file": {
                              "description": "A JWK set, or PEM if its name ends in `.pem`. Read again when it changes.",
                              "$ref": "#/$defs/path"
                            }
                          }
                        }
                      },
                      "required": {
                        "description": "Refuse connections without a certificate, before any request.",
                        "type": "boolean"
                      }
                    },
                    "anyOf": [
                      {
                        "required": [
                          "authorities"
                        ]
                      },
                      {
                        "required": [
                          "bundles"
                        ]
                      }
                    ]
                  }
                }
              },
              "insecurePlaintext": {
                "description": "Serves such surfaces on an address without TLS: for a proxy on the same machine. Said in readiness.",
                "type": "boolean"
              }
            },
            "oneOf": [
              {
                "required": [
                  "address"
                ]
              },
              {
                "required": [
                  "socket"
                ]
              }
            ]
          }
        },
        "callers": {
          "description": "Who may ask, by surface. A surface that decides what runs, or tells what was decided, has callers or does not start; `--insecure-any-caller SURFACE` opens it to everybody who reaches it, and says so in readiness and in each record.",
          "type": "object",
          "additionalProperties": false,
          "properties": {
            "kubernetes-validate": {
              "description": "Who may ask the surface `kubernetes-validate`.",
              "type": "array",
              "minItems": 1,
              "items": {
                "type": "object",
                "additionalProperties": false,
                "properties": {
                  "certificate": {
                    "description": "Who shows such a certificate: `spiffe://cluster.example/ns/x/sa/y` exactly, or all below a path with `/**` at the end; `dns:NAME` compares the whole name.",
                    "type": "string",
                    "minLength": 1
                  },
                  "token": {
                    "description": "Who shows a token of this issuer of `tokens`.",
                    "$ref": "#/$defs/name"
                  },
                  "subjects": {
                    "description": "With `token`: whose. As the issuer names them; SPIFFE IDs for workloads.",
                    "type": "array",
                    "minItems": 1,
                    "items": {
                      "type": "string",
                      "minLength": 1
                    },
                    "uniqueItems": true
                  },
                  "secret": {
                    "description": "Who sends a header that holds what a file holds.",
                    "type": "object",
                    "additionalProperties": false,
                    "required": [
                      "name",
                      "file"
                    ],
                    "properties": {
                      "name": {
                        "description": "Who the caller is then, in records and logs.",
                        "$ref": "#/$defs/name"
                      },
                      "header": {
                        "description": "Which header.",
                        "$ref": "#/$defs/header"
                      },
                      "file": {
                        "description": "The whole value of the header. Read again when it changes.",
                        "$ref": "#/$defs/path"
                      }
                    }
                  },
                  "unixUser": {
                    "description": "Processes of this user at the other end of a socket.",
                    "oneOf": [
                      {
                        "type": "string",
                        "minLength": 1
                      },
                      {
                        "type": "integer",
                        "minimum": 0,
                        "maximum": 4294967294
                      }
                    ]
                  }
                },
                "oneOf": [
                  {
                    "required": [
                      "certificate"
                    ]
                  },
                  {
                    "required": [
                      "token"
                    ]
                  },
                  {
                    "required": [
                      "secret"
                    ]
                  },
                  {
                    "required": [
                      "unixUser"
                    ]
                  }
                ]
              }
            },
            "kubernetes-mutate": {
              "description": "Who may ask the surface `kubernetes-mutate`.",
              "type": "array",
              "minItems": 1,
              "items": {
                "type": "object",
                "additionalProperties": false,
                "properties": {
                  "certificate": {
                    "description": "Who shows such a certificate: `spiffe://cluster.example/ns/x/sa/y` exactly, or all below a path with `/**` at the end; `dns:NAME` compares the whole name.",
                    "type": "string",
                    "minLength": 1
                  },
                  "token": {
                    "description": "Who shows a token of this issuer of `tokens`.",
                    "$ref": "#/$defs/name"
                  },
                  "subjects": {
                    "description": "With `token`: whose. As the issuer names them; SPIFFE IDs for workloads.",
                    "type": "array",
                    "minItems": 1,
                    "items": {
                      "type": "string",
                      "minLength": 1
                    },
                    "uniqueItems": true
                  },
                  "secret": {
                    "description": "Who sends a header that holds what a file holds.",
                    "type": "object",
                    "additionalProperties": false,
                    "required": [
                      "name",
                      "file"
                    ],
                    "properties": {
                      "name": {
                        "description": "Who the caller is then, in records and logs.",
                        "$ref": "#/$defs/name"
                      },
                      "header": {
                        "description": "Which header.",
                        "$ref": "#/$defs/header"
                      },
                      "file": {
                        "description": "The whole value of the header. Read again when it changes.",
                        "$ref": "#/$defs/path"
                      }
                    }
                  },
                  "unixUser": {
                    "description": "Processes of this user at the other end of a socket.",
                    "oneOf": [
                      {
                        "type": "string",
                        "minLength": 1
                      },
                      {
                        "type": "integer",
                        "minimum": 0,
                        "maximum": 4294967294
                      }
                    ]
                  }
                },
                "oneOf": [
                  {
                    "required": [
                      "certificate"
                    ]
                  },
                  {
                    "required": [
                      "token"
                    ]
                  },
                  {
                    "required": [
                      "secret"
                    ]
                  },
                  {
                    "required": [
                      "unixUser"
                    ]
                  }
                ]
              }
            },
            "gatekeeper": {
              "description": "Who may ask the surface `gatekeeper`.",
              "type": "array",
              "minItems": 1,
              "items": {
                "type": "object",
                "additionalProperties": false,
                "properties": {
                  "certificate": {
                    "description": "Who shows such a certificate: `spiffe://cluster.example/ns/x/sa/y` exactly, or all below a path with `/**` at the end; `dns:NAME` compares the whole name.",
                    "type": "string",
                    "minLength": 1
                  },
                  "token": {
                    "description": "Who shows a token of this issuer of `tokens`.",
                    "$ref": "#/$defs/name"
                  },
                  "subjects": {
                    "description": "With `token`: whose. As the issuer names them; SPIFFE IDs for workloads.",
                    "type": "array",
                    "minItems": 1,
                    "items": {
                      "type": "string",
                      "minLength": 1
                    },
                    "uniqueItems": true
                  },
                  "secret": {
                    "description": "Who sends a header that holds what a file holds.",
                    "type": "object",
                    "additionalProperties": false,
                    "required": [
                      "name",
                      "file"
                    ],
                    "properties": {
                      "name": {
                        "description": "Who the caller is then, in records and logs.",
                        "$ref": "#/$defs/name"
                      },
                      "header": {
                        "description": "Which header.",
                        "$ref": "#/$defs/header"
                      },
                      "file": {
                        "description": "The whole value of the header. Read again when it changes.",
                        "$ref": "#/$defs/path"
                      }
                    }
                  },
                  "unixUser": {
                    "description": "Processes of this user at the other end of a socket.",
                    "oneOf": [
                      {
                        "type": "string",
                        "minLength": 1
                      },
                      {
                        "type": "integer",
                        "minimum": 0,
                        "maximum": 4294967294
                      }
                    ]
                  }
                },
                "oneOf": [
                  {
                    "required": [
                      "certificate"
                    ]
                  },
                  {
                    "required": [
                      "token"
                    ]
                  },
                  {
                    "required": [
                      "secret"
                    ]
                  },
                  {
                    "required": [
                      "unixUser"
                    ]
                  }
                ]
              }
            },
            "containerd": {
              "description": "Who may ask the surface `containerd`.",
              "type": "array",
              "minItems": 1,
              "items": {
                "type": "object",
                "additionalProperties": false,
                "properties": {
                  "certificate": {
                    "description": "Who shows such a certificate: `spiffe://cluster.example/ns/x/sa/y` exactly, or all below a path with `/**` at the end; `dns:NAME` compares the whole name.",
                    "type": "string",
                    "minLength": 1
                  },
                  "token": {
                    "description": "Who shows a token of this issuer of `tokens`.",
                    "$ref": "#/$defs/name"
                  },
                  "subjects": {
                    "description": "With `token`: whose. As the issuer names them; SPIFFE IDs for workloads.",
                    "type": "array",
                    "minItems": 1,
                    "items": {
                      "type": "string",
                      "minLength": 1
                    },
                    "uniqueItems": true
                  },
                  "secret": {
                    "description": "Who sends a header that holds what a file holds.",
                    "type": "object",
                    "additionalProperties": false,
                    "required": [
                      "name",
                      "file"
                    ],
                    "properties": {
                      "name": {
                        "description": "Who the caller is then, in records and logs.",
                        "$ref": "#/$defs/name"
                      },
                      "header": {
                        "description": "Which header.",
                        "$ref": "#/$defs/header"
                      },
                      "file": {
                        "description": "The whole value of the header. Read again when it changes.",
                        "$ref": "#/$defs/path"
                      }
                    }
                  },
                  "unixUser": {
                    "description": "Processes of this user at the other end of a socket.",
                    "oneOf": [
                      {
                        "type": "string",
                        "minLength": 1
                      },
                      {
                        "type": "integer",
                        "minimum": 0,
                        "maximum": 4294967294
                      }
                    ]
                  }
                },
                "oneOf": [
                  {
                    "required": [
                      "certificate"
                    ]
                  },
                  {
                    "required": [
                      "token"
                    ]
                  },
                  {
                    "required": [
                      "secret"
                    ]
                  },
                  {
                    "required": [
                      "unixUser"
                    ]
                  }
                ]
              }
            },
            "notification": {
              "description": "Who may ask the surface `notification`.",
              "type": "array",
              "minItems": 1,
              "items": {
                "type": "object",
                "additionalProperties": false,
                "properties": {
                  "certificate": {
                    "description": "Who shows such a certificate: `spiffe://cluster.example/ns/x/sa/y` exactly, or all below a path with `/**` at the end; `dns:NAME` compares the whole name.",
                    "type": "string",
                    "minLength": 1
                  },
                  "token": {
                    "description": "Who shows a token of this issuer of `tokens`.",
                    "$ref": "#/$defs/name"
                  },
                  "subjects": {
                    "description": "With `token`: whose. As the issuer names them; SPIFFE IDs for workloads.",
                    "type": "array",
                    "minItems": 1,
                    "items": {
                      "type": "string",
                      "minLength": 1
                    },
                    "uniqueItems": true
                  },
                  "secret": {
                    "description": "Who sends a header that holds what a file holds.",
                    "type": "object",
                    "additionalProperties": false,
                    "required": [
                      "name",
                      "file"
                    ],
                    "properties": {
                      "name": {
                        "description": "Who the caller is then, in records and logs.",
                        "$ref": "#/$defs/name"
                      },
                      "header": {
                        "description": "Which header.",
                        "$ref": "#/$defs/header"
                      },
                      "file": {
                        "description": "The whole value of the header. Read again when it changes.",
                        "$ref": "#/$defs/path"
                      }
                    }
                  },
                  "unixUser": {
                    "description": "Processes of this user at the other end of a socket.",
                    "oneOf": [
                      {
                        "type": "string",
                        "minLength": 1
                      },
                      {
                        "type": "integer",
                        "minimum": 0,
                        "maximum": 4294967294
                      }
                    ]
                  }
                },
                "oneOf": [
                  {
                    "required": [
                      "certificate"
                    ]
                  },
                  {
                    "required": [
                      "token"
                    ]
                  },
                  {
                    "required": [
                      "secret"
                    ]
                  },
                  {
                    "required": [
                      "unixUser"
                    ]
                  }
                ]
              }
            },
            "api": {
              "description": "Who may ask the surface `api`.",
              "type": "array",
              "minItems": 1,
              "items": {
                "type": "object",
                "additionalProperties": false,
                "properties": {
                  "certificate": {
                    "description": "Who shows such a certificate: `spiffe://cluster.example/ns/x/sa/y` exactly, or all below a path with `/**` at the end; `dns:NAME` compares the whole name.",
                    "type": "string",
                    "minLength": 1
                  },
                  "token": {
                    "description": "Who shows a token of this issuer of `tokens`.",
                    "$ref": "#/$defs/name"
                  },
                  "subjects": {
                    "description": "With `token`: whose. As the issuer names them; SPIFFE IDs for workloads.",
                    "type": "array",
                    "minItems": 1,
                    "items": {
                      "type": "string",
                      "minLength": 1
                    },
                    "uniqueItems": true
                  },
                  "secret": {
                    "description": "Who sends a header that holds what a file holds.",
                    "type": "object",
                    "additionalProperties": false,
                    "required": [
                      "name",
                      "file"
                    ],
                    "properties": {
                      "name": {
                        "description": "Who the caller is then, in records and logs.",
                        "$ref": "#/$defs/name"
                      },
                      "header": {
                        "description": "Which header.",
                        "$ref": "#/$defs/header"
                      },
                      "file": {
                        "description": "The whole value of the header. Read again when it changes.",
                        "$ref": "#/$defs/path"
                      }
                    }
                  },
                  "unixUser": {
                    "description": "Processes of this user at the other end of a socket.",
                    "oneOf": [
                      {
                        "type": "string",
                        "minLength": 1
                      },
                      {
                        "type": "integer",
                        "minimum": 0,
                        "maximum": 4294967294
                      }
                    ]
                  }
                },
                "oneOf": [
                  {
                    "required": [
                      "certificate"
                    ]
                  },
                  {
                    "required": [
                      "token"
                    ]
                  },
                  {
                    "required": [
                      "secret"
                    ]
                  },
                  {
                    "required": [
                      "unixUser"
                    ]
                  }
                ]
              }
            },
            "health": {
              "description": "Who may ask the surface `health`.",
              "type": "array",
              "minItems": 1,
              "items": {
                "type": "object",
                "additionalProperties": false,
                "properties": {
                  "certificate": {
                    "description": "Who shows such a certificate: `spiffe://cluster.example/ns/x/sa/y` exactly, or all below a path with `/**` at the end; `dns:NAME` compares the whole name.",
                    "type": "string",
                    "minLength": 1
                  },
                  "token": {
                    "description": "Who shows a token of this issuer of `tokens`.",
                    "$ref": "#/$defs/name"
                  },
                  "subjects": {
                    "description": "With `token`: whose. As the issuer names them; SPIFFE IDs for workloads.",
                    "type": "array",
                    "minItems": 1,
                    "items": {
                      "type": "string",
                      "minLength": 1
                    },
                    "uniqueItems": true
                  },
                  "secret": {
                    "description": "Who sends a header that holds what a file holds.",
                    "type": "object",
                    "additionalProperties": false,
                    "required": [
                      "name",
                      "file"
                    ],
                    "properties": {
                      "name": {
                        "description": "Who the caller is then, in records and logs.",
                        "$ref": "#/$defs/name"
                      },
                      "header": {
                        "description": "Which header.",
                        "$ref": "#/$defs/header"
                      },
                      "file": {
                        "description": "The whole value of the header. Read again when it changes.",
                        "$ref": "#/$defs/path"
                      }
                    }
                  },
                  "unixUser": {
                    "description": "Processes of this user at the other end of a socket.",
                    "oneOf": [
                      {
                        "type": "string",
                        "minLength": 1
                      },
                      {
                        "type": "integer",
                        "minimum": 0,
                        "maximum": 4294967294
                      }
                    ]
                  }
                },
                "oneOf": [
                  {
                    "required": [
                      "certificate"
                    ]
                  },
                  {
                    "required": [
                      "token"
                    ]
                  },
                  {
                    "required": [
                      "secret"
                    ]
                  },
                  {
                    "required": [
                      "unixUser"
                    ]
                  }
                ]
              }
            },
            "metrics": {
              "description": "Who may ask the surface `metrics`.",
              "type": "array",
              "minItems": 1,
              "items": {
                "type": "object",
                "additionalProperties": false,
                "properties": {
                  "certificate": {
                    "description": "Who shows such a certificate: `spiffe://cluster.example/ns/x/sa/y` exactly, or all below a path with `/**` at the end; `dns:NAME` compares the whole name.",
                    "type": "string",
                    "minLength": 1
                  },
                  "token": {
                    "description": "Who shows a token of this issuer of `tokens`.",
                    "$ref": "#/$defs/name"
                  },
                  "subjects": {
                    "description": "With `token`: whose. As the issuer names them; SPIFFE IDs for workloads.",
                    "type": "array",
                    "minItems": 1,
                    "items": {
                      "type": "string",
                      "minLength": 1
                    },
                    "uniqueItems": true
                  },
                  "secret": {
                    "description": "Who sends a header that holds what a file holds.",
                    "type": "object",
                    "additionalProperties": false,
                    "required": [
                      "name",
                      "file"
                    ],
                    "properties": {
                      "name": {
                        "description": "Who the caller is then, in records and logs.",
                        "$ref": "#/$defs/name"
                      },
                      "header": {
                        "description": "Which header.",
                        "$ref": "#/$defs/header"
                      },
                      "file": {
                        "description": "The whole value of the header. Read again when it changes.",
                        "$ref": "#/$defs/path"
                      }
                    }
                  },
                  "unixUser": {
                    "description": "Processes of this user at the other end of a socket.",
                    "oneOf": [
                      {
                        "type": "string",
                        "minLength": 1
                      },
                      {
                        "type": "integer",
                        "minimum": 0,
                        "maximum": 4294967294
                      }
                    ]
                  }
                },
                "oneOf": [
                  {
                    "required": [
                      "certificate"
                    ]
                  },
                  {
                    "required": [
                      "token"
                    ]
                  },
                  {
                    "required": [
                      "secret"
                    ]
                  },
                  {
                    "required": [
                      "unixUser"
                    ]
                  }
                ]
              }
            }
          },
          "anyOf": [
            {
              "required": [
                "kubernetes-validate"
              ]
            },
            {
              "required": [
                "kubernetes-mutate"
              ]
            },
            {
              "required": [
                "gatekeeper"
              ]
            },
            {
              "required": [
                "containerd"
              ]
            },
            {
              "required": [
                "notification"
              ]
            },
            {
              "required": [
                "api"
              ]
            },
            {
              "required": [
                "health"
              ]
            },
            {
              "required": [
                "metrics"
              ]
            }
          ]
        },
        "tokens": {
          "description": "Whose bearer tokens callers may show. Keys are read from files; nothing is fetched.",
          "type": "array",
          "minItems": 1,
          "items": {
            "type": "object",
            "additionalProperties": false,
            "required": [
              "name",
              "audience"
            ],
            "properties": {
              "name": {
                "description": "By which `callers` name the issuer.",
                "$ref": "#/$defs/name"
              },
              "audience": {
                "description": "For whom a token has to be made out.",
                "type": "string",
                "minLength": 1
              },
              "spiffe": {
                "description": "JWT-SVIDs of a trust domain.",
                "type": "object",
                "additionalProperties": false,
                "required": [
                  "trustDomain",
                  "file"
                ],
                "properties": {
                  "trustDomain": {
                    "description": "The trust domain.",
                    "type": "string",
                    "minLength": 1
                  },
                  "file": {
                    "description": "Its bundle: a JWK set.",
                    "$ref": "#/$defs/path"
                  }
                }
              },
              "oidc": {
                "description": "JWTs of an OpenID Connect issuer.",
                "type": "object",
                "additionalProperties": false,
                "required": [
                  "issuer",
                  "keys"
                ],
                "properties": {
                  "issuer": {
                    "description": "`iss`, byte for byte.",
                    "type": "string",
                    "minLength": 1
                  },
                  "keys": {
                    "description": "Its keys, a JWK set. Read again when it changes.",
                    "$ref": "#/$defs/path"
                  }
                }
              }
            },
            "oneOf": [
              {
                "required": [
                  "spiffe"
                ]
              },
              {
                "required": [
                  "oidc"
                ]
              }
            ]
          }
        },
        "policies": {
          "description": "By what is decided.",
          "type": "object",
          "additionalProperties": false,
          "required": [
            "sources"
          ],
          "properties": {
            "sources": {
              "description": "Where policies come from. The name of a source is the team that it belongs to.",
              "type": "array",
              "minItems": 1,
              "items": {
                "type": "object",
                "additionalProperties": false,
                "required": [
                  "name",
                  "path"
                ],
                "properties": {
                  "name": {
                    "description": "The source.",
                    "$ref": "#/$defs/name"
                  },
                  "path": {
                    "description": "A file, or a directory of `.yaml` and `.yml` files: also a mounted ConfigMap.",
                    "$ref": "#/$defs/path"
                  }
                }
              }
            },
            "guardrails": {
              "description": "Sources that may carry guardrails; no other may.",
              "type": "array",
              "minItems": 1,
              "items": {
                "type": "object",
                "additionalProperties": false,
                "required": [
                  "name",
                  "path"
                ],
                "properties": {
                  "name": {
                    "description": "The source.",
                    "$ref": "#/$defs/name"
                  },
                  "path": {
                    "description": "A file, or a directory of `.yaml` and `.yml` files: also a mounted ConfigMap.",
                    "$ref": "#/$defs/path"
                  }
                }
              }
            },
            "reloadEvery": {
              "description": "How often it is looked whether policies, keys, trust, certificates or secrets have changed. SIGHUP looks at once. What is broken replaces nothing, and is told by log, metric and readiness.",
              "$ref": "#/$defs/duration"
            }
          }
        },
        "trust": {
          "description": "Whose certificates, logs and timestamps are believed. Keys are named by the policies that trust them.",
          "type": "object",
          "additionalProperties": false,
          "properties": {
            "roots": {
              "description": "Trusted roots in files.",
              "type": "array",
              "minItems": 1,
              "items": {
                "type": "object",
                "additionalProperties": false,
                "properties": {
                  "file": {
                    "description": "A `trusted_root.json`, or lines of them.",
                    "$ref": "#/$defs/path"
                  },
                  "builtIn": {
                    "description": "The Sigstore instance that this program knows.",
                    "const": "public-good"
                  },
                  "profile": {
                    "description": "What a signature has to show: `public-good`, `github-private`, or `\"logs:N,scts:N,timestamps:N\"`.",
                    "type": "string",
                    "minLength": 1
                  }
                },
                "oneOf": [
                  {
                    "required": [
                      "file"
                    ]
                  },
                  {
                    "required": [
                      "builtIn"
                    ]
                  }
                ]
              }
            },
            "stores": {
              "description": "Trusted roots in stores of `landwaiter trust init`.",
              "type": "array",
              "minItems": 1,
              "items": {
                "type": "object",
                "additionalProperties": false,
                "required": [
                  "directory"
                ],
                "properties": {
                  "directory": {
                    "description": "The store.",
                    "$ref": "#/$defs/path"
                  },
                  "target": {
                    "description": "The file of the repository.",
                    "type": "string",
                    "minLength": 1
                  },
                  "profile": {
                    "description": "As of a root.",
                    "type": "string",
                    "minLength": 1
                  },
                  "refreshEvery": {
                    "description": "How often the server brings it up to date over the network. A failure keeps what is stored until that expires.",
                    "$ref": "#/$defs/duration"
                  }
                }
              }
            }
          },
          "anyOf": [
            {
              "required": [
                "roots"
              ]
            },
            {
              "required": [
                "stores"
              ]
            }
          ]
        },
        "registries": {
          "description": "The only registries that are ever contacted.",
          "type": "object",
          "additionalProperties": false,
          "required": [
            "hosts"
          ],
          "properties": {
            "hosts": {
              "description": "By exact host and port. An image of any other is answered without a look-up.",
              "type": "array",
              "minItems": 1,
              "items": {
                "type": "object",
                "additionalProperties": false,
                "required": [
                  "host"
                ],
                "properties": {
                  "host": {
                    "description": "`registry.example`, `registry.example:5000`.",
                    "$ref": "#/$defs/host"
                  },
                  "mirrors": {
                    "description": "Asked before it, as `mirror.example/hub`; images keep their names.",
                    "type": "array",
                    "minItems": 1,
                    "items": {
                      "type": "string",
                      "minLength": 1
                    },
                    "uniqueItems": true
                  },
                  "insecurePlainHTTP": {
                    "description": "Speak plain HTTP with it. Loopback needs no permission.",
                    "type": "boolean"
                  }
                }
              }
            },
            "authorities": {
              "description": "PEM; believed besides the system's.",
              "type": "array",
              "minItems": 1,
              "items": {
                "$ref": "#/$defs/path"
              },
              "uniqueItems": true
            },
            "clientCertificate": {
              "description": "Shown to registries.",
              "type": "object",
              "additionalProperties": false,
              "required": [
                "certificate",
                "key"
              ],
              "properties": {
                "certificate": {
                  "description": "PEM.",
                  "$ref": "#/$defs/path"
                },
                "key": {
                  "description": "PEM, not encrypted.",
                  "$ref": "#/$defs/path"
                }
              }
            },
            "realms": {
              "description": "Hosts that registries may lead to: token servers, and addresses that may be private.",
              "type": "array",
              "minItems": 1,
              "items": {
                "$ref": "#/$defs/host"
              },
              "uniqueItems": true
            },
            "credentials": {
              "description": "For pulling.",
              "type": "object",
              "additionalProperties": false,
              "properties": {
                "shared": {
                  "description": "docker's `config.json` or a mounted imagePullSecret, for namespaces that no tenant has.",
                  "type": "array",
                  "minItems": 1,
                  "items": {
                    "$ref": "#/$defs/path"
                  },
                  "uniqueItems": true
                },
                "tenants": {
                  "description": "Namespaces with credentials of their own. What is read with them is never shared with other tenants.",
                  "type": "array",
                  "minItems": 1,
                  "items": {
                    "type": "object",
                    "additionalProperties": false,
                    "required": [
                      "name",
                      "namespaces",
                      "files"
                    ],
                    "properties": {
                      "name": {
                        "description": "For messages.",
                        "$ref": "#/$defs/name"
                      },
                      "namespaces": {
                        "description": "Each belongs to one tenant.",
                        "type": "array",
                        "minItems": 1,
                        "items": {
                          "$ref": "#/$defs/name"
                        },
                        "uniqueItems": true
                      },
                      "files": {
                        "description": "Asked in turn, and read whenever a registry wants to know who asks.",
                        "type": "array",
                        "minItems": 1,
                        "items": {
                          "$ref": "#/$defs/path"
                        },
                        "uniqueItems": true
                      }
                    }
                  }
                }
              },
              "anyOf": [
                {
                  "required": [
                    "shared"
                  ]
                },
                {
                  "required": [
                    "tenants"
                  ]
                }
              ]
            },
            "contentCache": {
              "description": "A directory in which what was read is kept by digest, for each tenant apart.",
              "$ref": "#/$defs/path"
            }
          }
        },
        "store": {
          "description": "Where verdicts are kept.",
          "type": "object",
          "additionalProperties": false,
          "properties": {
            "sqlite": {
              "description": "A file on this machine; made if it is missing.",
              "$ref": "#/$defs/path"
            },
            "postgres": {
              "description": "For several replicas that share history and work.",
              "type": "object",
              "additionalProperties": false,
              "properties": {
                "conninfoFile": {
                  "description": "A file with the connection as libpq takes it: `host=… dbname=… user=… password=…`.",
                  "$ref": "#/$defs/path"
                },
                "conninfoEnvironment": {
                  "description": "An environment variable with the same. What is secret never stands in this document.",
                  "type": "string",
                  "pattern": "^[A-Z0-9_]+$"
                }
              },
              "oneOf": [
                {
                  "required": [
                    "conninfoFile"
                  ]
                },
                {
                  "required": [
                    "conninfoEnvironment"
                  ]
                }
              ]
            }
          },
          "oneOf": [
            {
              "required": [
                "sqlite"
              ]
            },
            {
              "required": [
                "postgres"
              ]
            }
          ]
        },
        "spool": {
          "description": "Where verdicts are kept while the store cannot be reached.",
          "type": "object",
          "additionalProperties": false,
          "required": [
            "directory"
          ],
          "properties": {
            "directory": {
              "description": "Of this server alone.",
              "$ref": "#/$defs/path"
            },
            "mostBytes": {
              "description": "When it is full verdicts are still given, and counted as not recorded.",
              "$ref": "#/$defs/size"
            }
          }
        },
        "decisions": {
          "description": "Bounds of deciding.",
          "type": "object",
          "additionalProperties": false,
          "properties": {
            "deadline": {
              "description": "Within which a caller is answered that does not say how long it waits. API servers say it.",
              "$ref": "#/$defs/duration"
            },
            "longest": {
              "description": "How long a decision may go on for which nobody waits any more, so that the next one finds its evidence.",
              "$ref": "#/$defs/duration"
            },
            "concurrent": {
              "description": "Decisions at a time; of one registry three quarters of that.",
              "type": "integer",
              "minimum": 1,
              "maximum": 10000
            },
            "queued": {
              "description": "Decisions that wait for their turn. What comes when they are full is answered at once: undecided, `service.overloaded`.",
              "type": "integer",
              "minimum": 1,
              "maximum": 1000000
            }
          },
          "anyOf": [
            {
              "required": [
                "deadline"
              ]
            },
            {
              "required": [
                "longest"
              ]
            },
            {
              "required": [
                "concurrent"
              ]
            },
            {
              "required": [
                "queued"
              ]
            }
          ]
        },
        "cache": {
          "description": "Verified evidence that is kept between decisions. Verdicts never are.",
          "type": "object",
          "additionalProperties": false,
          "properties": {
            "mostBytes": {
              "description": "Memory for it; one tenant gets half at most.",
              "$ref": "#/$defs/size"
            },
            "listFreshFor": {
              "description": "How old a list of an image's evidence may be. Rules that want newer evidence shorten it.",
              "$ref": "#/$defs/duration"
            },
            "grace": {
              "description": "How much longer it is used while the registry cannot be asked.",
              "$ref": "#/$defs/duration"
            },
            "absentFor": {
              "description": "How long it is believed that something is not there.",
              "$ref": "#/$defs/duration"
            }
          },
          "anyOf": [
            {
              "required": [
                "mostBytes"
              ]
            },
            {
              "required": [
                "listFreshFor"
              ]
            },
            {
              "required": [
                "grace"
              ]
            },
            {
              "required": [
                "absentFor"
              ]
            }
          ]
        },
        "kubernetes": {
          "description": "How the Kubernetes webhooks read and change objects.",
          "type": "object",
          "additionalProperties": false,
          "properties": {
            "pinPods": {
              "description": "The mutating webhook pins images of Pods to the verified digest; the validating one rejects those that are not pinned where a policy enforces.",
              "type": "boolean"
            },
            "pinTemplates": {
              "description": "The same for templates of Deployments and the like; what applies manifests from git undoes it.",
              "type": "boolean"
            },
            "kinds": {
              "description": "Further kinds that run pods: `Rollout=/spec/template/spec`.",
              "type": "array",
              "minItems": 1,
              "items": {
                "type": "string",
                "minLength": 1
              },
              "uniqueItems": true
            }
          },
          "anyOf": [
            {
              "required": [
                "pinPods"
              ]
            },
            {
              "required": [
                "pinTemplates"
              ]
            },
            {
              "required": [
                "kinds"
              ]
            }
          ]
        },
        "notifications": {
          "description": "Registries that tell of pushes, and who is told of rejects.",
          "type": "object",
          "additionalProperties": false,
          "required": [
            "registries"
          ],
          "properties": {
            "registries": {
              "description": "Who may tell of pushes.",
              "type": "array",
              "minItems": 1,
              "items": {
                "type": "object",
                "additionalProperties": false,
                "required": [
                  "name",
                  "host",
                  "format",
                  "repositories"
                ],
                "properties": {
                  "name": {
                    "description": "The last part of the path: `/v1/notifications/NAME`.",
                    "$ref": "#/$defs/name"
                  },
                  "host": {
                    "description": "Where its images are read, whatever a body says; one of `registries.hosts`.",
                    "$ref": "#/$defs/host"
                  },
                  "format": {
                    "description": "How its bodies are read.",
                    "enum": [
                      "distribution",
                      "harbor",
                      "mapped"
                    ]
                  },
                  "repositories": {
                    "description": "Of which repositories it may tell.",
                    "type": "array",
                    "minItems": 1,
                    "items": {
                      "$ref": "#/$defs/glob"
                    },
                    "uniqueItems": true
                  },
                  "mapping": {
                    "description": "With `format: mapped`: where things stand in a body.",
                    "type": "object",
                    "additionalProperties": false,
                    "required": [
                      "repository"
                    ],
                    "properties": {
                      "repository": {
                        "description": "Where the repository stands (RFC 6901; `*` for every element of a list).",
                        "$ref": "#/$defs/pointer"
                      },
                      "repositoryPrefix": {
                        "description": "Taken away from it.",
                        "type": "string",
                        "minLength": 1
                      },
                      "tag": {
                        "description": "Where the tag stands; this or `digest`.",
                        "$ref": "#/$defs/pointer"
                      },
                      "digest": {
                        "description": "Where the digest stands.",
                        "$ref": "#/$defs/pointer"
                      },
                      "id": {
                        "description": "Where the event's own id stands.",
                        "$ref": "#/$defs/pointer"
                      },
                      "action": {
                        "description": "Where it says what happened.",
                        "$ref": "#/$defs/pointer"
                      },
                      "pushes": {
                        "description": "Which actions are pushes.",
                        "type": "array",
                        "minItems": 1,
                        "items": {
                          "type": "string",
                          "minLength": 1
                        },
                        "uniqueItems": true
                      },
                      "everyEventIsAPush": {
                        "description": "Instead of `action` and `pushes`.",
                        "type": "boolean"
                      }
                    },
                    "anyOf": [
                      {
                        "required": [
                          "tag"
                        ]
                      },
                      {
                        "required": [
                          "digest"
                        ]
                      },
                      {
                        "required": [
                          "action"
                        ]
                      },
                      {
                        "required": [
                          "pushes"
                        ]
                      },
                      {
                        "required": [
                          "everyEventIsAPush"
                        ]
                      }
                    ]
                  },
                  "destinations": {
                    "description": "For which namespaces its images are bound.",
                    "type": "array",
                    "minItems": 1,
                    "items": {
                      "type": "object",
                      "additionalProperties": false,
                      "required": [
                        "repositories",
                        "namespaces"
                      ],
                      "properties": {
                        "repositories": {
                          "description": "Of these repositories.",
                          "type": "array",
                          "minItems": 1,
                          "items": {
                            "$ref": "#/$defs/glob"
                          },
                          "uniqueItems": true
                        },
                        "namespaces": {
                          "description": "The images are bound for these namespaces.",
                          "type": "array",
                          "minItems": 1,
                          "items": {
                            "$ref": "#/$defs/name"
                          },
                          "uniqueItems": true
                        }
                      }
                    }
                  },
                  "header": {
                    "description": "A header that it sends, with a secret.",
                    "type": "object",
                    "additionalProperties": false,
                    "required": [
                      "name",
                      "file"
                    ],
                    "properties": {
                      "name": {
                        "description": "Which header.",
                        "$ref": "#/$defs/header"
                      },
                      "file": {
                        "description": "Its whole value, at least 16 bytes. A second line is accepted as well, while one replaces the other.",
                        "$ref": "#/$defs/path"
                      }
                    }
                  },
                  "signature": {
                    "description": "A keyed hash of the body.",
                    "type": "object",
                    "additionalProperties": false,
                    "required": [
                      "header",
                      "file"
                    ],
                    "properties": {
                      "header": {
                        "description": "Which header.",
                        "$ref": "#/$defs/header"
                      },
                      "file": {
                        "description": "The secret, at least 16 bytes.",
                        "$ref": "#/$defs/path"
                      },
                      "prefix": {
                        "description": "Before the code, like `sha256=`.",
                        "type": "string",
                        "minLength": 1
                      },
                      "algorithm": {
                        "description": "The hash.",
                        "enum": [
                          "sha256",
                          "sha384",
                          "sha512"
                        ]
                      },
                      "encoding": {
                        "description": "How the code is written.",
                        "enum": [
                          "hex",
                          "base64"
                        ]
                      },
                      "timestampHeader": {
                        "description": "A header with the time, which the code covers; 300 seconds of difference are accepted.",
                        "$ref": "#/$defs/header"
                      }
                    }
                  },
                  "callers": {
                    "description": "Identities that have shown a certificate or a token.",
                    "type": "array",
                    "minItems": 1,
                    "items": {
                      "type": "string",
                      "minLength": 1
                    },
                    "uniqueItems": true
                  },
                  "judgesUntagged": {
                    "description": "Whether images that are pushed without a tag are judged; most are platforms of an index that is pushed after them.",
                    "type": "boolean",
                    "default": false
                  },
                  "insecureAnyone": {
                    "description": "Whoever reaches it.",
                    "type": "boolean"
                  }
                },
                "anyOf": [
                  {
                    "required": [
                      "header"
                    ]
                  },
                  {
                    "required": [
                      "signature"
                    ]
                  },
                  {
                    "required": [
                      "callers"
                    ]
                  },
                  {
                    "required": [
                      "insecureAnyone"
                    ]
                  }
                ]
              }
            },
            "receivers": {
              "description": "Who is told when a verdict turns to a reject, or away from one.",
              "type": "array",
              "minItems": 1,
              "items": {
                "type": "object",
                "additionalProperties": false,
                "required": [
                  "name",
                  "url",
                  "file"
                ],
                "properties": {
                  "name": {
                    "description": "For messages.",
                    "$ref": "#/$defs/name"
                  },
                  "url": {
                    "description": "`https://`; plain HTTP to loopback alone.",
                    "type": "string",
                    "pattern": "^https?://"
                  },
                  "file": {
                    "description": "The secret with which bodies are signed (Standard Webhooks).",
                    "$ref": "#/$defs/path"
                  },
                  "images": {
                    "description": "Of which images it is told, over `registry/repository`.",
                    "type": "array",
                    "minItems": 1,
                    "items": {
                      "$ref": "#/$defs/glob"
                    },
                    "uniqueItems": true
                  }
                }
              }
            },
            "workers": {
              "description": "Jobs at a time.",
              "type": "integer",
              "minimum": 1,
              "maximum": 64
            },
            "queued": {
              "description": "Jobs that wait; beyond, notifications are answered 429.",
              "type": "integer",
              "minimum": 1,
              "maximum": 10000000
            }
          }
        },
        "log": {
          "description": "The log on standard error.",
          "type": "object",
          "additionalProperties": false,
          "properties": {
            "format": {
              "description": "`automatic`: text on a terminal, else JSON.",
              "enum": [
                "json",
                "text",
                "automatic"
              ]
            },
            "level": {
              "description": "From which on. Events are always written.",
              "enum": [
                "debug",
                "info",
                "notice",
                "warning",
                "error"
              ]
            }
          },
          "anyOf": [
            {
              "required": [
                "format"
              ]
            },
            {
              "required": [
                "level"
              ]
            }
          ]
        },
        "runbooks": {
          "description": "Where reason codes are explained. Events link to it, with `#` and the code.",
          "type": "string",
          "pattern": "^https?://"
        },
        "shutdown": {
          "description": "How it ends.",
          "type": "object",
          "additionalProperties": false,
          "properties": {
            "lameDuck": {
              "description": "After SIGTERM: how long it still answers and is not ready, until load balancers have looked.",
              "$ref": "#/$defs/duration"
            },
            "drain": {
              "description": "For what is under way after that.",
              "$ref": "#/$defs/duration"
            }
          },
          "anyOf": [
            {
              "required": [
                "lameDuck"
              ]
            },
            {
              "required": [
                "drain"
              ]
            }
          ]
        }
      }
    }
  },
  "$defs": {
    "name": {
      "description": "1 to 63 lower-case letters, digits, `-`, `_` and `.`; the first and last a letter or digit.",
      "type": "string",
      "pattern": "^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$"
    },
    "path": {
      "description": "A path, relative to the document.",
      "type": "string",
      "minLength": 1
    },
    "host": {
      "description": "A host, with its port if it has one.",
      "type": "string",
      "minLength": 1,
      "pattern": "^[^/@ ]+$"
    },
    "duration": {
      "description": "A whole number above 0 and `s`, `m`, `h` or `d`.",
      "type": "string",
      "pattern": "^[0-9]{1,9}[smhd]$"
    },
    "size": {
      "description": "A whole number and `KiB`, `MiB` or `GiB`.",
      "type": "string",
      "pattern": "^[0-9]{1,6}(KiB|MiB|GiB)$"
    },
    "header": {
      "description": "The name of a header.",
      "type": "string",
      "pattern": "^[A-Za-z0-9-]{1,128}$"
    },
    "pointer": {
      "description": "A pointer of RFC 6901, in which `*` stands for every element of a list.",
      "type": "string",
      "pattern": "^/",
      "maxLength": 512
    },
    "glob": {
      "description": "A pattern over whole path components: `*` within one, `**` for any number of them.",
      "type": "string",
      "minLength": 1
    }
  }
}

"""#

    private static let trustDoctor = #"""
{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "$id": "https://landwaiter.dev/schemas/v1/trust-doctor.schema.json",
  "title": "TrustDoctor",
  "description": "What `landwaiter trust doctor --output json` writes: how long each part of trust still holds, and what to do.",
  "type": "object",
  "additionalProperties": false,
  "required": ["schemaVersion", "at", "withinSeconds", "withinOnlineSeconds", "problems", "parts"],
  "properties": {
    "schemaVersion": {"const": 1},
    "at": {"$ref": "#/$defs/time"},
    "withinSeconds": {"description": "Less than this before its end a part is `ending`.", "type": "integer", "minimum": 1},
    "withinOnlineSeconds": {
      "description": "The same for what machines renew: timestamp and snapshot roles, SPIFFE bundles, revocation lists.",
      "type": "integer",
      "minimum": 1
    },
    "problems": {"description": "How many parts need somebody. The exit status is 0 if and only if there are none.", "type": "integer", "minimum": 0},
    "parts": {
      "description": "Those that need somebody first, then by their end.",
      "type": "array",
      "items": {"$ref": "#/$defs/part"}
    }
  },
  "$defs": {
    "time": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"},
    "part": {
      "type": "object",
      "additionalProperties": false,
      "required": ["source", "kind", "name", "status", "problem"],
      "properties": {
        "source": {"description": "The file, store, trusted root or policy that it is of.", "type": "string"},
        "kind": {
          "enum": [
            "tuf-root", "tuf-timestamp", "tuf-snapshot", "tuf-targets", "certificate-authority", "timestamp-authority",
            "certificate-log", "transparency-log", "key", "certificate", "spiffe-bundle", "spiffe-authority",
            "spiffe-token-key", "revocation-list", "file", "policy", "trust-store"
          ]
        },
        "name": {"description": "For people.", "type": "string"},
        "id": {"description": "SHA-256 of the key, the certificate or the list.", "type": "string", "pattern": "^sha256:[0-9a-f]{64}$"},
        "from": {"$ref": "#/$defs/time"},
        "until": {
          "description": "Its last second; for roles of a repository the first in which it no longer holds. Absent: no end is stated.",
          "$ref": "#/$defs/time"
        },
        "facts": {"description": "What else there is to say, by name.", "type": "object", "additionalProperties": {"type": "string"}},
        "status": {"enum": ["ok", "ending", "ended", "not-yet", "missing", "unreadable"]},
        "problem": {
          "description": "Whether somebody has to do something. A part that ended and has a successor is history, and an element that this program can't use counts for nothing.",
          "type": "boolean"
        },
        "daysLeft": {"description": "Whole days until the end; negative once it is over.", "type": "integer"},
        "successor": {"description": "Which part goes on where this one ends, by its id, or its name.", "type": "string"},
        "note": {"type": "string"},
        "mend": {"description": "What to do.", "type": "string"}
      }
    }
  }
}

"""#

    private static let trustShow = #"""
{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "$id": "https://landwaiter.dev/schemas/v1/trust-show.schema.json",
  "title": "TrustShow",
  "description": "What `landwaiter trust show --output json` writes: the parts of trusted roots, stores, bundles, certificates, lists and keys.",
  "type": "object",
  "additionalProperties": false,
  "required": ["schemaVersion", "sources"],
  "properties": {
    "schemaVersion": {"const": 1},
    "sources": {"description": "As they were named.", "type": "array", "items": {"$ref": "#/$defs/source"}}
  },
  "$defs": {
    "time": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"},
    "facts": {"description": "What else there is to say, by name.", "type": "object", "additionalProperties": {"type": "string"}},
    "source": {
      "type": "object",
      "additionalProperties": false,
      "required": ["name", "form", "parts"],
      "properties": {
        "name": {"type": "string"},
        "form": {"description": "What it is, in words.", "type": "string"},
        "facts": {"$ref": "#/$defs/facts"},
        "parts": {"type": "array", "items": {"$ref": "#/$defs/part"}}
      }
    },
    "part": {
      "type": "object",
      "additionalProperties": false,
      "required": ["kind", "name"],
      "properties": {
        "kind": {
          "enum": [
            "tuf-root", "tuf-timestamp", "tuf-snapshot", "tuf-targets", "certificate-authority", "timestamp-authority",
            "certificate-log", "transparency-log", "key", "certificate", "spiffe-bundle", "spiffe-authority",
            "spiffe-token-key", "revocation-list", "file", "policy", "trust-store"
          ]
        },
        "name": {"description": "For people.", "type": "string"},
        "id": {"description": "SHA-256 of the key, the certificate or the list.", "type": "string", "pattern": "^sha256:[0-9a-f]{64}$"},
        "from": {"$ref": "#/$defs/time"},
        "until": {
          "description": "Its last second; for roles of a repository the first in which it no longer holds. Absent: no end is stated.",
          "$ref": "#/$defs/time"
        },
        "facts": {"$ref": "#/$defs/facts"},
        "note": {"description": "Why it is not used, or can't be.", "type": "string"}
      }
    }
  }
}

"""#
}
