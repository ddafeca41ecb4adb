package duck

type idSet struct{}
