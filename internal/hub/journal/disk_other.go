//go:build !linux

package journal

func (f osFile) sync() error { return f.Sync() }

func (f osFile) reserve(int64, int64) {}
