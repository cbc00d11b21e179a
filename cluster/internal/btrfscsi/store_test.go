package btrfscsi

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"google.golang.org/grpc/codes"
)

// A crash after the data is made and before the record: the data was never promised to anybody.
func TestWhatHasNoRecordIsMadeAnew(t *testing.T) {
	f := newFixture(t)
	half := f.store.data(volumes, "v")
	if err := os.MkdirAll(half, 0o755); err != nil {
		t.Fatal(err)
	}
	writeFile(t, half, "of an attempt that failed")
	f.mustCreate(t, request("v"))
	if _, err := os.Stat(filepath.Join(half, "file")); !os.IsNotExist(err) {
		t.Errorf("the data of the failed attempt is in the new volume: %v", err)
	}
}

func TestOpeningClearsAwayWhatHasNoRecord(t *testing.T) {
	f := newFixture(t)
	f.mustCreate(t, request("whole"))
	f.mustSnapshot(t, "snap", "whole")
	if err := os.MkdirAll(f.store.data(snapshots, "half"), 0o755); err != nil {
		t.Fatal(err)
	}
	reopened, err := openStore(f.store.pool, f.folders, f.clock.look)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(f.store.folder(snapshots, "half")); !os.IsNotExist(err) {
		t.Errorf("the half made snapshot is still there: %v", err)
	}
	if r, err := reopened.get(volumes, "whole"); err != nil || r.CapacityBytes != 5*gib {
		t.Errorf("the volume is gone: %v %v", r, err)
	}
	if _, err := reopened.get(snapshots, "snap"); err != nil {
		t.Errorf("the snapshot is gone: %v", err)
	}
}

func TestADamagedRecordIsNotTakenForAMissingOne(t *testing.T) {
	f := newFixture(t)
	f.mustCreate(t, request("v"))
	writeFile(t, f.store.data(volumes, "v"), "precious")
	if err := os.WriteFile(filepath.Join(f.store.folder(volumes, "v"), recordName), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := f.CreateVolume(t.Context(), request("v"))
	wantCode(t, err, codes.Internal)
	if _, err := openStore(f.store.pool, f.folders, f.clock.look); err != nil {
		t.Errorf("one damaged record keeps the others from being served: %v", err)
	}
	if readFile(t, f.store.data(volumes, "v")) != "precious" {
		t.Error("the data is gone")
	}
}

func TestAFailureLeavesNoVolumeAndIsMended(t *testing.T) {
	f := newFixture(t)
	f.folders.failing = true
	_, err := f.CreateVolume(t.Context(), request("v"))
	wantCode(t, err, codes.Internal)
	if _, err := f.store.get(volumes, "v"); !errors.Is(err, errNotFound) {
		t.Errorf("got %v", err)
	}
	f.folders.failing = false
	f.mustCreate(t, request("v"))
}

func TestAFailedDeletionIsTriedAgain(t *testing.T) {
	f := newFixture(t)
	f.mustCreate(t, request("v"))
	f.folders.failing = true
	if err := f.store.delete(volumes, "v"); !errors.Is(err, errDisk) {
		t.Errorf("got %v", err)
	}
	f.folders.failing = false
	if err := f.store.delete(volumes, "v"); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(f.store.folder(volumes, "v")); !os.IsNotExist(err) {
		t.Errorf("the volume is still there: %v", err)
	}
}
