package syntax

// Nearest returns the word of the list that is most like word, "" if none is
// like it.
func Nearest(word string, among []string) string { return nearest(word, among) }
