package address

import "fmt"

// The lengths of names that the service allows.
const (
	maxHubName   = 256
	maxGroupName = 50
)

// CheckHub says whether a name may be a hub's: 1 to 256 letters, digits, dots,
// hyphens and underscores, with a letter or digit at both ends.
func CheckHub(name string) error {
	return checkName("hub", name, maxHubName)
}

// CheckGroup says the same of a consumer group, whose name has at most 50
// characters. DefaultGroup is not among those that can be made.
func CheckGroup(name string) error {
	return checkName("consumer group", name, maxGroupName)
}

func checkName(what, name string, limit int) error {
	if name == "" || len(name) > limit {
		return fmt.Errorf("name of a %s has %d characters: want 1 to %d", what, len(name), limit)
	}
	for i := range len(name) {
		switch c := name[i]; {
		case alphanumeric(c):
		case c != '.' && c != '-' && c != '_':
			return fmt.Errorf("%s %q: only letters, digits, '.', '-' and '_' may stand in a name", what, name)
		case i == 0 || i == len(name)-1:
			return fmt.Errorf("%s %q: a name begins and ends with a letter or a digit", what, name)
		}
	}
	return nil
}

func alphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}
