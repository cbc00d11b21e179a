package btrfscsi

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"slices"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"golang.org/x/sys/unix"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// node puts volumes into pods by bind mounts.
type node struct {
	csi.UnimplementedNodeServer
	nodeName   string
	store      *store
	uses       uses
	operations operations
}

func (n *node) NodeGetInfo(context.Context, *csi.NodeGetInfoRequest) (*csi.NodeGetInfoResponse, error) {
	return &csi.NodeGetInfoResponse{NodeId: n.nodeName}, nil
}

func (n *node) NodeGetCapabilities(
	context.Context, *csi.NodeGetCapabilitiesRequest,
) (*csi.NodeGetCapabilitiesResponse, error) {
	response := &csi.NodeGetCapabilitiesResponse{}
	for _, capability := range []csi.NodeServiceCapability_RPC_Type{
		// Without it the kubelet refuses ReadWriteOncePod.
		csi.NodeServiceCapability_RPC_SINGLE_NODE_MULTI_WRITER,
		csi.NodeServiceCapability_RPC_EXPAND_VOLUME,
	} {
		response.Capabilities = append(response.Capabilities, &csi.NodeServiceCapability{
			Type: &csi.NodeServiceCapability_Rpc{Rpc: &csi.NodeServiceCapability_RPC{Type: capability}},
		})
	}
	return response, nil
}

func (n *node) NodePublishVolume(
	_ context.Context, request *csi.NodePublishVolumeRequest,
) (*csi.NodePublishVolumeResponse, error) {
	if request.VolumeId == "" || request.TargetPath == "" {
		return nil, status.Error(codes.InvalidArgument, "volume ID or target path is missing")
	}
	if request.VolumeCapability == nil {
		return nil, status.Error(codes.InvalidArgument, "volume capability is missing")
	}
	if err := checkCapability(request.VolumeCapability); err != nil {
		return nil, err
	}
	end, err := n.operations.begin(volumes, request.VolumeId)
	if err != nil {
		return nil, err
	}
	defer end()
	volume, err := n.store.get(volumes, request.VolumeId)
	if err != nil {
		return nil, asStatus(err, "volume "+request.VolumeId)
	}
	data := n.store.data(volumes, request.VolumeId)
	targets, err := n.uses(data)
	if err != nil {
		return nil, asStatus(err, "volume "+request.VolumeId)
	}
	if slices.Contains(targets, request.TargetPath) {
		return &csi.NodePublishVolumeResponse{}, nil
	}
	mode := request.VolumeCapability.GetAccessMode().GetMode()
	if mode == csi.VolumeCapability_AccessMode_SINGLE_NODE_SINGLE_WRITER && len(targets) > 0 {
		return nil, status.Errorf(codes.FailedPrecondition,
			"volume %s is for one pod at a time and still mounted at %s", request.VolumeId, targets[0])
	}
	readOnly := request.Readonly || mode == csi.VolumeCapability_AccessMode_SINGLE_NODE_READER_ONLY
	mount := bind
	if volume.ownFileSystem() {
		mount = mountImage
	}
	if err := mount(data, request.TargetPath, readOnly); err != nil {
		return nil, asStatus(err, "mounting volume "+request.VolumeId+" at "+request.TargetPath)
	}
	return &csi.NodePublishVolumeResponse{}, nil
}

func bind(data, target string, readOnly bool) error {
	if err := os.MkdirAll(target, 0o750); err != nil {
		return err
	}
	if err := unix.Mount(data, target, "", unix.MS_BIND, ""); err != nil {
		return err
	}
	if !readOnly {
		return nil
	}
	// The flag is ignored by the first call; a mount that stayed writable must not be left behind.
	if err := unix.Mount("", target, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		return errors.Join(err, unix.Unmount(target, 0))
	}
	return nil
}

// NodeExpandVolume lets a file system of the volume's own follow its size.
func (n *node) NodeExpandVolume(
	_ context.Context, request *csi.NodeExpandVolumeRequest,
) (*csi.NodeExpandVolumeResponse, error) {
	if request.VolumeId == "" || request.VolumePath == "" {
		return nil, status.Error(codes.InvalidArgument, "volume ID or path is missing")
	}
	end, err := n.operations.begin(volumes, request.VolumeId)
	if err != nil {
		return nil, err
	}
	defer end()
	volume, err := n.store.get(volumes, request.VolumeId)
	if err != nil {
		return nil, asStatus(err, "volume "+request.VolumeId)
	}
	if volume.ownFileSystem() {
		if err := growMounted(n.store.data(volumes, request.VolumeId), request.VolumePath); err != nil {
			return nil, asStatus(err, "growing the file system of volume "+request.VolumeId)
		}
	}
	return &csi.NodeExpandVolumeResponse{CapacityBytes: volume.CapacityBytes}, nil
}

func (n *node) NodeUnpublishVolume(
	_ context.Context, request *csi.NodeUnpublishVolumeRequest,
) (*csi.NodeUnpublishVolumeResponse, error) {
	if request.VolumeId == "" || request.TargetPath == "" {
		return nil, status.Error(codes.InvalidArgument, "volume ID or target path is missing")
	}
	end, err := n.operations.begin(volumes, request.VolumeId)
	if err != nil {
		return nil, err
	}
	defer end()
	// EINVAL: nothing is mounted there. ENOENT: not even the folder is there.
	err = unix.Unmount(request.TargetPath, unix.UMOUNT_NOFOLLOW)
	if err == nil || errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOENT) {
		err = os.Remove(request.TargetPath)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, asStatus(err, "unmounting "+request.TargetPath)
	}
	return &csi.NodeUnpublishVolumeResponse{}, nil
}
