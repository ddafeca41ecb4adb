package incident

import (
	"cmp"
	"slices"
	"strings"
)

// A book holds the present state of every incident, deleted ones too, and what
// they are found by. The states in it are shared and not changed. The caller
// holds the lock.
//
// It exists because the table holds every state of every incident: to find the
// present ones there takes a look at all rows, which is too much for each alert
// that is to be grouped. 20,000 incidents take about 60 MB.
type book struct {
	numbers  []int // in order
	byNumber map[int]*Incident
	byName   map[string]int // the newest of that name, in lower case
	// byAlert lists who holds an alert, or held it until people took it out,
	// byKey who takes alerts of a grouping key; in the order of the numbers.
	byAlert map[string][]int
	byKey   map[string][]int
}

func newBook() *book {
	return &book{byNumber: map[int]*Incident{}, byName: map[string]int{}, byAlert: map[string][]int{}, byKey: map[string][]int{}}
}

// put takes up a state, unless a later one of the same incident is known.
func (b *book) put(in *Incident) {
	old := b.byNumber[in.Number]
	if old != nil && !in.LastModified.After(old.LastModified) {
		return
	}
	b.byNumber[in.Number] = in
	if old == nil {
		b.numbers = insert(b.numbers, in.Number)
		old = &Incident{}
	}
	if name := strings.ToLower(in.Name); b.byName[name] <= in.Number {
		b.byName[name] = in.Number
	}
	reindex(b.byAlert, in.Number, old.known(), in.known())
	reindex(b.byKey, in.Number, old.keys(), in.keys())
}

// known lists the alerts that the incident has to do with.
func (in *Incident) known() []string {
	if len(in.Additional.Removed) == 0 {
		return in.AlertIDs
	}
	return slices.Concat(in.AlertIDs, in.Additional.Removed)
}

func (in *Incident) keys() []string {
	if in.Additional.GroupingKey == "" || in.Additional.Deleted {
		return nil
	}
	return []string{in.Additional.GroupingKey}
}

// reindex notes that an incident went from some keys to others.
func reindex(index map[string][]int, number int, from, to []string) {
	if len(from) <= len(to) && slices.Equal(from, to[:len(from)]) {
		from, to = nil, to[len(from):] // the usual case: some were added
	}
	for _, key := range from {
		rest := slices.DeleteFunc(slices.Clone(index[key]), func(n int) bool { return n == number })
		if index[key] = rest; len(rest) == 0 {
			delete(index, key)
		}
	}
	for _, key := range to {
		index[key] = insert(index[key], number)
	}
}

// insert adds a number to a list in order, once.
func insert(list []int, n int) []int {
	i, there := slices.BinarySearch(list, n)
	if there {
		return list
	}
	return slices.Insert(list, i, n)
}

// number returns an incident that is not deleted, or nil.
func (b *book) number(n int) *Incident {
	if in := b.byNumber[n]; in != nil && !in.Additional.Deleted {
		return in
	}
	return nil
}

// name returns the incident of a name that is not deleted, or nil.
func (b *book) name(name string) *Incident { return b.number(b.byName[strings.ToLower(name)]) }

// list returns the chosen incidents in the filter's order.
func (b *book) list(f Filter) []*Incident {
	var list []*Incident
	for _, n := range slices.Backward(b.numbers) {
		if in := b.number(n); in != nil && f.chooses(in) {
			list = append(list, in)
		}
	}
	if f.Order != "" && f.Order != ByIncidentNumber || f.Ascending {
		slices.SortFunc(list, f.compare)
	}
	list = list[min(f.Skip, len(list)):]
	if f.Limit > 0 {
		list = list[:min(f.Limit, len(list))]
	}
	return list
}

// compare orders two incidents.
func (f Filter) compare(a, b *Incident) int {
	c := cmp.Or(f.Order.compare(a, b), cmp.Compare(a.Number, b.Number))
	if f.Ascending {
		return c
	}
	return -c
}

func (o Order) compare(a, b *Incident) int {
	switch o {
	case ByCreated:
		return a.Created.Compare(b.Created)
	case ByModified:
		return a.LastModified.Compare(b.LastModified)
	case ByFirstActivity:
		return a.FirstActivity.Compare(b.FirstActivity)
	case ByLastActivity:
		return a.LastActivity.Compare(b.LastActivity)
	case BySeverity:
		return rank(a.Severity) - rank(b.Severity)
	case ByStatus:
		return slices.Index(Statuses(), a.Status) - slices.Index(Statuses(), b.Status)
	case ByTitle:
		return strings.Compare(strings.ToLower(a.Title), strings.ToLower(b.Title))
	}
	return 0
}
