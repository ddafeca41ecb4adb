package azure

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// A Secret says where a secret lies. It never holds it: what is printed,
// compared or logged of a Secret is a file name or the name of a variable.
type Secret struct {
	// File is a file that holds the secret and nothing else; white space
	// around it does not count.
	File string `yaml:"file"`
	// Env is the name of an environment variable.
	Env string `yaml:"env"`
}

// String says where the secret lies, empty if nowhere.
func (s Secret) String() string {
	switch {
	case s.File != "":
		return "file " + s.File
	case s.Env != "":
		return "variable " + s.Env
	default:
		return ""
	}
}

// errNoSecret is the answer of a Secret that names nothing.
var errNoSecret = errors.New("no secret is configured: want a file or an environment variable")

// Read returns the secret. An error names the place, never the content.
func (s Secret) Read() (string, error) {
	var text string
	switch {
	case s.File != "":
		data, err := os.ReadFile(s.File)
		if err != nil {
			return "", fmt.Errorf("read secret: %w", err)
		}
		text = string(data)
	case s.Env != "":
		value, set := os.LookupEnv(s.Env)
		if !set {
			return "", fmt.Errorf("environment variable %s is not set: want it to hold the secret", s.Env)
		}
		text = value
	default:
		return "", errNoSecret
	}
	if text = strings.TrimSpace(text); text == "" {
		return "", fmt.Errorf("%s is empty: want it to hold the secret", s)
	}
	return text, nil
}

// quote marks foreign text in a message.
func quote(text string) string { return strconv.Quote(text) }
