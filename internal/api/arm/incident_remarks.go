package arm

import (
	"context"
	"net/http"
	"slices"
	"strings"
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

func remarkRoutes(in Incidents) []route {
	const comments, tasks = "/incidents/{incident}/comments", "/incidents/{incident}/tasks"
	return []route{
		{"GET", comments, listOf(in, commentsOf)},
		{"GET", comments + "/{id}", showOne(in, commentsOf)},
		{"PUT", comments + "/{id}", putComment(in)},
		{"DELETE", comments + "/{id}", deleteRemark(in, in.DeleteComment)},
		{"GET", tasks, listOf(in, tasksOf)},
		{"GET", tasks + "/{id}", showOne(in, tasksOf)},
		{"PUT", tasks + "/{id}", putTask(in)},
		{"DELETE", tasks + "/{id}", deleteRemark(in, in.DeleteTask)},
	}
}

type commentProperties struct {
	Message      string    `json:"message"`
	Author       client    `json:"author"`
	Created      time.Time `json:"createdTimeUtc"`
	LastModified time.Time `json:"lastModifiedTimeUtc"`
}

type taskProperties struct {
	Title        string              `json:"title"`
	Description  string              `json:"description,omitempty"`
	Status       incident.TaskStatus `json:"status"`
	Created      time.Time           `json:"createdTimeUtc"`
	LastModified time.Time           `json:"lastModifiedTimeUtc"`
	CreatedBy    client              `json:"createdBy"`
	ModifiedBy   client              `json:"lastModifiedBy"`
}

func commentOf(r *http.Request, in *incident.Incident, c incident.Comment) Resource[commentProperties] {
	return newResource(r, "incidents/"+in.Name+"/comments/"+c.ID, c.Etag,
		commentProperties{c.Message, client{c.Author.Name}, c.Created, c.LastModified})
}

func taskOf(r *http.Request, in *incident.Incident, t incident.Task) Resource[taskProperties] {
	return newResource(r, "incidents/"+in.Name+"/tasks/"+t.ID, t.Etag,
		taskProperties{t.Title, t.Description, t.Status, t.Created, t.LastModified, client{t.CreatedBy.Name}, client{t.ModifiedBy.Name}})
}

func commentsOf(r *http.Request, in *incident.Incident) []Resource[commentProperties] {
	list := []Resource[commentProperties]{}
	for _, c := range slices.Backward(in.Comments) { // the newest first
		list = append(list, commentOf(r, in, c))
	}
	return list
}

func tasksOf(r *http.Request, in *incident.Incident) []Resource[taskProperties] {
	list := []Resource[taskProperties]{}
	for _, t := range in.Tasks {
		list = append(list, taskOf(r, in, t))
	}
	return list
}

// listOf answers with a list of what an incident holds.
func listOf[P any](in IncidentReader, parts func(*http.Request, *incident.Incident) []Resource[P]) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		found, err := in.ByName(r.Context(), r.PathValue("incident"))
		if err != nil {
			return err
		}
		return replySlice(w, r, parts(r, found))
	}
}

// showOne answers with one thing that an incident holds.
func showOne[P any](in IncidentReader, parts func(*http.Request, *incident.Incident) []Resource[P]) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		found, err := in.ByName(r.Context(), r.PathValue("incident"))
		if err != nil {
			return err
		}
		list, id := parts(r, found), r.PathValue("id")
		i := slices.IndexFunc(list, func(res Resource[P]) bool { return strings.EqualFold(res.Name, id) })
		if i < 0 {
			return call.NotFound("incident %s has none with the name %s", found.Name, id)
		}
		replyResource(w, false, list[i])
		return nil
	}
}

func putComment(in Incidents) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		var body struct {
			Etag       string            `json:"etag"`
			Properties commentProperties `json:"properties"`
		}
		if err := call.DecodeLoose(r, call.Large, &body); err != nil {
			return err
		}
		found, err := in.ByName(r.Context(), r.PathValue("incident"))
		if err != nil {
			return err
		}
		id := r.PathValue("id")
		exists := slices.ContainsFunc(found.Comments, func(c incident.Comment) bool { return strings.EqualFold(c.ID, id) })
		etag, err := incidentEtag(r, body.Etag, exists)
		if err != nil {
			return err
		}
		put, err := in.PutComment(r.Context(), found.Number, id, body.Properties.Message, incident.Stamp{By: call.User(r, byARM), Etag: etag})
		if err != nil {
			return err
		}
		replyResource(w, !exists, commentOf(r, found, *put))
		return nil
	}
}

func putTask(in Incidents) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		var body struct {
			Etag       string         `json:"etag"`
			Properties taskProperties `json:"properties"`
		}
		if err := call.DecodeLoose(r, call.Small, &body); err != nil {
			return err
		}
		found, err := in.ByName(r.Context(), r.PathValue("incident"))
		if err != nil {
			return err
		}
		task := incident.Task{ID: r.PathValue("id"), Title: body.Properties.Title, Description: body.Properties.Description, Status: body.Properties.Status}
		exists := slices.ContainsFunc(found.Tasks, func(t incident.Task) bool { return strings.EqualFold(t.ID, task.ID) })
		etag, err := incidentEtag(r, body.Etag, exists)
		if err != nil {
			return err
		}
		put, err := in.PutTask(r.Context(), found.Number, task, incident.Stamp{By: call.User(r, byARM), Etag: etag})
		if err != nil {
			return err
		}
		replyResource(w, !exists, taskOf(r, found, *put))
		return nil
	}
}

func deleteRemark(in IncidentReader, remove func(ctx context.Context, number int, id string, s incident.Stamp) error) call.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		found, stamp, err := incidentAndStamp(in, r)
		if err == nil {
			err = remove(r.Context(), found.Number, r.PathValue("id"), stamp)
		}
		return replyDeleted(w, r, err)
	}
}
