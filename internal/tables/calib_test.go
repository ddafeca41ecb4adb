package tables
import ("testing";"github.com/zeebo/xxh3";"bytes")
func BenchmarkCalib(b *testing.B){
 x:=[]byte(typicalHub(1)); dst:=make([]byte,0,8000); n:=0
 for range b.N { dst=append(dst[:0],x...); h:=xxh3.Hash128(dst); n+=int(h.Lo); n+=bytes.Count(dst,[]byte{'"'}) ; for _,c:=range dst { n+=int(c)} }
 _ = n
}
