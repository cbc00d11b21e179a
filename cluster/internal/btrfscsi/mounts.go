package btrfscsi

import (
	"fmt"
	"path/filepath"
	"slices"

	"github.com/moby/sys/mountinfo"
)

// uses lists where a subvolume, given by its path in the pool, is mounted. Its path in the pool does not count.
type uses func(data string) (targets []string, err error)

// mountsOf looks into the kernel's table of mounts.
func mountsOf(pool string) uses {
	return func(data string) ([]string, error) {
		// One of a btrfs' mounts differs from another by its root: the path of what is mounted, inside of the pool.
		root, err := filepath.Rel(pool, data)
		if err != nil {
			return nil, err
		}
		poolMounts, err := mountinfo.GetMounts(mountinfo.SingleEntryFilter(pool))
		if err != nil {
			return nil, err
		}
		if len(poolMounts) == 0 {
			return nil, fmt.Errorf("nothing is mounted at the pool %s", pool)
		}
		images, err := loopDevices(imageOf(data))
		if err != nil {
			return nil, err
		}
		found, err := mountinfo.GetMounts(func(m *mountinfo.Info) (skip, stop bool) {
			bound := m.Source == poolMounts[0].Source && m.Root == filepath.Join("/", root)
			return !bound && !slices.Contains(images, m.Source), false
		})
		if err != nil {
			return nil, err
		}
		var targets []string
		for _, m := range found {
			targets = append(targets, m.Mountpoint)
		}
		return targets, nil
	}
}
