package call

import "net/http"

// Explained answers calls that no pattern of the mux takes in the shape of all
// errors. The hint says where to read what there is.
func Explained(mux *http.ServeMux, hint string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler, pattern := mux.Handler(r)
		if pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		why := &refusal{header: http.Header{}}
		handler.ServeHTTP(why, r)
		if why.status != http.StatusMethodNotAllowed {
			Fail(w, NotFound("there is nothing at %s: %s", r.URL.Path, hint))
			return
		}
		allow := why.header.Get("Allow")
		w.Header().Set("Allow", allow)
		Fail(w, &Problem{Status: why.status, Code: "MethodNotAllowed", Message: r.Method + " is not possible here: there is " + allow})
	})
}

// A refusal takes down how the mux refuses a call.
type refusal struct {
	header http.Header
	status int
}

func (f *refusal) Header() http.Header         { return f.header }
func (f *refusal) WriteHeader(status int)      { f.status = status }
func (f *refusal) Write(p []byte) (int, error) { return len(p), nil }
