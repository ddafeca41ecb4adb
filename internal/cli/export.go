package cli

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"nephoscope/internal/azure"
	"nephoscope/internal/field"
)

func newExport(env *Env) *cobra.Command {
	cmd := group("export", "Make Azure stream its Activity Log to Event Hubs")
	cmd.AddCommand(
		newExportProfile(env),
		newExportDiagnostic(env),
		newExportRun(env),
	)
	return cmd
}

// addAzure adds the flags that say who we are in Azure, and returns what they
// say.
func addAzure(cmd *cobra.Command) *azure.Config {
	c := azure.Default()
	f := cmd.Flags()
	f.StringVar((*string)(&c.Method), "auth", string(c.Method), "how to sign in: "+strings.Join(azure.MethodNames(), ", "))
	f.StringVar(&c.Tenant, "tenant", "", "id or domain of the tenant")
	f.StringVar(&c.Client, "client", "", "application (client) id")
	f.StringVar(&c.Secret.File, "secret-file", "", "file with the client secret")
	f.StringVar(&c.Secret.Env, "secret-env", "", "environment variable with the client secret")
	f.StringVar(&c.Certificate, "certificate", "", "PEM or PKCS#12 file with certificate and key")
	f.StringVar(&c.Password.File, "password-file", "", "file with the password of the certificate")
	f.StringVar(&c.Password.Env, "password-env", "", "environment variable with the password of the certificate")
	f.StringVar(&c.Token.File, "token-file", "", "file with a token, for --auth token and workload")
	f.StringVar(&c.Token.Env, "token-env", "", "environment variable with a token, for --auth token")
	f.StringVar(&c.Cloud, "cloud", c.Cloud, strings.Join(azure.CloudNames(), ", "))
	f.StringVar(&c.Endpoint, "endpoint", "", "address of Resource Manager, if the cloud is none of these")
	f.StringVar(&c.Authority, "authority", "", "address of Entra ID, if the cloud is none of these")
	f.StringVar(&c.Audience, "audience", "", "what tokens are asked for, if not the endpoint")
	f.StringVar(&c.CA, "ca", "", "PEM file with certificates to trust beside the system's")
	return &c
}

// asUsage turns problems of fields into a mistake in the arguments; each is
// named by its flag. Other errors stay as they are.
func asUsage(err error) error {
	list := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		list = joined.Unwrap()
	}
	var lines []string
	for _, e := range list {
		var problem *field.Error
		if !errors.As(e, &problem) {
			return err
		}
		lines = append(lines, flagOf(problem.Field)+": "+problem.Problem)
	}
	return usagef("%s", strings.Join(lines, "\n            "))
}

// flagOf returns the flag that sets a field of the credential or a setting.
func flagOf(field string) string {
	switch field {
	case "method":
		return "--auth"
	case "secret", "password":
		return "--" + field + "-file and --" + field + "-env"
	case "token":
		return "--token-file and --token-env"
	default:
		return "--" + strings.ReplaceAll(field, ".", "-")
	}
}

// A scope is the subscriptions that a command is about.
type scope struct {
	named []string
	all   bool
}

// subscriptionVariable is the variable by which Azure's tools know the
// subscription.
const subscriptionVariable = "AZURE_SUBSCRIPTION_ID"

func addScope(cmd *cobra.Command) *scope {
	s := &scope{}
	cmd.Flags().StringSliceVar(&s.named, "subscription", nil, "id or name; can be repeated (default $"+subscriptionVariable+")")
	cmd.Flags().BoolVar(&s.all, "all-subscriptions", false, "every enabled subscription that the credential can see")
	return s
}

// check finds out whether there is a subscription, without asking Azure.
func (s *scope) check() error {
	switch {
	case s.all && len(s.named) > 0:
		return usagef("--all-subscriptions and --subscription: want one of them")
	case s.all || len(s.named) > 0:
		return nil
	}
	if id := os.Getenv(subscriptionVariable); id != "" {
		s.named = []string{id}
		return nil
	}
	return usagef("--subscription is empty, and so is $%s: want an id or a name, or --all-subscriptions", subscriptionVariable)
}

// ids returns the subscriptions' ids, each once.
func (s *scope) ids(cmd *cobra.Command, client *azure.Client) ([]string, error) {
	if !s.all {
		ids, err := client.Find(cmd.Context(), s.named)
		var distinct []string
		for _, id := range ids {
			if !slices.Contains(distinct, id) {
				distinct = append(distinct, id)
			}
		}
		return distinct, err
	}
	known, err := client.Subscriptions(cmd.Context())
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, k := range known {
		if strings.EqualFold(k.State, "Enabled") {
			ids = append(ids, k.ID)
		}
	}
	if len(ids) == 0 {
		return nil, errors.New("this credential can see no enabled subscription: give it the role Reader on one")
	}
	return ids, nil
}

// advice returns what this command can do about an error, in lines below it.
func advice(err error, command, subscription string) string {
	var exists *azure.ExistsError
	var register *azure.RegistrationError
	var text string
	if errors.As(err, &exists) {
		text += fmt.Sprintf("\n  here: nephoscope export %s delete --subscription %s --name %q", command, subscription, exists.Names[0])
		if exists.Replaceable {
			text += "\n  or again with --replace, which removes it first and puts it back if the new one is refused"
		}
	}
	if errors.As(err, &register) {
		text += "\n  or again with --register, which registers it and waits"
	}
	return text
}
