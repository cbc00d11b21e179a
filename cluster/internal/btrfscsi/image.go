package btrfscsi

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// A volume may have a file system of its own: an XFS in a file inside of its subvolume, mounted through a loop device.
// It is full when its size is used up, and says so to statfs, while a volume without one may use what the pool has.
// (A btrfs quota would refuse writes, too, but statfs does not know of it; and to grow a mounted ext4 takes
// CAP_SYS_RESOURCE, which not every root has.)
const imageName = "image.xfs"

// smallestImage is what mkfs.xfs makes.
const smallestImage = 300 << 20

func imageOf(data string) string { return filepath.Join(data, imageName) }

// makeImage makes the file system. The file has holes where nothing was written.
func makeImage(data string, size int64) error {
	file, err := os.OpenFile(imageOf(data), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(file.Truncate(size), file.Sync(), file.Close()); err != nil {
		return err
	}
	return run("mkfs.xfs", "-q", "-K", imageOf(data))
}

// extendImage gives the file its new size; the file system in it follows when it is mounted. It never gets shorter.
func extendImage(data string, size int64) error {
	info, err := os.Stat(imageOf(data))
	if err != nil {
		return err
	}
	if info.Size() >= size {
		return nil
	}
	return os.Truncate(imageOf(data), size)
}

// mountImage mounts the file system, as large as its file is by now. The loop device goes with the last mount.
func mountImage(data, target string, readOnly bool) error {
	if err := os.MkdirAll(target, 0o750); err != nil {
		return err
	}
	// nouuid: a fork has the same one as its source.
	options := "loop,discard,nouuid"
	if readOnly {
		options += ",ro"
	}
	if err := run("mount", "-t", "xfs", "-o", options, imageOf(data), target); err != nil {
		return err
	}
	if readOnly {
		return nil
	}
	return growMounted(data, target)
}

// growMounted makes a mounted file system as large as its file. One that is not mounted grows when it is.
func growMounted(data, target string) error {
	devices, err := loopDevices(imageOf(data))
	if err != nil {
		return err
	}
	for _, device := range devices {
		if err := run("losetup", "--set-capacity", device); err != nil {
			return err
		}
	}
	return run("xfs_growfs", "-d", target)
}

// loopDevices lists those that a file is behind of.
func loopDevices(file string) ([]string, error) {
	backings, err := filepath.Glob("/sys/block/loop*/loop/backing_file")
	if err != nil {
		return nil, err
	}
	var devices []string
	for _, backing := range backings {
		content, err := os.ReadFile(backing)
		if errors.Is(err, fs.ErrNotExist) {
			continue // it went between the two looks
		}
		if err != nil {
			return nil, err
		}
		if string(bytes.TrimSuffix(content, []byte("\n"))) == file {
			devices = append(devices, "/dev/"+strings.Split(backing, "/")[3])
		}
	}
	return devices, nil
}
