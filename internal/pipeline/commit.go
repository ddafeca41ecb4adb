package pipeline

import (
	"context"
	"fmt"
	"slices"

	"nephoscope/internal/event"
	"nephoscope/internal/schema"
	"nephoscope/internal/store"
)

// commitAll commits what comes until Close.
func (c *Conveyor) commitAll() {
	for {
		jobs := c.next()
		if len(jobs) == 0 {
			return
		}
		c.commit(slices.DeleteFunc(jobs, c.dropped))
	}
}

// next waits for something in the queue and takes as much of it as makes one
// commit. It returns nothing when the queue is closed and empty.
func (c *Conveyor) next() []job {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.queue) == 0 && !c.closed {
		c.more.Wait()
	}
	n, rows, size := 0, int64(0), int64(0)
	for n < len(c.queue) && rows < commitRows && (n == 0 || size+c.queue[n].size <= commitBytes) {
		rows, size = rows+c.queue[n].load.found.Read, size+c.queue[n].size
		n++
	}
	jobs := slices.Clone(c.queue[:n])
	c.queue = slices.Delete(c.queue, 0, n)
	return jobs
}

// dropped answers a job whose source does not want it any more.
func (c *Conveyor) dropped(j job) bool {
	if j.ctx.Err() == nil {
		return false
	}
	c.answer(j, event.Counts{}, fmt.Errorf("commit batch of %s/%s: %w", j.position.Source, j.position.Partition, j.ctx.Err()))
	return true
}

// commit commits jobs in one step or, if that does not work, in one step each,
// so that what one is refused for costs the others nothing.
func (c *Conveyor) commit(jobs []job) {
	if len(jobs) == 0 {
		return
	}
	b := &store.Batch{}
	for _, j := range jobs {
		b.Rows = append(b.Rows, j.rows...)
		b.Positions = append(b.Positions, j.position)
	}
	began := c.opt.Now()
	result, err := c.store.Commit(context.WithoutCancel(jobs[0].ctx), b)
	if err != nil && len(jobs) > 1 {
		for i := range jobs {
			c.commit(jobs[i : i+1])
		}
		return
	}
	if err != nil {
		c.metrics.failed.Inc()
		p := jobs[0].position
		c.answer(jobs[0], event.Counts{}, fmt.Errorf("commit batch of %s/%s: %w", p.Source, p.Partition, err))
		return
	}
	c.metrics.committed(result, c.opt.Now().Sub(began))
	for _, j := range jobs {
		counts := j.load.counts(shareOf(result, j.rows))
		c.metrics.delivered(j, counts)
		c.answer(j, counts, nil)
	}
}

// shareOf takes out of a result what is of some of the rows. Which of them the
// duplicates are is not known: they are taken to be among the first.
func shareOf(result store.Result, list []*schema.Rows) store.Result {
	share := store.Result{Committed: map[string]int{}, Duplicate: map[string]int{}}
	for _, rows := range list {
		name := rows.Table.Name
		duplicate := min(rows.Len(), result.Duplicate[name])
		if duplicate > 0 {
			result.Duplicate[name] -= duplicate
		}
		share.Duplicate[name], share.Committed[name] = duplicate, rows.Len()-duplicate
	}
	return share
}

// answer tells whoever waits for a job what has become of it, and gives back
// what it took.
func (c *Conveyor) answer(j job, counts event.Counts, err error) {
	c.give(j.load, j.size)
	j.answer <- answer{counts, err}
}
