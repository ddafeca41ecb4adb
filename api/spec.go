// Package api holds the description of the HTTP API, which comes before the
// code: internal/api serves what stands there, and its tests hold every answer
// against it.
package api

import _ "embed"

// YAML is the description in OpenAPI's form.
//
//go:embed openapi.yaml
var YAML []byte
