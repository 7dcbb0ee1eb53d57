package config

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/go-viper/mapstructure/v2"
	"github.com/spf13/viper"
)

// Flag is a flag of a command line that sets a key.
type Flag struct {
	Name  string // without the dashes
	Key   string // such as "serve.listen"
	Value string
}

// set sets a key to a value that is written as text.
func (c *Config) set(key, text string) error {
	if limit, ok := strings.CutPrefix(key, limitsPrefix); ok {
		return c.Limits.set(limit, text)
	}
	if !slices.Contains(Keys(), key) {
		return unknownKey(key)
	}
	v := viper.New()
	v.Set(key, text)
	if err := v.Unmarshal(c, viper.DecodeHook(mapstructure.TextUnmarshallerHookFunc())); err != nil {
		return faultOf(text, err)
	}
	return nil
}

// faultOf words a decoder's error about the text of a value, without the key.
func faultOf(text string, err error) error {
	var parse *mapstructure.ParseError
	var decode *mapstructure.DecodeError
	switch {
	case errors.As(err, &parse):
		return fmt.Errorf("invalid value %q (want %s)", text, kindName(parse.Expected.Kind().String()))
	case errors.As(err, &decode):
		return decode.Unwrap()
	}
	return err
}

// kindName is what people call the values of a type of Go or of TOML.
func kindName(kind string) string {
	switch kind {
	case "bool", "boolean":
		return "true or false"
	case "int", "int64", "integer":
		return "a whole number"
	case "float64", "float":
		return "a number"
	case "string":
		return "a text in quotes"
	case "table", "map[string]any":
		return "a table"
	}
	if strings.HasPrefix(kind, "[]") {
		return "a list"
	}
	return kind
}

// envPrefix begins the name of every variable that corust reads.
const envPrefix = "CORUST_"

// splitEnv takes the CORUST_ variables out of an environment, by the lower-case
// rest of their names.
func splitEnv(environ []string) map[string]string {
	vars := map[string]string{}
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		if rest, ok := strings.CutPrefix(name, envPrefix); ok && !serviceLink.MatchString(rest) {
			vars[strings.ToLower(rest)] = value
		}
	}
	return vars
}

// serviceLink is what follows CORUST_ in the variables that Kubernetes gives to every
// container where a service is called corust: CORUST_SERVICE_HOST, CORUST_PORT and
// their like. They are addresses and no configuration.
// https://kubernetes.io/docs/tutorials/services/connect-applications-service/#environment-variables
var serviceLink = regexp.MustCompile(`^(SERVICE_(HOST|PORT(_.+)?)|PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$`)

// overlayEnv sets the keys that variables name.
func (c *Config) overlayEnv(env map[string]string) error {
	known := map[string]string{"config": ""}
	for _, key := range Keys() {
		known[strings.ReplaceAll(key, ".", "_")] = key
	}
	for _, name := range slices.Sorted(maps.Keys(env)) {
		variable := envPrefix + strings.ToUpper(name)
		key, ok := known[name]
		if !ok {
			return fmt.Errorf("environment: unknown variable %s (config.example.toml lists all keys)", variable)
		}
		if key == "" {
			continue
		}
		if err := c.set(key, env[name]); err != nil {
			return fmt.Errorf("environment: %s: %w", variable, err)
		}
	}
	return nil
}
