package bind

import (
	"context"
	"io"

	"nephoscope/internal/kql/fn"
	"nephoscope/internal/kql/ops"
	"nephoscope/internal/kql/plan"
	"nephoscope/internal/kql/syntax"
	"nephoscope/internal/schema"
)

// Open opens a file or an address that a query reads external data from. It
// refuses what queries may not read.
type Open func(ctx context.Context, uri string) (io.ReadCloser, error)

// externalData binds externaldata: an operator that reads texts, and a
// projection that reads the columns' types from them.
func (b *binder) externalData(x *syntax.ExternalData, sc *scope) plan.Node {
	op := &ops.External{Open: b.opt.External}
	for _, uri := range x.URIs {
		c, ok := b.scalar(uri, &env{scope: sc}).(*plan.Const)
		text, isText := "", false
		if ok {
			text, isText = c.Value.(string)
		}
		if !isText {
			b.fail(uri, "an address is expected here, as a constant text")
			return nothing()
		}
		op.URIs = append(op.URIs, text)
		noteOnce(&b.reads.Addresses, text)
	}
	for _, w := range x.With {
		b.externalOption(op, w, sc)
	}
	stage := &plan.Stage{Name: "externaldata", Operator: op}
	result := &plan.Project{Input: stage}
	for _, c := range x.Schema.Columns {
		t := schema.String
		if c.Type != nil {
			t = c.Type.Type
		}
		text := &plan.Column{Name: c.Name.Name, Type: schema.String}
		stage.Cols = append(stage.Cols, text)
		op.Columns = append(op.Columns, schema.Column{Name: c.Name.Name, Type: t})
		value := plan.Expr(&plan.Ref{Col: text})
		if t == schema.Dynamic {
			value = b.resolve(b.lib.Find(fn.Scalar, "parse_json"), c, []plan.Expr{value}, nil)
		} else {
			value = b.convert(value, t, c)
		}
		result.Items = append(result.Items, plan.Item{Col: &plan.Column{Name: c.Name.Name, Type: t, Nullable: t != schema.String}, X: value})
	}
	return result
}

func (b *binder) externalOption(op *ops.External, w *syntax.Param, sc *scope) {
	value := ""
	switch v := w.Value.(type) {
	case *syntax.Ident:
		value = v.Name
	default:
		if c, ok := b.scalar(w.Value, &env{scope: sc}).(*plan.Const); ok {
			if value, ok = c.Value.(string); !ok && c.Value == true {
				value = "true"
			}
		}
	}
	switch w.Name.Name {
	case "format":
		op.Format = value
	case "ignoreFirstRecord":
		op.SkipFirst = value == "true"
	}
}
