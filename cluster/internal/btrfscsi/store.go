package btrfscsi

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"time"
)

// errNotFound says that a volume or snapshot does not exist.
var errNotFound = errors.New("not found")

// kind is a folder of the pool: one for volumes, one for snapshots.
type kind string

const (
	volumes   kind = "volumes"
	snapshots kind = "snapshots"
)

// record describes a volume or a snapshot. It is written last when one is made and removed first when one is deleted:
// what has no record does not exist, whatever else a crash has left.
type record struct {
	ID            string            `json:"id"`
	CapacityBytes int64             `json:"capacityBytes"`
	SourceKind    kind              `json:"sourceKind,omitempty"`
	SourceID      string            `json:"sourceID,omitempty"`
	Parameters    map[string]string `json:"parameters,omitempty"`
	// Created is noted just before the data is made: everything written to a snapshot's source until then is in it.
	Created time.Time `json:"created"`
}

func (r record) ownFileSystem() bool { return r.Parameters[ownFileSystemParameter] == "true" }

// store keeps volumes and snapshots in the folders <pool>/<kind>/<id>/, each with a subvolume and a record.
type store struct {
	pool       string
	subvolumes subvolumes
	now        func() time.Time
}

const (
	dataName   = "data"
	recordName = "record.json"
)

// An ID is a folder's name, and never one that leads out of its parent.
var validID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$`)

// openStore opens the pool and clears away what a crash left half made or half deleted.
func openStore(pool string, with subvolumes, now func() time.Time) (*store, error) {
	s := &store{pool: pool, subvolumes: with, now: now}
	for _, k := range []kind{volumes, snapshots} {
		if err := os.MkdirAll(filepath.Join(pool, string(k)), 0o711); err != nil {
			return nil, err
		}
		entries, err := os.ReadDir(filepath.Join(pool, string(k)))
		if err != nil {
			return nil, err
		}
		for _, entry := range entries {
			if _, err := s.get(k, entry.Name()); errors.Is(err, errNotFound) {
				if err := s.delete(k, entry.Name()); err != nil {
					return nil, err
				}
			}
		}
	}
	return s, nil
}

func (s *store) folder(k kind, id string) string { return filepath.Join(s.pool, string(k), id) }

// data is the path of the subvolume of an existing volume or snapshot.
func (s *store) data(k kind, id string) string { return filepath.Join(s.folder(k, id), dataName) }

// get reads a record; errNotFound if there is none.
func (s *store) get(k kind, id string) (record, error) {
	if !validID.MatchString(id) {
		return record{}, errNotFound
	}
	content, err := os.ReadFile(filepath.Join(s.folder(k, id), recordName))
	if errors.Is(err, fs.ErrNotExist) {
		return record{}, errNotFound
	}
	if err != nil {
		return record{}, err
	}
	var r record
	if err := json.Unmarshal(content, &r); err != nil {
		return record{}, fmt.Errorf("record of %s %s: %w", k, id, err)
	}
	return r, nil
}

// list returns all records of a kind, ordered by ID as os.ReadDir orders names.
func (s *store) list(k kind) ([]record, error) {
	entries, err := os.ReadDir(filepath.Join(s.pool, string(k)))
	if err != nil {
		return nil, err
	}
	var records []record
	for _, entry := range entries {
		r, err := s.get(k, entry.Name())
		if errors.Is(err, errNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		records = append(records, r)
	}
	return records, nil
}

// create makes the data and then the record, which it returns completed. The caller knows that there is none yet.
func (s *store) create(k kind, r record) (record, error) {
	if err := s.delete(k, r.ID); err != nil {
		return record{}, err
	}
	if err := os.Mkdir(s.folder(k, r.ID), 0o711); err != nil {
		return record{}, err
	}
	r.Created = s.now()
	if err := s.makeData(k, r); err != nil {
		return record{}, err
	}
	return r, s.write(k, r)
}

func (s *store) makeData(k kind, r record) error {
	path := s.data(k, r.ID)
	if r.SourceID == "" {
		if err := s.subvolumes.create(path, r.Parameters[noDataCowParameter] == "true"); err != nil || !r.ownFileSystem() {
			return err
		}
		return makeImage(path, r.CapacityBytes)
	}
	err := s.subvolumes.snapshot(s.data(r.SourceKind, r.SourceID), path, k == snapshots)
	if err != nil || k == snapshots || !r.ownFileSystem() {
		return err
	}
	return extendImage(path, r.CapacityBytes)
}

// grow gives an existing volume the size in its record: first the data, so that what is promised is there.
func (s *store) grow(volume record) error {
	if volume.ownFileSystem() {
		if err := extendImage(s.data(volumes, volume.ID), volume.CapacityBytes); err != nil {
			return err
		}
	}
	return s.write(volumes, volume)
}

// write makes the record appear at once and for good.
func (s *store) write(k kind, r record) error {
	content, err := json.Marshal(r)
	if err != nil {
		return err
	}
	path := filepath.Join(s.folder(k, r.ID), recordName)
	file, err := os.Create(path + ".new")
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// delete removes a volume or snapshot, or what is left of one. It is no error if there is nothing.
func (s *store) delete(k kind, id string) error {
	if !validID.MatchString(id) {
		return nil
	}
	folder := s.folder(k, id)
	if err := os.Remove(filepath.Join(folder, recordName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := s.subvolumes.delete(s.data(k, id)); err != nil {
		return err
	}
	return os.RemoveAll(folder)
}
