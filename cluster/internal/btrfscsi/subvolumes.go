package btrfscsi

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// subvolumes is what the store needs of a copy-on-write file system.
type subvolumes interface {
	// create makes an empty one. With noDataCow its files are overwritten in place, except for the first write
	// after a snapshot: snapshots work as ever, but the data has no checksums.
	create(path string, noDataCow bool) error
	// snapshot makes an atomic copy of source that shares its blocks. Everything written before the call is in it.
	snapshot(source, path string, readOnly bool) error
	// delete removes one, if it is there. Its blocks become free a little later.
	delete(path string) error
}

// btrfs does it by the btrfs command.
type btrfs struct{}

func (btrfs) create(path string, noDataCow bool) error {
	if err := run("btrfs", "subvolume", "create", path); err != nil {
		return err
	}
	if noDataCow {
		// On the empty folder: files inherit it when they are made, and it cannot be set on a file with data.
		return run("chattr", "+C", path)
	}
	return nil
}

func (btrfs) snapshot(source, path string, readOnly bool) error {
	if readOnly {
		return run("btrfs", "subvolume", "snapshot", "-r", source, path)
	}
	return run("btrfs", "subvolume", "snapshot", source, path)
}

func (btrfs) delete(path string) error {
	if _, err := os.Lstat(path); os.IsNotExist(err) {
		return nil
	}
	return run("btrfs", "subvolume", "delete", "--commit-after", path)
}

func run(name string, args ...string) error {
	output, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, strings.TrimSpace(string(output)))
	}
	return nil
}
