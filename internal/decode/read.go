package decode

// A reading is what came of reading one value, strictly or mended. The tape of
// text is the scanner's.
type reading struct {
	out    outcome
	text   []byte // strict JSON; of an envelope what stands before its list
	end    int    // where in the data the value ends, or the envelope's list begins
	mended bool
	fault  fault // why, if out is faulted
}

// read reads the value that b begins with: strictly, and if that fails
// leniently. An object that watch makes an envelope is read up to its list.
func (d *Decoder) read(b []byte, watch watch) reading {
	s := &d.scan
	s.watch = watch
	end, out := s.scan(b)
	if out != faulted {
		return reading{out: out, text: b[:end], end: end}
	}
	if !s.fault.mendable() {
		return reading{fault: s.fault}
	}
	if watch == 0 {
		s = nil
	}
	end, out = d.mend.mend(b, s)
	switch out {
	case complete:
		_, out = d.scan.scan(d.mend.out)
		return reading{out: out, text: d.mend.out, end: end, mended: true, fault: d.scan.fault}
	case envelope:
		return reading{out: out, text: d.mend.out, end: end, mended: true}
	}
	return reading{fault: d.mend.fault}
}

// early tells whether a longer b could change the reading of b: it ends before
// the value does, or before the first element of an envelope's list shows that
// it is one.
func (r reading) early(b []byte) bool {
	switch r.out {
	case envelope:
		return skipSpace(b, r.end+1) == len(b)
	case faulted:
		return r.fault.reason == ReasonTruncated
	}
	return false
}
