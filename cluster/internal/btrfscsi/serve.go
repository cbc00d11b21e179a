// Package btrfscsi is a CSI driver for one node whose volumes are btrfs subvolumes and whose snapshots are read-only
// ones. Sizes are recorded and checked, but enforced only for volumes with a file system of their own (image.go): every
// other volume may use what the pool has.
package btrfscsi

import (
	"context"
	"errors"
	"io/fs"
	"log"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"golang.org/x/sys/unix"
	"google.golang.org/grpc"
	"google.golang.org/grpc/status"
	registration "k8s.io/kubelet/pkg/apis/pluginregistration/v1"
)

// Config says who the driver is and where it works.
type Config struct {
	DriverName string
	NodeName   string
	// Pool is where a btrfs is mounted.
	Pool        string
	KubeletRoot string
}

// Serve runs the driver until something fails.
func Serve(config Config) error {
	endpoint := filepath.Join(config.KubeletRoot, "plugins", config.DriverName, "csi.sock")
	driver, err := newServer(config)
	if err != nil {
		return err
	}
	failed := make(chan error)
	go func() { failed <- serveAt(endpoint, driver) }()
	registrations := grpc.NewServer()
	registration.RegisterRegistrationServer(registrations, &registrar{driverName: config.DriverName, endpoint: endpoint})
	registrationSocket := filepath.Join(config.KubeletRoot, "plugins_registry", config.DriverName+"-reg.sock")
	go func() { failed <- serveAt(registrationSocket, registrations) }()
	return <-failed
}

// newServer makes the gRPC server with the three services of CSI.
func newServer(config Config) (*grpc.Server, error) {
	s, err := openStore(config.Pool, btrfs{}, time.Now)
	if err != nil {
		return nil, err
	}
	mounts := mountsOf(config.Pool)
	server := grpc.NewServer(grpc.UnaryInterceptor(logFailures))
	csi.RegisterIdentityServer(server, &identity{driverName: config.DriverName})
	csi.RegisterControllerServer(server, &controller{store: s, uses: mounts, poolBytes: poolBytes(config.Pool)})
	csi.RegisterNodeServer(server, &node{nodeName: config.NodeName, store: s, uses: mounts})
	return server, nil
}

func poolBytes(pool string) func() (int64, error) {
	return func() (int64, error) {
		var stat unix.Statfs_t
		if err := unix.Statfs(pool, &stat); err != nil {
			return 0, err
		}
		return int64(stat.Blocks) * stat.Bsize, nil
	}
}

// serveAt listens on a unix socket, in the place of one that an earlier run has left.
func serveAt(socket string, server *grpc.Server) error {
	if err := os.MkdirAll(filepath.Dir(socket), 0o750); err != nil {
		return err
	}
	if err := os.Remove(socket); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	listener, err := net.Listen("unix", socket)
	if err != nil {
		return err
	}
	return server.Serve(listener)
}

func logFailures(
	ctx context.Context, request any, call *grpc.UnaryServerInfo, handle grpc.UnaryHandler,
) (any, error) {
	began := time.Now()
	response, err := handle(ctx, request)
	if err != nil {
		log.Printf("%s failed after %s: %s", call.FullMethod, time.Since(began), status.Convert(err))
	}
	return response, err
}
