package btrfscsi

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"github.com/kubernetes-csi/csi-test/v5/pkg/sanity"
	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"
	"golang.org/x/sys/unix"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
)

// realPool mounts a btrfs in a file.
func realPool(t *testing.T) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("mounting a btrfs needs root")
	}
	if _, err := exec.LookPath("mkfs.btrfs"); err != nil {
		t.Skip("mkfs.btrfs is missing: install the package btrfs-progs")
	}
	file, pool := filepath.Join(t.TempDir(), "pool.img"), t.TempDir()
	for _, command := range [][]string{
		{"truncate", "-s", "20G", file}, {"mkfs.btrfs", "--quiet", file}, {"mount", "-o", "loop", file, pool},
	} {
		if err := run(command[0], command[1:]...); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		if err := unix.Unmount(pool, 0); err != nil {
			t.Error(err)
		}
	})
	return pool
}

// TestSanity runs the conformance tests of the CSI specification.
func TestSanity(t *testing.T) {
	server, err := newServer(Config{DriverName: "btrfs.test", NodeName: "node", Pool: realPool(t)})
	if err != nil {
		t.Fatal(err)
	}
	work := t.TempDir()
	listener, err := net.Listen("unix", filepath.Join(work, "csi.sock"))
	if err != nil {
		t.Fatal(err)
	}
	go server.Serve(listener)
	t.Cleanup(server.Stop)
	connection, err := grpc.NewClient(
		"unix://"+listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	config := sanity.NewTestConfig()
	config.TargetPath = filepath.Join(work, "target")
	config.StagingPath = filepath.Join(work, "staging")
	config.TestVolumeSize = gib
	config.IdempotentCount = 2
	// Given an address, the suite connects itself, and waits a minute in vain when that succeeds before it looks.
	suite := sanity.GinkgoTest(&config)
	suite.Conn, suite.ControllerConn = connection, connection
	gomega.RegisterFailHandler(ginkgo.Fail)
	ginkgo.RunSpecs(t, "CSI driver")
	suite.Finalize()
}

func realFixture(t *testing.T) *fixture {
	t.Helper()
	pool := realPool(t)
	s, err := openStore(pool, btrfs{}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	mounts := mountsOf(pool)
	return &fixture{
		controller: &controller{store: s, uses: mounts, poolBytes: poolBytes(pool)},
		node:       &node{nodeName: "node", store: s, uses: mounts},
	}
}

func TestSnapshotSharesItsBlocksAndFreesThem(t *testing.T) {
	f := realFixture(t)
	f.mustCreate(t, request("v", sized(gib)))
	data := f.store.data(volumes, "v")
	const size = 64 << 20
	if err := os.WriteFile(filepath.Join(data, "big"), make([]byte, size), 0o600); err != nil {
		t.Fatal(err)
	}
	before := f.usedAfterSync(t)
	f.mustSnapshot(t, "snap", "v")
	if err := os.Remove(filepath.Join(f.store.data(snapshots, "snap"), "big")); !isReadOnly(err) {
		t.Errorf("deleting a file of a snapshot: %v", err)
	}
	f.mustCreate(t, request("fork", sized(gib), fromSnapshot("snap")))
	if added := f.usedAfterSync(t) - before; added > size/10 {
		t.Errorf("a snapshot and a fork of %d bytes have added %d", size, added)
	}
	for _, volume := range []string{"v", "fork"} {
		if _, err := f.DeleteVolume(t.Context(), &csi.DeleteVolumeRequest{VolumeId: volume}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := f.DeleteSnapshot(t.Context(), &csi.DeleteSnapshotRequest{SnapshotId: "snap"}); err != nil {
		t.Fatal(err)
	}
	if freed := before - f.usedAfterSync(t); freed < size*9/10 {
		t.Errorf("deleting everything has freed only %d bytes", freed)
	}
}

// usedAfterSync waits until all deleted subvolumes are really gone.
func (f *fixture) usedAfterSync(t *testing.T) int64 {
	t.Helper()
	for _, command := range [][]string{{"filesystem", "sync"}, {"subvolume", "sync"}, {"filesystem", "sync"}} {
		if err := run("btrfs", append(command, f.store.pool)...); err != nil {
			t.Fatal(err)
		}
	}
	var stat unix.Statfs_t
	if err := unix.Statfs(f.store.pool, &stat); err != nil {
		t.Fatal(err)
	}
	return int64(stat.Blocks-stat.Bfree) * stat.Bsize
}

func TestFilesOfAVolumeInheritNoDataCow(t *testing.T) {
	f := realFixture(t)
	f.mustCreate(t, request("in-place"))
	f.mustCreate(t, request("copied", func(r *csi.CreateVolumeRequest) { r.Parameters = nil }))
	f.mustCreate(t, request("fork", fromVolume("in-place")))
	for volume, want := range map[string]bool{"in-place": true, "copied": false, "fork": true} {
		writeFile(t, f.store.data(volumes, volume), "x")
		output, err := exec.Command("lsattr", filepath.Join(f.store.data(volumes, volume), "file")).Output()
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(strings.Fields(string(output))[0], "C"); got != want {
			t.Errorf("%s: nodatacow is %t", volume, got)
		}
	}
}

func (f *fixture) publish(t *testing.T, volume, target string, mode csi.VolumeCapability_AccessMode_Mode) error {
	_, err := f.node.NodePublishVolume(t.Context(), &csi.NodePublishVolumeRequest{
		VolumeId: volume, TargetPath: target, VolumeCapability: mounted(mode),
	})
	return err
}

func (f *fixture) unpublish(t *testing.T, volume, target string) {
	t.Helper()
	for range 2 { // also when there is nothing left to do
		_, err := f.node.NodeUnpublishVolume(t.Context(), &csi.NodeUnpublishVolumeRequest{VolumeId: volume, TargetPath: target})
		wantCode(t, err, codes.OK)
	}
	if _, err := os.Stat(target); !os.IsNotExist(err) {
		t.Errorf("the mount point is still there: %v", err)
	}
}

func TestPublishing(t *testing.T) {
	const single = csi.VolumeCapability_AccessMode_SINGLE_NODE_SINGLE_WRITER
	f := realFixture(t)
	f.mustCreate(t, request("v", sized(gib)))
	f.mustCreate(t, request("w", sized(gib)))
	writeFile(t, f.store.data(volumes, "v"), "hello")
	first, second := filepath.Join(t.TempDir(), "first"), filepath.Join(t.TempDir(), "second")
	for range 2 {
		wantCode(t, f.publish(t, "v", first, single), codes.OK)
	}
	if readFile(t, first) != "hello" {
		t.Error("the volume is not mounted")
	}
	if targets, err := f.controller.uses(f.store.data(volumes, "v")); err != nil || len(targets) != 1 {
		t.Errorf("mounted at %v, want one place: %v", targets, err)
	}
	wantCode(t, f.publish(t, "v", second, single), codes.FailedPrecondition)
	wantCode(t, f.publish(t, "v", second, csi.VolumeCapability_AccessMode_SINGLE_NODE_READER_ONLY), codes.OK)
	if err := os.WriteFile(filepath.Join(second, "file"), nil, 0o600); !os.IsPermission(err) && !isReadOnly(err) {
		t.Errorf("writing through a read-only mount: %v", err)
	}
	_, err := f.DeleteVolume(t.Context(), &csi.DeleteVolumeRequest{VolumeId: "v"})
	wantCode(t, err, codes.FailedPrecondition)
	f.unpublish(t, "v", second)
	f.unpublish(t, "v", first)
	wantCode(t, f.publish(t, "none", first, single), codes.NotFound)
}

func isReadOnly(err error) bool {
	path, ok := err.(*os.PathError)
	return ok && path.Err == unix.EROFS
}
