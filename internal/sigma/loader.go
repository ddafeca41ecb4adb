package sigma

import "nephoscope/internal/rules"

// Loader reads folders of rules of all forms: what is Sigma among them is
// converted together. A refusal becomes an error of the file, a note an info,
// and Metadata that of the rule.
func Loader(opt Options) rules.Loader {
	return rules.Loader{Foreign: IsSigma, Convert: opt.convert}
}

func (opt Options) convert(files []rules.File) (list []*rules.Rule, found []rules.Finding) {
	all := make([]File, len(files))
	for i, f := range files {
		all[i] = File(f)
	}
	results, err := ConvertAll(all, opt)
	if err != nil {
		return nil, []rules.Finding{{Path: files[0].Path, Code: rules.CodeSigma, Level: rules.Error, Message: err.Error()}}
	}
	for _, r := range results {
		found = append(found, r.findings()...)
		if r.Rule != nil {
			r.Rule.Metadata = r.facts()
			list = append(list, r.Rule)
		}
	}
	return list, found
}

// findings says what a result has to say in the words of rules.
func (r *Result) findings() []rules.Finding {
	var found []rules.Finding
	if f := r.Refusal; f != nil {
		message := f.Reason
		if f.Hint != "" {
			message += ": " + f.Hint
		}
		found = append(found, rules.Finding{Path: f.Path, Place: f.Place, Code: rules.CodeSigma, Level: rules.Error, Message: message})
	}
	for _, note := range r.Notes {
		found = append(found, rules.Finding{Path: r.Path, Place: r.Place, Code: rules.CodeSigmaNote, Level: rules.Info, Message: note})
	}
	return found
}

// facts keeps who wrote the Sigma rule, and under which terms.
func (r *Result) facts() []rules.Fact {
	m := r.Metadata
	facts := []rules.Fact{{Key: "source", Values: []string{"Sigma rule " + r.ID}}}
	for _, f := range []rules.Fact{
		{Key: "author", Values: []string{m.Author}},
		{Key: "license", Values: []string{m.License}},
		{Key: "status", Values: []string{m.Status}},
		{Key: "date", Values: []string{m.Date}},
		{Key: "modified", Values: []string{m.Modified}},
		{Key: "references", Values: m.References},
		{Key: "falsePositives", Values: m.FalsePositives},
		{Key: "tags", Values: m.Tags},
	} {
		if len(f.Values) > 0 && f.Values[0] != "" {
			facts = append(facts, f)
		}
	}
	return facts
}
