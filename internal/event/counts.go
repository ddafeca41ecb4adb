package event

// Counts tells what became of delivered records. Read is the sum of the
// others.
type Counts struct {
	Read        int64 // records and rejects found in the bytes
	Committed   int64 // rows written to the tables they belong to
	Duplicate   int64 // recognised as stored already
	Quarantined int64 // kept in quarantine
	// Shapes counts the records among Read by their shape.
	Shapes [ShapeTableRow + 1]int64
}

// Add adds d to c.
func (c *Counts) Add(d Counts) {
	c.Read += d.Read
	c.Committed += d.Committed
	c.Duplicate += d.Duplicate
	c.Quarantined += d.Quarantined
	for i, n := range d.Shapes {
		c.Shapes[i] += n
	}
}

// A Wait blocks until the batch it was given for is durable, rows and position
// together, and returns what became of its records. If it returns an error the
// batch must be delivered again, or the source must stop. Every Wait must be
// called, once.
type Wait func() (Counts, error)
