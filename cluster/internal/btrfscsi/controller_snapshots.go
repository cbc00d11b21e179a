package btrfscsi

import (
	"context"
	"errors"
	"strconv"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"
)

func (c *controller) CreateSnapshot(
	_ context.Context, request *csi.CreateSnapshotRequest,
) (*csi.CreateSnapshotResponse, error) {
	if !validID.MatchString(request.Name) {
		return nil, status.Errorf(codes.InvalidArgument, "snapshot name %q is missing or not usable as a file name", request.Name)
	}
	if request.SourceVolumeId == "" {
		return nil, status.Error(codes.InvalidArgument, "source volume ID is missing")
	}
	if err := checkParameters(request.Parameters); err != nil {
		return nil, err
	}
	end, err := c.operations.begin(snapshots, request.Name)
	if err != nil {
		return nil, err
	}
	defer end()
	existing, err := c.store.get(snapshots, request.Name)
	if errors.Is(err, errNotFound) {
		existing, err = c.newSnapshot(request.Name, request.SourceVolumeId)
	} else if err == nil && existing.SourceID != request.SourceVolumeId {
		err = status.Errorf(codes.AlreadyExists, "snapshot %s exists, of volume %s", request.Name, existing.SourceID)
	}
	if err != nil {
		return nil, asStatus(err, "snapshot "+request.Name)
	}
	return &csi.CreateSnapshotResponse{Snapshot: asSnapshot(existing)}, nil
}

func (c *controller) newSnapshot(name, sourceVolume string) (record, error) {
	source, err := c.store.get(volumes, sourceVolume)
	if err != nil {
		return record{}, asStatus(err, "volume "+sourceVolume)
	}
	return c.store.create(snapshots, record{
		ID: name, SourceKind: volumes, SourceID: sourceVolume, CapacityBytes: source.CapacityBytes,
		Parameters: source.Parameters,
	})
}

func (c *controller) DeleteSnapshot(
	_ context.Context, request *csi.DeleteSnapshotRequest,
) (*csi.DeleteSnapshotResponse, error) {
	if request.SnapshotId == "" {
		return nil, status.Error(codes.InvalidArgument, "snapshot ID is missing")
	}
	end, err := c.operations.begin(snapshots, request.SnapshotId)
	if err != nil {
		return nil, err
	}
	defer end()
	if err := c.store.delete(snapshots, request.SnapshotId); err != nil {
		return nil, asStatus(err, "snapshot "+request.SnapshotId)
	}
	return &csi.DeleteSnapshotResponse{}, nil
}

// ListSnapshots serves pre-provisioned snapshots above all: csi-snapshotter asks it whether they exist.
func (c *controller) ListSnapshots(
	_ context.Context, request *csi.ListSnapshotsRequest,
) (*csi.ListSnapshotsResponse, error) {
	all, err := c.store.list(snapshots)
	if err != nil {
		return nil, asStatus(err, "the list of snapshots")
	}
	var entries []*csi.ListSnapshotsResponse_Entry
	for _, r := range all {
		if (request.SnapshotId == "" || request.SnapshotId == r.ID) &&
			(request.SourceVolumeId == "" || request.SourceVolumeId == r.SourceID) {
			entries = append(entries, &csi.ListSnapshotsResponse_Entry{Snapshot: asSnapshot(r)})
		}
	}
	first := 0
	if request.StartingToken != "" {
		first, err = strconv.Atoi(request.StartingToken)
		if err != nil || first < 0 || first > len(entries) {
			return nil, status.Errorf(codes.Aborted, "starting token %q is not valid", request.StartingToken)
		}
	}
	response := &csi.ListSnapshotsResponse{Entries: entries[first:]}
	if most := int(request.MaxEntries); most > 0 && len(response.Entries) > most {
		response.Entries = response.Entries[:most]
		response.NextToken = strconv.Itoa(first + most)
	}
	return response, nil
}

func asSnapshot(r record) *csi.Snapshot {
	return &csi.Snapshot{
		SnapshotId: r.ID, SourceVolumeId: r.SourceID, SizeBytes: r.CapacityBytes,
		CreationTime: timestamppb.New(r.Created), ReadyToUse: true,
	}
}
