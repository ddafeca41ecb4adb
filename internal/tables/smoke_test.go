package tables
import ("testing";"nephoscope/internal/event";"fmt")
func TestSmoke(t *testing.T){
 rows:=mapped(t,AzureActivity(),record(t,event.ShapeHub,typicalHub(1)))
 fmt.Println(shown(rows,0))
}
