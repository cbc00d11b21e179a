package btrfscsi

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

const gib = 1 << 30

func mounted(mode csi.VolumeCapability_AccessMode_Mode) *csi.VolumeCapability {
	return &csi.VolumeCapability{
		AccessType: &csi.VolumeCapability_Mount{Mount: &csi.VolumeCapability_MountVolume{}},
		AccessMode: &csi.VolumeCapability_AccessMode{Mode: mode},
	}
}

// request is one that succeeds; tests change it.
func request(name string, change ...func(*csi.CreateVolumeRequest)) *csi.CreateVolumeRequest {
	r := &csi.CreateVolumeRequest{
		Name:               name,
		CapacityRange:      &csi.CapacityRange{RequiredBytes: 5 * gib},
		VolumeCapabilities: []*csi.VolumeCapability{mounted(csi.VolumeCapability_AccessMode_SINGLE_NODE_SINGLE_WRITER)},
		Parameters:         map[string]string{noDataCowParameter: "true"},
	}
	for _, c := range change {
		c(r)
	}
	return r
}

func fromSnapshot(id string) func(*csi.CreateVolumeRequest) {
	return func(r *csi.CreateVolumeRequest) {
		r.VolumeContentSource = &csi.VolumeContentSource{Type: &csi.VolumeContentSource_Snapshot{
			Snapshot: &csi.VolumeContentSource_SnapshotSource{SnapshotId: id},
		}}
	}
}

func fromVolume(id string) func(*csi.CreateVolumeRequest) {
	return func(r *csi.CreateVolumeRequest) {
		r.VolumeContentSource = &csi.VolumeContentSource{Type: &csi.VolumeContentSource_Volume{
			Volume: &csi.VolumeContentSource_VolumeSource{VolumeId: id},
		}}
	}
}

func sized(bytes int64) func(*csi.CreateVolumeRequest) {
	return func(r *csi.CreateVolumeRequest) { r.CapacityRange = &csi.CapacityRange{RequiredBytes: bytes} }
}

func wantCode(t *testing.T, err error, want codes.Code) {
	t.Helper()
	if got := status.Code(err); got != want {
		t.Errorf("got %s, want %s: %v", got, want, err)
	}
}

func (f *fixture) mustCreate(t *testing.T, r *csi.CreateVolumeRequest) *csi.Volume {
	t.Helper()
	response, err := f.CreateVolume(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return response.Volume
}

func (f *fixture) mustSnapshot(t *testing.T, name, volume string) *csi.Snapshot {
	t.Helper()
	response, err := f.CreateSnapshot(t.Context(), &csi.CreateSnapshotRequest{Name: name, SourceVolumeId: volume})
	if err != nil {
		t.Fatal(err)
	}
	return response.Snapshot
}

func TestCreateVolumeRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*csi.CreateVolumeRequest)
		want   codes.Code
	}{
		"no name":             {func(r *csi.CreateVolumeRequest) { r.Name = "" }, codes.InvalidArgument},
		"a name that climbs":  {func(r *csi.CreateVolumeRequest) { r.Name = "../volumes" }, codes.InvalidArgument},
		"no capabilities":     {func(r *csi.CreateVolumeRequest) { r.VolumeCapabilities = nil }, codes.InvalidArgument},
		"an unknown source":   {fromSnapshot("none"), codes.NotFound},
		"an unknown volume":   {fromVolume("none"), codes.NotFound},
		"more than the pool":  {sized(poolSize + 1), codes.OutOfRange},
		"smaller than source": {func(r *csi.CreateVolumeRequest) { fromSnapshot("snap")(r); sized(5*gib - 1)(r) }, codes.OutOfRange},
		"smaller than volume": {func(r *csi.CreateVolumeRequest) { fromVolume("source")(r); sized(5*gib - 1)(r) }, codes.OutOfRange},
		"a limit below the source": {func(r *csi.CreateVolumeRequest) {
			fromSnapshot("snap")(r)
			r.CapacityRange = &csi.CapacityRange{LimitBytes: gib}
		}, codes.OutOfRange},
		"a limit below what is required": {func(r *csi.CreateVolumeRequest) { r.CapacityRange.LimitBytes = gib }, codes.InvalidArgument},
		"an unknown parameter":           {func(r *csi.CreateVolumeRequest) { r.Parameters = map[string]string{"compress": "true"} }, codes.InvalidArgument},
		"a bad value":                    {func(r *csi.CreateVolumeRequest) { r.Parameters[noDataCowParameter] = "yes" }, codes.InvalidArgument},
		"several nodes": {func(r *csi.CreateVolumeRequest) {
			r.VolumeCapabilities[0] = mounted(csi.VolumeCapability_AccessMode_MULTI_NODE_MULTI_WRITER)
		}, codes.InvalidArgument},
		"a block device": {func(r *csi.CreateVolumeRequest) {
			r.VolumeCapabilities[0].AccessType = &csi.VolumeCapability_Block{Block: &csi.VolumeCapability_BlockVolume{}}
		}, codes.InvalidArgument},
		"another file system": {func(r *csi.CreateVolumeRequest) {
			r.VolumeCapabilities[0].GetMount().FsType = "ext4"
		}, codes.InvalidArgument},
		"mount options": {func(r *csi.CreateVolumeRequest) {
			r.VolumeCapabilities[0].GetMount().MountFlags = []string{"noatime"}
		}, codes.InvalidArgument},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.mustCreate(t, request("source"))
			f.mustSnapshot(t, "snap", "source")
			_, err := f.CreateVolume(t.Context(), request("new", test.change))
			wantCode(t, err, test.want)
			if left, _ := f.store.list(volumes); len(left) != 1 {
				t.Errorf("the refused volume is there: %v", left)
			}
		})
	}
}

func TestCreateVolumeIsIdempotentByName(t *testing.T) {
	f := newFixture(t)
	first := f.mustCreate(t, request("v"))
	writeFile(t, f.store.data(volumes, "v"), "precious")
	if again := f.mustCreate(t, request("v")); !proto.Equal(again, first) {
		t.Errorf("got %v, then %v", first, again)
	}
	if readFile(t, f.store.data(volumes, "v")) != "precious" {
		t.Error("the second request has made the volume anew")
	}
	f.mustSnapshot(t, "snap", "v")
	for name, change := range map[string]func(*csi.CreateVolumeRequest){
		"another size":       sized(6 * gib),
		"another source":     fromSnapshot("snap"),
		"another parameters": func(r *csi.CreateVolumeRequest) { r.Parameters[noDataCowParameter] = "false" },
	} {
		t.Run(name, func(t *testing.T) {
			_, err := f.CreateVolume(t.Context(), request("v", change))
			wantCode(t, err, codes.AlreadyExists)
		})
	}
}

func TestCapacity(t *testing.T) {
	for name, test := range map[string]struct {
		wanted *csi.CapacityRange
		source int64
		want   int64
	}{
		"as required":                   {&csi.CapacityRange{RequiredBytes: 3}, 0, 3},
		"the default":                   {nil, 0, defaultCapacityBytes},
		"the default, within the limit": {&csi.CapacityRange{LimitBytes: 7}, 0, 7},
		"as the source":                 {nil, 2 * gib, 2 * gib},
		"larger than the source":        {&csi.CapacityRange{RequiredBytes: 3 * gib}, 2 * gib, 3 * gib},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := chooseCapacity(test.wanted, test.source)
			if err != nil || got != test.want {
				t.Errorf("got %d, %v, want %d", got, err, test.want)
			}
		})
	}
}

func TestRestoredVolumeIsIndependentOfItsSources(t *testing.T) {
	f := newFixture(t)
	f.mustCreate(t, request("source"))
	writeFile(t, f.store.data(volumes, "source"), "then")
	f.mustSnapshot(t, "snap", "source")
	writeFile(t, f.store.data(volumes, "source"), "now")
	f.mustCreate(t, request("restored", fromSnapshot("snap")))
	f.mustCreate(t, request("clone", fromVolume("source")))
	if _, err := f.DeleteSnapshot(t.Context(), &csi.DeleteSnapshotRequest{SnapshotId: "snap"}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.DeleteVolume(t.Context(), &csi.DeleteVolumeRequest{VolumeId: "source"}); err != nil {
		t.Fatal(err)
	}
	for volume, want := range map[string]string{"restored": "then", "clone": "now"} {
		if got := readFile(t, f.store.data(volumes, volume)); got != want {
			t.Errorf("%s has %q, want %q", volume, got, want)
		}
	}
}

func TestSnapshotTellsTheInstantJustBeforeItsData(t *testing.T) {
	f := newFixture(t)
	f.mustCreate(t, request("v"))
	before := f.clock.now
	first := f.mustSnapshot(t, "snap", "v")
	if got := first.CreationTime.AsTime(); !got.After(before) || got.After(f.clock.now) {
		t.Errorf("created at %s, not between %s and %s", got, before, f.clock.now)
	}
	if again := f.mustSnapshot(t, "snap", "v"); !proto.Equal(again, first) {
		t.Errorf("got %v, then %v", first, again)
	}
	if !first.ReadyToUse || first.SizeBytes != 5*gib || first.SourceVolumeId != "v" {
		t.Errorf("got %v", first)
	}
}

func TestCreateSnapshotRefuses(t *testing.T) {
	f := newFixture(t)
	f.mustCreate(t, request("v"))
	f.mustCreate(t, request("w"))
	f.mustSnapshot(t, "snap", "v")
	for name, test := range map[string]struct {
		request *csi.CreateSnapshotRequest
		want    codes.Code
	}{
		"no name":              {&csi.CreateSnapshotRequest{SourceVolumeId: "v"}, codes.InvalidArgument},
		"no source":            {&csi.CreateSnapshotRequest{Name: "s"}, codes.InvalidArgument},
		"an unknown source":    {&csi.CreateSnapshotRequest{Name: "s", SourceVolumeId: "none"}, codes.NotFound},
		"another source":       {&csi.CreateSnapshotRequest{Name: "snap", SourceVolumeId: "w"}, codes.AlreadyExists},
		"an unknown parameter": {&csi.CreateSnapshotRequest{Name: "s", SourceVolumeId: "v", Parameters: map[string]string{"a": "b"}}, codes.InvalidArgument},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := f.CreateSnapshot(t.Context(), test.request)
			wantCode(t, err, test.want)
		})
	}
}

func TestListSnapshots(t *testing.T) {
	f := newFixture(t)
	f.mustCreate(t, request("v"))
	f.mustCreate(t, request("w"))
	for _, name := range []string{"c", "a", "b"} {
		f.mustSnapshot(t, name, "v")
	}
	f.mustSnapshot(t, "d", "w")
	list := func(r *csi.ListSnapshotsRequest) (string, string) {
		response, err := f.ListSnapshots(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, entry := range response.Entries {
			ids = append(ids, entry.Snapshot.SnapshotId)
		}
		return strings.Join(ids, " "), response.NextToken
	}
	for _, test := range []struct {
		request   *csi.ListSnapshotsRequest
		ids, next string
	}{
		{&csi.ListSnapshotsRequest{}, "a b c d", ""},
		{&csi.ListSnapshotsRequest{SnapshotId: "b"}, "b", ""},
		{&csi.ListSnapshotsRequest{SnapshotId: "none"}, "", ""},
		{&csi.ListSnapshotsRequest{SourceVolumeId: "w"}, "d", ""},
		{&csi.ListSnapshotsRequest{SourceVolumeId: "v", MaxEntries: 2}, "a b", "2"},
		{&csi.ListSnapshotsRequest{SourceVolumeId: "v", MaxEntries: 2, StartingToken: "2"}, "c", ""},
	} {
		if ids, next := list(test.request); ids != test.ids || next != test.next {
			t.Errorf("%v: got %q and %q, want %q and %q", test.request, ids, next, test.ids, test.next)
		}
	}
	_, err := f.ListSnapshots(t.Context(), &csi.ListSnapshotsRequest{StartingToken: "5"})
	wantCode(t, err, codes.Aborted)
}

func TestDeleting(t *testing.T) {
	f := newFixture(t)
	f.mustCreate(t, request("v"))
	f.mounted[f.store.data(volumes, "v")] = []string{"/some/pod"}
	_, err := f.DeleteVolume(t.Context(), &csi.DeleteVolumeRequest{VolumeId: "v"})
	wantCode(t, err, codes.FailedPrecondition)
	f.mounted = nil
	for range 2 {
		_, err = f.DeleteVolume(t.Context(), &csi.DeleteVolumeRequest{VolumeId: "v"})
		wantCode(t, err, codes.OK)
	}
	_, err = f.DeleteVolume(t.Context(), &csi.DeleteVolumeRequest{VolumeId: "../snapshots"})
	wantCode(t, err, codes.OK)
	if _, err := os.Stat(filepath.Join(f.store.pool, "snapshots")); err != nil {
		t.Error("a made-up ID has led out of the folder of volumes")
	}
}

func TestOperationsOnOneVolumeExcludeEachOther(t *testing.T) {
	f := newFixture(t)
	end, err := f.operations.begin(volumes, "v")
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.CreateVolume(t.Context(), request("v"))
	wantCode(t, err, codes.Aborted)
	f.mustCreate(t, request("w"))
	end()
	f.mustCreate(t, request("v"))
}

func writeFile(t *testing.T, folder, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(folder, "file"), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func readFile(t *testing.T, folder string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(folder, "file"))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
