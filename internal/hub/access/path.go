package access

import "strings"

// EntityPath is the path of an address or audience: without scheme, host,
// port and superfluous slashes. "amqps://host:5671/Hub/Partitions/0" and
// "/Hub/Partitions/0" are both "Hub/Partitions/0". Case is kept.
func EntityPath(address string) string {
	if _, rest, ok := strings.Cut(address, "://"); ok {
		_, address, _ = strings.Cut(rest, "/")
	}
	return strings.Join(segments(address), "/")
}

func segments(path string) []string {
	return strings.FieldsFunc(path, func(c rune) bool { return c == '/' })
}

// Covers tells whether what is granted for one entity path holds for
// another: they are equal or the second lies below the first, segment by
// segment, without case. "" covers everything.
func Covers(granted, path string) bool {
	above, below := segments(granted), segments(path)
	if len(above) > len(below) {
		return false
	}
	for i, segment := range above {
		if !strings.EqualFold(segment, below[i]) {
			return false
		}
	}
	return true
}

// hubOf is the first segment of an entity path.
func hubOf(path string) string {
	hub, _, _ := strings.Cut(path, "/")
	return hub
}
