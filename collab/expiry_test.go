package collab_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/corust-dev/corust/collab"
	"github.com/corust-dev/corust/collab/authority"
	"github.com/corust-dev/corust/collab/store"
	"github.com/corust-dev/corust/collab/store/memory"
)

func TestExpiry(t *testing.T) {
	hub(t, collab.Config{Expire: 48 * time.Hour, Idle: time.Minute}, "", func(t *testing.T, h *collab.Hub) {
		if err := h.Create(ctx, "old", ""); err != nil {
			t.Fatal(err)
		}
		a := newPerson(t, "a").come(h)
		time.Sleep(40 * time.Hour)
		a.types(0, "x")
		a.conn.Close()
		time.Sleep(30 * time.Hour)
		if ok, _ := h.Exists(ctx, "old"); ok {
			t.Error("a session without edits for 70 h is still there")
		}
		if ok, _ := h.Exists(ctx, "s"); !ok {
			t.Error("a session that was edited 30 h ago is gone")
		}
		time.Sleep(30 * time.Hour)
		if ok, _ := h.Exists(ctx, "s"); ok {
			t.Error("a session without edits for 60 h is still there")
		}
	})
}

// intruded is a store in which something happens before what expiry asks for.
type intruded struct {
	store.Store
	list, remove atomic.Pointer[func()]
}

func call(f *func()) {
	if f != nil {
		(*f)()
	}
}

func (i *intruded) Expired(ctx context.Context, before time.Time, limit int) ([]store.Info, error) {
	infos, err := i.Store.Expired(ctx, before, limit)
	call(i.list.Load())
	return infos, err
}

func (i *intruded) DeleteIdle(ctx context.Context, info store.Info) error {
	call(i.remove.Load())
	return i.Store.DeleteIdle(ctx, info)
}

// TestExpiryUnderOne: a session that somebody has come to, or has edited, since it was
// listed is not deleted.
func TestExpiryUnderOne(t *testing.T) {
	t.Run("who comes while it is deleted", func(t *testing.T) {
		db := &intruded{Store: memory.New()}
		hub(t, collab.Config{Store: db, Expire: 48 * time.Hour}, "", func(t *testing.T, h *collab.Hub) {
			come := make(chan error, 1)
			joins := func() {
				go func() {
					_, err := h.Join(ctx, "s", authority.Visitor{})
					come <- err
				}()
				synctest.Wait()
			}
			db.remove.Store(&joins)
			time.Sleep(51 * time.Hour)
			if err := <-come; err != nil {
				t.Errorf("join: %v", err)
			}
			if ok, _ := h.Exists(ctx, "s"); !ok {
				t.Error("a session that somebody is in is gone")
			}
		})
	})
	t.Run("who came before", func(t *testing.T) {
		db := &intruded{Store: memory.New()}
		hub(t, collab.Config{Store: db, Expire: 48 * time.Hour}, "", func(t *testing.T, h *collab.Hub) {
			time.Sleep(47 * time.Hour)
			var listings atomic.Int32
			edits := func() {
				if listings.Add(1) > 1 { // of more than 48 h
					return
				}
				time.Sleep(2 * time.Hour) // of deleting others
				a := newPerson(t, "a").come(h)
				a.types(0, "x")
				a.conn.Close()
				time.Sleep(5 * time.Minute) // and it is unloaded
				if h.Loaded() > 0 {
					t.Error("it is still loaded")
				}
			}
			db.list.Store(&edits)
			time.Sleep(5 * time.Hour)
			if ok, _ := h.Exists(ctx, "s"); !ok || listings.Load() == 0 {
				t.Error("an acknowledged edit is gone")
			}
		})
	})
}
