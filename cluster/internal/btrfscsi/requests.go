package btrfscsi

import (
	"errors"
	"sync"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

const (
	// The parameters a StorageClass may have.
	noDataCowParameter     = "nodatacow"
	ownFileSystemParameter = "ownFileSystem"
	defaultCapacityBytes   = 1 << 30
)

// The access modes of one node: there is only one.
var supportedModes = map[csi.VolumeCapability_AccessMode_Mode]bool{
	csi.VolumeCapability_AccessMode_SINGLE_NODE_WRITER:        true,
	csi.VolumeCapability_AccessMode_SINGLE_NODE_SINGLE_WRITER: true,
	csi.VolumeCapability_AccessMode_SINGLE_NODE_MULTI_WRITER:  true,
	csi.VolumeCapability_AccessMode_SINGLE_NODE_READER_ONLY:   true,
}

func checkCapabilities(capabilities []*csi.VolumeCapability) error {
	if len(capabilities) == 0 {
		return status.Error(codes.InvalidArgument, "volume capabilities are missing")
	}
	for _, c := range capabilities {
		if err := checkCapability(c); err != nil {
			return err
		}
	}
	return nil
}

func checkCapability(c *csi.VolumeCapability) error {
	mount := c.GetMount()
	switch {
	case mount == nil:
		return status.Error(codes.InvalidArgument, "only mounted volumes are supported, no block devices")
	case mount.FsType != "" && mount.FsType != "btrfs":
		return status.Errorf(codes.InvalidArgument, "file system %q is not supported: leave it out", mount.FsType)
	case len(mount.MountFlags) > 0:
		return status.Error(codes.InvalidArgument, "mount options are not supported: volumes share one file system")
	case !supportedModes[c.GetAccessMode().GetMode()]:
		return status.Errorf(codes.InvalidArgument, "access mode %s is not supported", c.GetAccessMode().GetMode())
	}
	return nil
}

// checkParameters accepts those of a StorageClass or VolumeSnapshotClass that are allowed and no other.
func checkParameters(parameters map[string]string, allowed ...string) error {
	known := map[string]bool{}
	for _, name := range allowed {
		known[name] = true
	}
	for name, value := range parameters {
		if !known[name] {
			return status.Errorf(codes.InvalidArgument, "unknown parameter %q", name)
		}
		if value != "true" && value != "false" {
			return status.Errorf(codes.InvalidArgument, "parameter %q must be true or false, not %q", name, value)
		}
	}
	return nil
}

// chooseCapacity picks the size of a new volume: as required, else as its source, else a default.
func chooseCapacity(wanted *csi.CapacityRange, sourceBytes int64) (int64, error) {
	required, limit := wanted.GetRequiredBytes(), wanted.GetLimitBytes()
	if required < 0 || limit < 0 || (limit > 0 && required > limit) {
		return 0, status.Errorf(codes.InvalidArgument, "capacity range %d to %d makes no sense", required, limit)
	}
	capacity := required
	if capacity == 0 {
		capacity = max(sourceBytes, defaultCapacityBytes)
		if limit > 0 {
			capacity = min(capacity, limit)
		}
	}
	if capacity < sourceBytes {
		return 0, status.Errorf(codes.OutOfRange, "%d bytes are less than the %d of the source", capacity, sourceBytes)
	}
	return capacity, nil
}

// fits says whether an existing volume satisfies a capacity range.
func fits(capacity int64, wanted *csi.CapacityRange) bool {
	return capacity >= wanted.GetRequiredBytes() && (wanted.GetLimitBytes() == 0 || capacity <= wanted.GetLimitBytes())
}

// operations lets one operation at a time happen to a volume or snapshot.
type operations struct{ running sync.Map }

// begin returns the function that ends the operation, or Aborted, on which callers try again.
func (o *operations) begin(k kind, id string) (end func(), err error) {
	key := string(k) + "/" + id
	if _, busy := o.running.LoadOrStore(key, true); busy {
		return nil, status.Errorf(codes.Aborted, "another operation on %s is under way", key)
	}
	return func() { o.running.Delete(key) }, nil
}

// asStatus gives an error a gRPC code and says what it is about, unless it has a code already.
func asStatus(err error, what string) error {
	if _, has := status.FromError(err); has {
		return err
	}
	if errors.Is(err, errNotFound) {
		return status.Errorf(codes.NotFound, "%s does not exist", what)
	}
	return status.Errorf(codes.Internal, "%s: %v", what, err)
}
