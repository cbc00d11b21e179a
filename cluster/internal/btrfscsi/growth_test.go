package btrfscsi

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"golang.org/x/sys/unix"
	"google.golang.org/grpc/codes"
)

const mib = 1 << 20

func ownFileSystem(r *csi.CreateVolumeRequest) { r.Parameters[ownFileSystemParameter] = "true" }

func (f *fixture) expand(t *testing.T, volume string, wanted *csi.CapacityRange) (*csi.ControllerExpandVolumeResponse, error) {
	return f.ControllerExpandVolume(t.Context(), &csi.ControllerExpandVolumeRequest{VolumeId: volume, CapacityRange: wanted})
}

func TestExpanding(t *testing.T) {
	for name, test := range map[string]struct {
		volume string
		wanted *csi.CapacityRange
		code   codes.Code
		want   int64
	}{
		"larger":                        {"v", &csi.CapacityRange{RequiredBytes: 6 * gib}, codes.OK, 6 * gib},
		"as it is":                      {"v", &csi.CapacityRange{RequiredBytes: 5 * gib}, codes.OK, 5 * gib},
		"smaller: it stays as it is":    {"v", &csi.CapacityRange{RequiredBytes: gib}, codes.OK, 5 * gib},
		"a limit below what it has":     {"v", &csi.CapacityRange{RequiredBytes: gib, LimitBytes: 2 * gib}, codes.OutOfRange, 5 * gib},
		"more than the pool":            {"v", &csi.CapacityRange{RequiredBytes: poolSize + 1}, codes.OutOfRange, 5 * gib},
		"no range":                      {"v", nil, codes.InvalidArgument, 5 * gib},
		"a volume that is not there":    {"none", &csi.CapacityRange{RequiredBytes: gib}, codes.NotFound, 5 * gib},
		"an ID that leads out of there": {"../v", &csi.CapacityRange{RequiredBytes: gib}, codes.NotFound, 5 * gib},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.mustCreate(t, request("v"))
			response, err := f.expand(t, test.volume, test.wanted)
			wantCode(t, err, test.code)
			if err == nil && (response.CapacityBytes != test.want || response.NodeExpansionRequired) {
				t.Errorf("got %v", response)
			}
			if r, err := f.store.get(volumes, "v"); err != nil || r.CapacityBytes != test.want {
				t.Errorf("the record says %d, want %d: %v", r.CapacityBytes, test.want, err)
			}
		})
	}
}

func TestAForkOfAGrownVolumeIsAsLarge(t *testing.T) {
	f := newFixture(t)
	f.mustCreate(t, request("v"))
	if _, err := f.expand(t, "v", &csi.CapacityRange{RequiredBytes: 6 * gib}); err != nil {
		t.Fatal(err)
	}
	if snapshot := f.mustSnapshot(t, "snap", "v"); snapshot.SizeBytes != 6*gib {
		t.Errorf("the snapshot has %d bytes", snapshot.SizeBytes)
	}
	_, err := f.CreateVolume(t.Context(), request("fork", fromSnapshot("snap")))
	wantCode(t, err, codes.OutOfRange)
}

// fill writes until the disk is full, and returns how much fit.
func fill(t *testing.T, file string) int64 {
	t.Helper()
	out, err := os.OpenFile(file, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	var written int64
	for written < 4*gib {
		n, err := out.Write(make([]byte, mib))
		written += int64(n)
		if errors.Is(err, unix.ENOSPC) {
			return written
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Fatal("the disk is never full")
	return 0
}

func free(t *testing.T, folder string) int64 {
	t.Helper()
	var stat unix.Statfs_t
	if err := unix.Statfs(folder, &stat); err != nil {
		t.Fatal(err)
	}
	return int64(stat.Bavail) * stat.Bsize
}

func TestAFileSystemOfItsOwnIsFullAndGrowsWhileMounted(t *testing.T) {
	const single = csi.VolumeCapability_AccessMode_SINGLE_NODE_SINGLE_WRITER
	f := realFixture(t)
	_, err := f.CreateVolume(t.Context(), request("small", sized(smallestImage-1), ownFileSystem))
	wantCode(t, err, codes.OutOfRange)
	f.mustCreate(t, request("v", sized(320*mib), ownFileSystem))
	target := filepath.Join(t.TempDir(), "v")
	for range 2 {
		wantCode(t, f.publish(t, "v", target, single), codes.OK)
	}
	defer f.unpublish(t, "v", target)
	wantCode(t, f.publish(t, "v", target+"2", single), codes.FailedPrecondition)
	if fit := fill(t, filepath.Join(target, "big")); fit > 320*mib {
		t.Errorf("%d bytes fit into 320 MiB", fit)
	}
	response, err := f.expand(t, "v", &csi.CapacityRange{RequiredBytes: 640 * mib})
	if err != nil || !response.NodeExpansionRequired {
		t.Fatalf("got %v, %v", response, err)
	}
	for range 2 {
		grown, err := f.node.NodeExpandVolume(t.Context(), &csi.NodeExpandVolumeRequest{VolumeId: "v", VolumePath: target})
		if err != nil || grown.CapacityBytes != 640*mib {
			t.Fatalf("got %v, %v", grown, err)
		}
	}
	if now := free(t, target); now < 300*mib {
		t.Errorf("only %d bytes are free after 320 MiB were added", now)
	}
	_, err = f.DeleteVolume(t.Context(), &csi.DeleteVolumeRequest{VolumeId: "v"})
	wantCode(t, err, codes.FailedPrecondition)
}

func TestAFileSystemOfItsOwnIsForkedWhileMounted(t *testing.T) {
	const single = csi.VolumeCapability_AccessMode_SINGLE_NODE_SINGLE_WRITER
	f := realFixture(t)
	f.mustCreate(t, request("v", sized(320*mib), ownFileSystem))
	source, fork := filepath.Join(t.TempDir(), "v"), filepath.Join(t.TempDir(), "fork")
	wantCode(t, f.publish(t, "v", source, single), codes.OK)
	defer f.unpublish(t, "v", source)
	file, err := os.Create(filepath.Join(source, "file"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = file.WriteString("then")
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		t.Fatal(err)
	}
	f.mustSnapshot(t, "snap", "v")
	writeFile(t, source, "now")
	_, err = f.CreateVolume(t.Context(), request("shared", sized(gib), fromSnapshot("snap")))
	wantCode(t, err, codes.InvalidArgument)
	f.mustCreate(t, request("fork", sized(640*mib), fromSnapshot("snap"), ownFileSystem))
	wantCode(t, f.publish(t, "fork", fork, single), codes.OK)
	defer f.unpublish(t, "fork", fork)
	if got := readFile(t, fork); got != "then" {
		t.Errorf("the fork has %q", got)
	}
	if now := free(t, fork); now < 480*mib {
		t.Errorf("only %d bytes are free in a fork of 640 MiB", now)
	}
}
