package tables

import "bytes"

// A resourceID is an Azure resource id taken apart. All parts alias the parsed
// text and keep its case; those that the id does not have are empty.
type resourceID struct {
	subscription []byte
	group        []byte
	provider     []byte // the first provider
	path         []byte // what follows the first provider: type/name[/type/name...]
	last         []byte // the last segment
}

// parseResourceID takes apart ids of any scope: subscription, resource group,
// resource, extension resource, tenant, management group; with or without
// slashes at either end, in any case. What it does not know it passes over.
func parseResourceID(id []byte) resourceID {
	var r resourceID
	id = trimSlashes(id)
	r.last = id[bytes.LastIndexByte(id, '/')+1:]
	for len(id) > 0 {
		var key, value []byte
		key, id = cutSegment(id)
		value, id = cutSegment(id)
		switch {
		case isFold(key, "subscriptions"):
			r.subscription = value
		case isFold(key, "resourcegroups"):
			r.group = value
		case isFold(key, "providers"):
			r.provider, r.path = value, id
			return r
		}
	}
	return r
}

func trimSlashes(id []byte) []byte {
	for len(id) > 0 && id[0] == '/' {
		id = id[1:]
	}
	for len(id) > 0 && id[len(id)-1] == '/' {
		id = id[:len(id)-1]
	}
	return id
}

// cutSegment returns the text before the next slash and what follows it.
func cutSegment(b []byte) (segment, rest []byte) {
	i := bytes.IndexByte(b, '/')
	if i < 0 {
		return b, nil
	}
	return b[:i], b[i+1:]
}

// appendNames appends the names of the resource in lower case, joined with
// slashes. An extension resource has its provider between:
// workspace/microsoft.securityinsights/rule.
func (r *resourceID) appendNames(dst []byte) []byte {
	start := len(dst)
	for path := r.path; len(path) > 0; {
		var kind, name []byte
		kind, path = cutSegment(path)
		name, path = cutSegment(path)
		if len(name) == 0 || isFold(kind, "providers") && len(path) == 0 {
			break
		}
		if len(dst) > start {
			dst = append(dst, '/')
		}
		dst = appendLower(dst, name)
	}
	return dst
}

// appendResourceID appends an id as _ResourceId has it: lower case, with a
// slash before the first segment and none after the last.
func appendResourceID(dst, id []byte) []byte {
	for len(id) > 0 && id[len(id)-1] == '/' {
		id = id[:len(id)-1]
	}
	if len(id) > 0 && id[0] != '/' {
		for _, scope := range []string{"subscriptions", "providers", "tenants"} {
			if first, _ := cutSegment(id); isFold(first, scope) {
				dst = append(dst, '/')
			}
		}
	}
	return appendLower(dst, id)
}
