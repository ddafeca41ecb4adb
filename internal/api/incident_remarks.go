package api

import (
	"context"
	"net/http"
	"time"

	"nephoscope/internal/api/call"
	"nephoscope/internal/incident"
)

// Remarks change the comments and tasks of incidents.
type Remarks interface {
	PutComment(ctx context.Context, number int, id, message string, s incident.Stamp) (*incident.Comment, error)
	DeleteComment(ctx context.Context, number int, id string, s incident.Stamp) error
	PutTask(ctx context.Context, number int, t incident.Task, s incident.Stamp) (*incident.Task, error)
	DeleteTask(ctx context.Context, number int, id string, s incident.Stamp) error
}

// remarkRoutes make comments and tasks; they are shown with their incident.
func remarkRoutes(in Incidents) []route {
	const one = "/api/v1/incidents/{number}"
	return []route{
		{"POST " + one + "/comments", putComment(in)},
		{"PUT " + one + "/comments/{id}", putComment(in)},
		{"DELETE " + one + "/comments/{id}", deleteRemark(in.DeleteComment)},
		{"POST " + one + "/tasks", putTask(in)},
		{"PUT " + one + "/tasks/{id}", putTask(in)},
		{"DELETE " + one + "/tasks/{id}", deleteRemark(in.DeleteTask)},
	}
}

func putComment(in Remarks) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		number, stamp, err := numberAndStamp(r)
		if err != nil {
			return err
		}
		var body struct {
			Message string `json:"message"`
		}
		if err := call.Decode(r, call.Large, &body); err != nil {
			return err
		}
		put, err := in.PutComment(r.Context(), number, r.PathValue("id"), body.Message, stamp)
		if err != nil {
			return err
		}
		call.SetEtag(w, put.Etag)
		call.Reply(w, madeOrChanged(put.Created, put.LastModified), put)
		return nil
	}
}

func putTask(in Remarks) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		number, stamp, err := numberAndStamp(r)
		if err != nil {
			return err
		}
		var body struct {
			Title       string              `json:"title"`
			Description string              `json:"description"`
			Status      incident.TaskStatus `json:"status"`
		}
		if err := call.Decode(r, call.Small, &body); err != nil {
			return err
		}
		task := incident.Task{ID: r.PathValue("id"), Title: body.Title, Description: body.Description, Status: body.Status}
		put, err := in.PutTask(r.Context(), number, task, stamp)
		if err != nil {
			return err
		}
		call.SetEtag(w, put.Etag)
		call.Reply(w, madeOrChanged(put.Created, put.LastModified), put)
		return nil
	}
}

// madeOrChanged is the status of an answer about something that was put.
func madeOrChanged(created, modified time.Time) int {
	if created.Equal(modified) {
		return http.StatusCreated
	}
	return http.StatusOK
}

func deleteRemark(remove func(ctx context.Context, number int, id string, s incident.Stamp) error) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		number, stamp, err := numberAndStamp(r)
		if err != nil {
			return err
		}
		if err := remove(r.Context(), number, r.PathValue("id"), stamp); err != nil {
			return err
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
}
