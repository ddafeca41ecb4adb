package decode

// Index returns, after Next returned io.EOF, the number of all elements of the
// data, rejects included.
func (r *Reader) Index() int64 { return r.w.index }
