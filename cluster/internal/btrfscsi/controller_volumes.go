package btrfscsi

import (
	"context"
	"errors"
	"maps"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func (c *controller) ValidateVolumeCapabilities(
	_ context.Context, request *csi.ValidateVolumeCapabilitiesRequest,
) (*csi.ValidateVolumeCapabilitiesResponse, error) {
	if request.VolumeId == "" || len(request.VolumeCapabilities) == 0 {
		return nil, status.Error(codes.InvalidArgument, "volume ID or capabilities are missing")
	}
	if _, err := c.store.get(volumes, request.VolumeId); err != nil {
		return nil, asStatus(err, "volume "+request.VolumeId)
	}
	if err := checkCapabilities(request.VolumeCapabilities); err != nil {
		return &csi.ValidateVolumeCapabilitiesResponse{Message: status.Convert(err).Message()}, nil
	}
	return &csi.ValidateVolumeCapabilitiesResponse{Confirmed: &csi.ValidateVolumeCapabilitiesResponse_Confirmed{
		VolumeContext:      request.VolumeContext,
		VolumeCapabilities: request.VolumeCapabilities,
		Parameters:         request.Parameters,
	}}, nil
}

func (c *controller) CreateVolume(
	_ context.Context, request *csi.CreateVolumeRequest,
) (*csi.CreateVolumeResponse, error) {
	if !validID.MatchString(request.Name) {
		return nil, status.Errorf(codes.InvalidArgument, "volume name %q is missing or not usable as a file name", request.Name)
	}
	if err := checkCapabilities(request.VolumeCapabilities); err != nil {
		return nil, err
	}
	if err := checkParameters(request.Parameters, noDataCowParameter, ownFileSystemParameter); err != nil {
		return nil, err
	}
	end, err := c.operations.begin(volumes, request.Name)
	if err != nil {
		return nil, err
	}
	defer end()
	wanted := record{ID: request.Name, Parameters: request.Parameters}
	wanted.SourceKind, wanted.SourceID = contentSource(request.VolumeContentSource)
	existing, err := c.store.get(volumes, request.Name)
	if errors.Is(err, errNotFound) {
		existing, err = c.newVolume(wanted, request.CapacityRange)
	} else if err == nil && !(sameOrigin(existing, wanted) && fits(existing.CapacityBytes, request.CapacityRange)) {
		err = status.Errorf(codes.AlreadyExists, "volume %s exists with another size, source or parameters", request.Name)
	}
	if err != nil {
		return nil, asStatus(err, "volume "+request.Name)
	}
	return &csi.CreateVolumeResponse{Volume: &csi.Volume{
		VolumeId: existing.ID, CapacityBytes: existing.CapacityBytes, ContentSource: request.VolumeContentSource,
	}}, nil
}

func (c *controller) newVolume(wanted record, size *csi.CapacityRange) (record, error) {
	var source record
	if wanted.SourceKind != "" {
		var err error
		if source, err = c.store.get(wanted.SourceKind, wanted.SourceID); err != nil {
			return record{}, asStatus(err, "the source "+string(wanted.SourceKind)+"/"+wanted.SourceID)
		}
		if source.ownFileSystem() != wanted.ownFileSystem() {
			return record{}, status.Errorf(codes.InvalidArgument, "parameter %q must be as for the source %s/%s",
				ownFileSystemParameter, wanted.SourceKind, wanted.SourceID)
		}
	}
	capacity, err := chooseCapacity(size, source.CapacityBytes)
	if err != nil {
		return record{}, err
	}
	if wanted.ownFileSystem() && capacity < smallestImage {
		return record{}, status.Errorf(codes.OutOfRange, "%d bytes are too few for a file system of its own (%d)",
			capacity, int64(smallestImage))
	}
	if err := c.checkAgainstPool(capacity); err != nil {
		return record{}, err
	}
	wanted.CapacityBytes = capacity
	return c.store.create(volumes, wanted)
}

func (c *controller) checkAgainstPool(capacity int64) error {
	pool, err := c.poolBytes()
	if err != nil {
		return err
	}
	if capacity > pool {
		return status.Errorf(codes.OutOfRange, "%d bytes are more than the whole pool has (%d)", capacity, pool)
	}
	return nil
}

// ControllerExpandVolume makes a volume larger, in use or not. A file system of its own follows on the node.
func (c *controller) ControllerExpandVolume(
	_ context.Context, request *csi.ControllerExpandVolumeRequest,
) (*csi.ControllerExpandVolumeResponse, error) {
	if request.VolumeId == "" || request.CapacityRange == nil {
		return nil, status.Error(codes.InvalidArgument, "volume ID or capacity range is missing")
	}
	end, err := c.operations.begin(volumes, request.VolumeId)
	if err != nil {
		return nil, err
	}
	defer end()
	volume, err := c.store.get(volumes, request.VolumeId)
	if err != nil {
		return nil, asStatus(err, "volume "+request.VolumeId)
	}
	if volume.CapacityBytes < request.CapacityRange.RequiredBytes {
		volume.CapacityBytes = request.CapacityRange.RequiredBytes
		if err := c.checkAgainstPool(volume.CapacityBytes); err != nil {
			return nil, err
		}
	}
	if !fits(volume.CapacityBytes, request.CapacityRange) {
		return nil, status.Errorf(codes.OutOfRange, "volume %s has %d bytes, and the limit is %d",
			request.VolumeId, volume.CapacityBytes, request.CapacityRange.LimitBytes)
	}
	if err := c.store.grow(volume); err != nil {
		return nil, asStatus(err, "volume "+request.VolumeId)
	}
	return &csi.ControllerExpandVolumeResponse{
		CapacityBytes: volume.CapacityBytes, NodeExpansionRequired: volume.ownFileSystem(),
	}, nil
}

func contentSource(source *csi.VolumeContentSource) (kind, string) {
	switch {
	case source.GetSnapshot() != nil:
		return snapshots, source.GetSnapshot().SnapshotId
	case source.GetVolume() != nil:
		return volumes, source.GetVolume().VolumeId
	}
	return "", ""
}

func sameOrigin(a, b record) bool {
	return a.SourceKind == b.SourceKind && a.SourceID == b.SourceID && maps.Equal(a.Parameters, b.Parameters)
}

func (c *controller) DeleteVolume(
	_ context.Context, request *csi.DeleteVolumeRequest,
) (*csi.DeleteVolumeResponse, error) {
	if request.VolumeId == "" {
		return nil, status.Error(codes.InvalidArgument, "volume ID is missing")
	}
	end, err := c.operations.begin(volumes, request.VolumeId)
	if err != nil {
		return nil, err
	}
	defer end()
	targets, err := c.uses(c.store.data(volumes, request.VolumeId))
	if err != nil {
		return nil, asStatus(err, "volume "+request.VolumeId)
	}
	if len(targets) > 0 {
		return nil, status.Errorf(codes.FailedPrecondition, "volume %s is mounted at %s", request.VolumeId, targets[0])
	}
	if err := c.store.delete(volumes, request.VolumeId); err != nil {
		return nil, asStatus(err, "volume "+request.VolumeId)
	}
	return &csi.DeleteVolumeResponse{}, nil
}
