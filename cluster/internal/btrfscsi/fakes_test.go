package btrfscsi

import (
	"errors"
	"os"
	"testing"
	"time"
)

// folders stands in for subvolumes where only the order of things matters: plain folders, copied for a snapshot.
type folders struct{ failing bool }

var errDisk = errors.New("the disk is on fire")

func (f *folders) create(path string, _ bool) error {
	if f.failing {
		return errDisk
	}
	return os.Mkdir(path, 0o755)
}

func (f *folders) snapshot(source, path string, _ bool) error {
	if f.failing {
		return errDisk
	}
	return os.CopyFS(path, os.DirFS(source))
}

func (f *folders) delete(path string) error {
	if f.failing {
		return errDisk
	}
	return os.RemoveAll(path)
}

// clock ticks one nanosecond a look.
type clock struct{ now time.Time }

func (c *clock) look() time.Time {
	c.now = c.now.Add(time.Nanosecond)
	return c.now
}

const poolSize = 100 << 30

type fixture struct {
	*controller
	node    *node
	folders *folders
	clock   *clock
	mounted map[string][]string
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{folders: &folders{}, clock: &clock{now: time.Unix(1_800_000_000, 0).UTC()}, mounted: map[string][]string{}}
	s, err := openStore(t.TempDir(), f.folders, f.clock.look)
	if err != nil {
		t.Fatal(err)
	}
	uses := func(data string) ([]string, error) { return f.mounted[data], nil }
	f.controller = &controller{store: s, uses: uses, poolBytes: func() (int64, error) { return poolSize, nil }}
	f.node = &node{nodeName: "node", store: s, uses: uses}
	return f
}
