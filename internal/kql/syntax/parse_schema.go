package syntax

import "nephoscope/internal/schema"

// rowSchema reads (a:long, b:string).
func (p *parser) rowSchema() *RowSchema {
	start, open := p.start(), p.pos
	if !p.expect(kLParen, `"(" and the columns`) {
		return &RowSchema{Span: p.since(start)}
	}
	p.accept(kComma)
	s := p.schemaColumns(start)
	p.closeBracket(open, `","`)
	s.Span = p.since(start)
	return s
}

// schemaColumns reads a:long, b:string, * up to the closing bracket. A comma
// may follow the last.
func (p *parser) schemaColumns(start int) *RowSchema {
	s := &RowSchema{}
	for !p.at(kRParen) {
		if p.accept(kStar) {
			s.Open = true
		} else {
			s.Columns = append(s.Columns, p.columnDecl())
		}
		if !p.accept(kComma) {
			break
		}
	}
	s.Span = p.since(start)
	return s
}

// columnDecl reads name:type.
func (p *parser) columnDecl() *ColumnDecl {
	start := p.start()
	c := &ColumnDecl{Name: p.needDeclared("a column name")}
	if p.expect(kColon, `":" and a type`) {
		c.Type = p.typeName(false)
	}
	c.Span = p.since(start)
	return c
}

// typeName reads a scalar type. The extended ones, which only typeof and
// find's projection take, have no schema.Type of their own.
func (p *parser) typeName(extended bool) *TypeName {
	start := p.start()
	if !isWord(p.tok) {
		p.missing("a type")
		return &TypeName{Span: Span{start, start}}
	}
	word := p.word(p.tok)
	t, ok := typeByName(word)
	switch {
	case ok, extended && extendedTypes[word]:
	case extended:
		p.errs.add(Meaningless, p.here(), "unknown type %q%s", word, suggestion{word, typeNames})
	default:
		p.errs.add(Malformed, p.here(), "unknown type %q%s", word, suggestion{word, typeNames})
	}
	p.next()
	return &TypeName{Span: p.since(start), Name: word, Type: t}
}

// extendedTypes are the types that only typeof and find's projection take.
var extendedTypes = wordSet("float", "int16", "int32", "uint", "uint16", "uint32", "uint64", "uint8", "ulong")

// typeNames are the types that people write.
var typeNames = []string{
	"bool", "boolean", "date", "datetime", "decimal", "double", "dynamic", "guid", "int", "int64", "int8", "long",
	"real", "string", "time", "timespan", "uniqueid",
}

// typeByName returns the type of a name in a declaration.
func typeByName(word string) (schema.Type, bool) {
	switch word {
	case "int8":
		return schema.Int, true
	case "int64":
		return schema.Long, true
	case "uuid":
		return schema.Unknown, false
	}
	t, err := schema.ParseType(word)
	return t, err == nil
}

// parameters reads the parameters of a function: (T:(a:long), n:int = 1).
func (p *parser) parameters() []*Parameter {
	open := p.pos
	if !p.expect(kLParen, `"(" and the parameters`) {
		return nil
	}
	var list []*Parameter
	for !p.at(kRParen) || len(list) > 0 {
		list = append(list, p.parameter())
		if !p.accept(kComma) {
			break
		}
	}
	p.closeBracket(open, `","`)
	return list
}

// parameter reads name:type = default.
func (p *parser) parameter() *Parameter {
	start := p.start()
	a := &Parameter{Name: p.needDeclared("a parameter name")}
	switch {
	case !p.expect(kColon, `":" and a type`):
	case p.at(kLParen):
		a.Schema = p.rowSchema()
	default:
		a.Type = p.typeName(false)
	}
	if p.accept(kAssign) {
		a.Default = p.defaultValue()
	}
	a.Span = p.since(start)
	return a
}

// defaultValue reads the default of a parameter, which must be a constant.
func (p *parser) defaultValue() Expr {
	if x := p.literal(); x != nil {
		return x
	}
	if id := p.name(always); id != nil {
		return id
	}
	return p.noExpr(`a constant after "="`)
}
