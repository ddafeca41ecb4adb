package rules

// Parse reads the rules of a text that is not in a file: resources of the API
// if the path ends in .json, else templates. The path is named in findings.
func Parse(path string, data []byte) *Set {
	s := &Set{Files: 1}
	Loader{}.add(s, path, data)
	s.choose()
	return s
}
